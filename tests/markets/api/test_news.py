"""GET /api/news/latest, /api/news/{coin}, /api/events: what they answer, and what they say when outlets fail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from providers.credentials import encryption
from providers.domain.categories import Category
from providers.models import Chain, ChainLink, Definition, Provider
from providers.sandbox.client import Sandbox
from tests.hub import add_provider, flush, hub_of, restart
from tests.providers.upstream import reply, serving

pytestmark = pytest.mark.relaxed_timing

PROBLEM = "application/problem+json"
OUTLETS = ("coindesk", "cointelegraph", "decrypt")
ARTICLE = {
    *("id", "title", "summary", "url", "image", "published_at", "source", "sources", "publisher", "authors"),
    *("categories", "tags", "sentiment"),
}


@pytest.fixture
def newsroom(transactional_db: None, sandbox: Sandbox, settings: Any) -> Iterator[Chain]:
    """Three outlets and CryptoCompare, which has no key."""
    with hub_of(sandbox, settings, Category.NEWS, (*OUTLETS, "cryptocompare")) as chain:
        yield chain


def get(client: Client, path: str, **headers: str) -> Any:
    return client.get(f"/api/news/{path}", headers=headers)


def test_latest_news_are_the_newest_of_all_outlets_each_naming_its_own(newsroom: Chain, client: Client) -> None:
    answer = get(client, "latest?limit=60").json()
    times = [row["published_at"] for row in answer["articles"]]
    assert times == sorted(times, reverse=True)
    assert {row["source"] for row in answer["articles"]} == set(OUTLETS)
    assert (answer["coin"], answer["count"], answer["total"]) == (None, 60, 75)
    assert set(answer["articles"][0]) == ARTICLE
    assert [(row["source"], row["articles"], row["missing"]) for row in answer["sources"]] == [
        (slug, 25, None) for slug in OUTLETS
    ]


def test_an_outlet_that_an_operator_defined_is_one_of_them(newsroom: Chain, client: Client) -> None:
    rows = [{"head": "Bitcoin moves", "link": "https://example.org/moves", "at": datetime.now(UTC).isoformat()}]
    created = Provider.objects.create(slug="gazette", name="The Gazette", adapter="generic")
    feed = {"path": "/latest", "rows": "rows", "title": "head", "url": "link", "time": "at", "time_unit": "iso"}
    Definition.objects.create(provider=created, category="NEWS", **feed)
    ChainLink.objects.create(chain=newsroom, provider=created, position=0)
    with serving(reply(json.dumps({"rows": rows}).encode())) as upstream:
        created.endpoints.create(base_url=upstream.url)
        restart()
        answer = get(client, "latest?limit=100").json()
    (article,) = [row for row in answer["articles"] if row["source"] == "gazette"]
    assert (article["title"], article["publisher"]) == ("Bitcoin moves", "The Gazette")
    assert {row["source"] for row in answer["sources"]} == {"gazette", *OUTLETS}


def test_meta_names_every_outlet_behind_the_answer(newsroom: Chain, client: Client) -> None:
    meta = get(client, "latest").json()["meta"]
    assert (meta["source"], meta["chain"], meta["stale"], meta["cache"]) == (",".join(OUTLETS), "NEWS", False, "miss")
    assert meta["attempts"] == len(OUTLETS)


def test_every_score_shows_the_words_behind_it(newsroom: Chain, client: Client) -> None:
    tones = [row["sentiment"] for row in get(client, "latest?limit=75").json()["articles"]]
    scored = [tone for tone in tones if tone]
    assert scored
    assert all(-1 < tone["score"] < 1 and tone["words"] for tone in scored)


def test_a_coins_news_name_it_and_no_other(newsroom: Chain, client: Client) -> None:
    answer = get(client, "sol?limit=100").json()
    assert answer["coin"] == "solana"
    assert answer["meta"]["asset"] == {"SOL": "solana"}
    for row in answer["articles"]:
        assert "SOL" in f"{row['title']} {row['summary']}" or "Solana" in f"{row['title']} {row['summary']}"


def test_a_coin_that_nobody_writes_about_has_an_empty_list_and_a_reason(newsroom: Chain, client: Client) -> None:
    answer = get(client, "MNT").json()
    assert (answer["count"], answer["articles"]) == (0, [])
    assert answer["reason"]


def test_an_unknown_coin_is_404_and_latest_is_no_coin(newsroom: Chain, client: Client) -> None:
    assert get(client, "latest").status_code == 200
    response = get(client, "NOPE")
    assert (response.status_code, response["Content-Type"]) == (404, PROBLEM)


def test_a_dead_outlet_is_missing_alone_and_said_to_be(newsroom: Chain, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("coindesk", "status", status=500)
    answer = get(client, "latest?limit=100").json()
    assert {row["source"] for row in answer["articles"]} == set(OUTLETS[1:])
    missing = {row["source"]: row["missing"] for row in answer["sources"]}
    assert missing == {"coindesk": "no source could be reached", "cointelegraph": None, "decrypt": None}


def test_renders_copy_stands_in_for_a_dead_outlet_and_is_named(
    newsroom: Chain, sandbox: Sandbox, client: Client
) -> None:
    render = add_provider(sandbox, "render")
    newsroom.links.create(provider=render, position=9, tier=3, lineage="outlets")
    restart()
    sandbox.fault("coindesk", "status", status=500)
    answer = get(client, "latest?limit=100").json()
    assert answer["total"] == 75
    assert {row["source"] for row in answer["articles"]} == {*OUTLETS[1:], "render"}
    assert {row["publisher"] for row in answer["articles"] if row["source"] == "render"} == {"CoinDesk"}
    assert (answer["sources"][0]["outlet"], answer["sources"][0]["source"]) == ("coindesk", "render")


def test_render_alone_is_asked_for_all_the_outlets_it_carries(
    newsroom: Chain, sandbox: Sandbox, client: Client
) -> None:
    newsroom.links.all().delete()
    newsroom.links.create(provider=add_provider(sandbox, "render"), lineage="outlets")
    restart()
    answer = get(client, "latest?limit=100").json()
    assert {row["source"] for row in answer["sources"]} == {"render"}
    assert {row["outlet"] for row in answer["sources"]} == {*OUTLETS, "bitcoinmagazine", "theblock"}
    assert (answer["count"], answer["total"]) == (100, 125)


def test_a_hanging_outlet_does_not_hold_up_the_others(newsroom: Chain, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("coindesk", "hang")
    answer = get(client, "latest").json()
    assert answer["count"] == 20
    assert [row["source"] for row in answer["sources"] if row["missing"]] == ["coindesk"]


def test_all_dead_and_nothing_known_is_503_with_who_was_asked(
    newsroom: Chain, sandbox: Sandbox, client: Client
) -> None:
    sandbox.fault("*", "status", status=500)
    response = get(client, "latest")
    assert (response.status_code, response["Content-Type"]) == (503, PROBLEM)
    assert int(response["Retry-After"]) >= 1
    assert {attempt["provider"] for attempt in response.json()["attempts"]} == set(OUTLETS)


def test_all_dead_after_an_answer_is_the_last_known_one_marked_stale(
    newsroom: Chain, sandbox: Sandbox, client: Client
) -> None:
    fresh = get(client, "latest").json()
    sandbox.fault("*", "status", status=500)
    answer = get(client, "latest").json()
    assert [row["id"] for row in answer["articles"]] == [row["id"] for row in fresh["articles"]]
    assert answer["meta"]["stale"]
    assert all(row["stale_reason"] for row in answer["sources"])


def test_what_an_outlet_last_said_outlives_the_process(newsroom: Chain, sandbox: Sandbox, client: Client) -> None:
    fresh = get(client, "latest").json()
    flush()
    restart()
    sandbox.fault("*", "status", status=500)
    answer = get(client, "latest").json()
    assert [row["id"] for row in answer["articles"]] == [row["id"] for row in fresh["articles"]]


def test_with_a_key_the_newswires_copies_are_told_once_and_name_both(newsroom: Chain, client: Client) -> None:
    Provider.objects.filter(slug="cryptocompare").update(api_key_encrypted=encryption.encrypt("a-key"))
    restart()
    answer = get(client, "latest?limit=100").json()
    assert answer["total"] == 75
    assert ["coindesk", "cryptocompare"] in [row["sources"] for row in answer["articles"]]


def test_the_same_news_have_the_same_bytes_and_are_not_sent_twice(newsroom: Chain, client: Client) -> None:
    Chain.objects.update(cache_s=300)
    restart()
    first = get(client, "latest")
    assert get(client, "latest").content == first.content
    assert get(client, "latest", if_none_match=first["ETag"]).status_code == 304


def test_explaining_lists_the_attempts(newsroom: Chain, sandbox: Sandbox, client: Client) -> None:
    sandbox.fault("decrypt", "status", status=500)
    response = get(client, "latest?explain=1")
    outcomes = {attempt["provider"]: attempt["outcome"] for attempt in response.json()["attempts"]}
    assert outcomes == {"coindesk": "ok", "cointelegraph": "ok", "decrypt": "broken"}
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=1&limit=2", "page=2", "explain=maybe"])
def test_bad_parameters_are_refused(newsroom: Chain, client: Client, query: str) -> None:
    response = get(client, f"latest?{query}")
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)


def test_events_are_an_empty_list_with_a_reason(newsroom: Chain, client: Client) -> None:
    answer = client.get("/api/events?coin=btc&days=7&type=fork").json()
    assert (answer["count"], answer["events"]) == (0, [])
    assert answer["filters"] == {"coin": "bitcoin", "type": "fork", "days": 7}
    assert answer["reason"]
    assert client.get("/api/events?days=91").status_code == 400
    assert client.get("/api/events?coin=NOPE").status_code == 404
