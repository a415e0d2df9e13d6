"""GET /api/ai/sentiment/{coin}: parts with what they are made of, "not enough data", and what an outage leaves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from markets.feeds import queries
from providers.domain.categories import Category
from providers.models import Chain
from providers.sandbox.client import Sandbox
from tests.hub import add_chain, hub_of, restart

pytestmark = pytest.mark.relaxed_timing

PROBLEM = "application/problem+json"
PART = {"score", "label", "count", "reason", "inputs"}


@pytest.fixture
def hub(transactional_db: None, sandbox: Sandbox, settings: Any) -> Iterator[Chain]:
    """News, both indices, prices and candles from the sandbox."""
    with hub_of(sandbox, settings, Category.SENTIMENT, ("alternative_me", "coinmarketcap")) as chain:
        add_chain(sandbox, Category.NEWS, ("coindesk", "cointelegraph", "decrypt", "theblock"), stale_s=86_400)
        add_chain(sandbox, Category.MARKET_PRICE, ("coingecko",), stale_s=86_400)
        add_chain(sandbox, Category.MARKET_OHLCV, ("kraken",), stale_s=86_400)
        add_chain(sandbox, Category.SOCIAL, ("coingecko", "reddit"), stale_s=86_400)
        restart()
        yield chain


def get(client: Client, coin: str = "BTC") -> Any:
    return client.get(f"/api/ai/sentiment/{coin}")


def test_every_part_has_its_score_with_its_inputs_and_count(hub: Chain, client: Client) -> None:
    answer = get(client).json()
    assert set(answer) >= {"symbol", "current_price", "overall_sentiment", "overall_score", "confidence", "breakdown"}
    assert set(answer["breakdown"]) == {"news", "social_media", "market_momentum"}
    for part in answer["breakdown"].values():
        assert set(part) >= PART
        assert (part["score"] is None) == (part["reason"] is not None)
    news = answer["breakdown"]["news"]
    assert news["count"] == len(news["inputs"])
    assert news["positive"] + news["neutral"] + news["negative"] == news["scored"]


def test_momentum_is_of_the_sandboxs_own_candles(hub: Chain, client: Client) -> None:
    answer = get(client).json()["breakdown"]["market_momentum"]
    closes = [
        float(candle.close) for candle in queries.candles("bitcoin", interval="1d", limit=32).candles if candle.closed
    ]
    assert answer["count"] == len(closes) == 31
    assert answer["inputs"][0]["return_7d"] == pytest.approx(100 * (closes[-1] / closes[-8] - 1), abs=1e-3)
    assert answer["inputs"][0]["source"] == "kraken"


def test_the_answer_says_what_it_was_made_of_and_recommends_nothing(hub: Chain, client: Client) -> None:
    answer = get(client).json()
    assert answer["meta"]["source"] == "local:lexicon"
    assert {row["chain"] for row in answer["meta"]["inputs"]} == {
        *("NEWS", "MARKET_OHLCV", "MARKET_PRICE", "SENTIMENT", "SOCIAL")
    }
    words = str(answer["breakdown"]).lower() + str(answer["overall_sentiment"])
    assert not [word for word in ("buy now", "sell now", "recommendation") if word in words]


def test_the_social_part_names_the_platforms_behind_it(hub: Chain, client: Client) -> None:
    answer = get(client).json()["breakdown"]["social_media"]
    assert {row["platform"] for row in answer["inputs"]} == {"coingecko", "reddit"}
    assert -1 <= answer["score"] <= 1


def test_a_coin_nobody_writes_about_has_not_enough_to_say(hub: Chain, client: Client) -> None:
    answer = get(client, "MNT").json()
    assert (answer["overall_sentiment"], answer["overall_score"], answer["confidence"]) == (None, None, None)
    assert answer["reason"].startswith("not enough data")
    assert answer["breakdown"]["news"]["reason"].startswith("not enough data")


def test_the_mood_names_its_index_and_the_next_maker_answers_when_the_first_is_dead(
    hub: Chain, sandbox: Sandbox, client: Client
) -> None:
    first = get(client).json()["market_mood"]
    assert (first["source"], first["index"]) == ("alternative_me", "alternative.me Crypto Fear & Greed Index")
    sandbox.fault("alternative_me", "status", status=500)
    restart()
    second = get(client).json()["market_mood"]
    assert (second["source"], second["index"]) == ("coinmarketcap", "CoinMarketCap Crypto Fear and Greed Index")


def test_the_last_known_mood_is_served_marked_stale(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    fresh = queries.mood()
    sandbox.fault("*", "status", status=500)
    stale = queries.mood()
    assert stale.value == fresh.value
    assert stale.meta.stale


def test_without_a_price_or_an_index_the_reason_is_said(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    for slug in ("coingecko", "alternative_me", "coinmarketcap"):
        sandbox.fault(slug, "status", status=500)
    answer = get(client).json()
    assert (answer["current_price"], answer["market_mood"]) == (None, None)
    assert set(answer["unknown"]) == {"current_price", "market_mood"}
    assert all(answer["unknown"].values())


def test_with_the_outlets_dead_the_rest_is_said_all_the_same(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    for slug in ("coindesk", "cointelegraph", "decrypt", "theblock"):
        sandbox.fault(slug, "status", status=500)
    answer = get(client).json()
    assert answer["breakdown"]["news"]["reason"] == "no outlet could be read"
    parts = answer["breakdown"]
    assert answer["overall_score"] == pytest.approx(
        (parts["market_momentum"]["score"] + parts["social_media"]["score"]) / 2, abs=1e-4
    )
    assert answer["confidence"] <= 0.6667


def test_all_dead_and_nothing_known_is_503(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("*", "status", status=500)
    response = get(client)
    assert (response.status_code, response["Content-Type"]) == (503, PROBLEM)


def test_an_unknown_coin_is_404_and_a_parameter_400(hub: Chain, client: Client) -> None:
    assert get(client, "NOPE").status_code == 404
    assert get(client, "BTC?days=7").status_code == 400
