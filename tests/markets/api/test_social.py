"""GET /api/social/trending and /api/social/sentiment: platforms that were asked, and what is said when they fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from providers.domain.categories import Category
from providers.models import Chain
from providers.sandbox.client import Sandbox
from tests.hub import hub_of

pytestmark = pytest.mark.relaxed_timing

PROBLEM = "application/problem+json"
TOPIC = {"rank", "topic", "mention_count", "sentiment", "sentiment_score", "related_coins"}


@pytest.fixture
def hub(transactional_db: None, sandbox: Sandbox, settings: Any) -> Iterator[Chain]:
    with hub_of(sandbox, settings, Category.SOCIAL, ("coingecko", "reddit")) as chain:
        yield chain


def fetch(client: Client, path: str) -> Any:
    response = client.get(f"/api/social/{path}")
    assert response.status_code == 200, response.content
    return response.json()


def test_trending_topics_have_their_fields_and_are_counted_in_real_posts(hub: Chain, client: Client) -> None:
    answer = fetch(client, "trending?limit=50")
    assert [row["rank"] for row in answer["trending_topics"]] == list(range(1, len(answer["trending_topics"]) + 1))
    for row in answer["trending_topics"]:
        assert set(row) >= TOPIC
        assert isinstance(row["mention_count"], int)
        assert (row["sentiment"] is None) == (row["sentiment_score"] is None) == (row["reason"] is not None)
    assert [row["source_rank"] for row in answer["trending_topics"][:3]] == [1, 2, 3]
    assert [(row["source"], row["missing"]) for row in answer["sources"]] == [("coingecko", None), ("reddit", None)]
    assert answer["meta"]["source"] == "coingecko,reddit"


def test_without_reddit_mentions_are_unknown_and_not_zero(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("reddit", "status", status=429, retry_after=60)
    answer = fetch(client, "trending")
    assert {row["mention_count"] for row in answer["trending_topics"]} == {None}
    assert all(row["reason"].startswith("posts: ") for row in answer["trending_topics"])
    assert [row["missing"] is None for row in answer["sources"]] == [True, False]


def test_without_coingecko_the_topics_are_what_posts_name(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("coingecko", "status", status=500)
    answer = fetch(client, "trending")
    assert {row["source"] for row in answer["trending_topics"]} <= {"reddit"}
    counts = [row["mention_count"] for row in answer["trending_topics"]]
    assert counts == sorted(counts, reverse=True)


def test_a_coins_sentiment_is_by_the_platforms_that_answered(hub: Chain, client: Client) -> None:
    answer = fetch(client, "sentiment?coin=BTC")
    assert (answer["coin"], answer["timeframe"], answer["missing"]) == ("bitcoin", "24h", {})
    assert set(answer["by_platform"]) == {"coingecko", "reddit"}
    votes = answer["by_platform"]["coingecko"]
    assert (votes["kind"], -1 <= votes["score"] <= 1, votes["count"]) == ("votes", True, None)
    assert votes["score"] == pytest.approx((votes["votes_up_percent"] - 50) / 50, abs=1e-4)
    assert votes["forum_subscribers"] > 0
    assert answer["historical"] == []
    assert answer["historical_reason"]


def test_the_markets_sentiment_is_of_all_posts_and_names_key_topics(hub: Chain, client: Client) -> None:
    answer = fetch(client, "sentiment?timeframe=7d")
    assert set(answer["by_platform"]) == {"reddit"}
    assert answer["by_platform"]["reddit"]["count"] >= 40
    assert answer["overall_score"] == answer["by_platform"]["reddit"]["score"]
    assert answer["key_topics"]


def test_a_dead_platform_is_named_as_missing(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("reddit", "status", status=500)
    answer = fetch(client, "sentiment?coin=BTC")
    assert set(answer["by_platform"]) == {"coingecko"}
    assert set(answer["missing"]) == {"reddit"}


@pytest.mark.parametrize("path", ["trending", "sentiment", "sentiment?coin=BTC"])
def test_all_dead_and_nothing_known_is_503(hub: Chain, sandbox: Sandbox, client: Client, path: str) -> None:
    sandbox.fault("*", "status", status=500)
    response = client.get(f"/api/social/{path}")
    assert (response.status_code, response["Content-Type"]) == (503, PROBLEM)


@pytest.mark.parametrize("path", ["trending", "sentiment?coin=BTC"])
def test_what_was_last_known_is_served_marked_stale(hub: Chain, sandbox: Sandbox, client: Client, path: str) -> None:
    fresh = fetch(client, path)
    sandbox.fault("*", "status", status=500)
    stale = fetch(client, path)
    assert stale["meta"]["stale"]
    assert [row["topic"] for row in stale.get("trending_topics", [])] == [
        row["topic"] for row in fresh.get("trending_topics", [])
    ]


@pytest.mark.parametrize(
    "path", ["trending?limit=0", "trending?limit=51", "sentiment?timeframe=1y", "sentiment?x=1", "trending?coin=BTC"]
)
def test_bad_parameters_are_refused(hub: Chain, client: Client, path: str) -> None:
    response = client.get(f"/api/social/{path}")
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)


def test_an_unknown_coin_is_404(hub: Chain, client: Client) -> None:
    assert client.get("/api/social/sentiment?coin=NOPE").status_code == 404
