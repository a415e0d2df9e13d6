"""GET /api/cache/stats counts what really happened, by category, and says what is not known."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from markets.feeds.concurrency import CacheCounters
from providers.models import Chain
from providers.sandbox.client import Sandbox
from tests.hub import restart

pytestmark = pytest.mark.relaxed_timing

PATH = "/api/cache/stats"


def fetch(client: Client) -> Any:
    response = client.get(PATH)
    assert response.status_code == 200, response.content
    return response.json()


def prices(client: Client) -> Any:
    return fetch(client)["cache_breakdown"]["MARKET_PRICE"]


@pytest.fixture
def keeping(hub: Chain) -> Chain:
    """A hub whose prices are fresh for a minute."""
    Chain.objects.filter(pk=hub.pk).update(cache_s=60)
    restart()
    return hub


def test_before_anybody_asks_nothing_is_known_and_nothing_is_zero(hub: Chain, client: Client) -> None:
    answer = fetch(client)
    for row in (*answer["cache_breakdown"].values(), answer["overall_statistics"]):
        figures = {name: row[name] for name in row if name not in ("unknown", "scope", "kept_answers")}
        assert set(figures.values()) == {None}
        assert set(row["unknown"]) == set(figures)


def test_values_are_counted_as_misses_and_then_as_hits(keeping: Chain, client: Client) -> None:
    client.get("/api/prices?symbols=BTC,ETH")
    client.get("/api/prices?symbols=BTC,ETH,SOL")
    answer = prices(client)
    assert (answer["lookups"], answer["hits"], answer["misses"], answer["entries"]) == (5, 2, 3, 3)
    assert (answer["hit_rate"], answer["stale_served"], answer["unanswered"]) == (40.0, 0, 0)
    assert fetch(client)["overall_statistics"]["lookups"] == 5


def test_a_last_known_good_and_a_value_nobody_has_are_told_apart(hub: Chain, sandbox: Sandbox, client: Client) -> None:
    client.get("/api/prices?symbols=BTC")
    sandbox.fault("*", "refuse")
    assert client.get("/api/prices?symbols=BTC,ETH").json()["prices"][0]["stale"]
    answer = prices(client)
    assert (answer["misses"], answer["stale_served"], answer["unanswered"]) == (3, 1, 1)


def test_a_fetch_behind_an_answer_is_a_hit_and_a_revalidation(keeping: Chain, client: Client) -> None:
    client.get("/api/prices?symbols=BTC")
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=90), tick=False):
        client.get("/api/prices?symbols=BTC")
    answer = prices(client)
    assert (answer["hits"], answer["misses"], answer["revalidations"]) == (1, 1, 1)


def test_an_answer_sent_again_as_it_was_is_counted(keeping: Chain, client: Client) -> None:
    def reused() -> int:
        return int(fetch(client)["overall_statistics"]["kept_answers"]["hits"])

    client.get("/api/prices?symbols=BTC")  # the configuration is read: until then nothing is kept
    client.get("/api/prices?symbols=ETH")
    before = reused()
    client.get("/api/prices?symbols=ETH")
    assert reused() == before + 1


def test_the_settings_are_those_of_the_chains(keeping: Chain, client: Client) -> None:
    times = fetch(client)["cache_config"]["categories"]
    stale = {"stale_until_s": keeping.stale_s}
    assert times == {"MARKET_PRICE": {"fresh_s": 60.0, "revalidate_until_s": 120.0} | stale}


def test_a_parameter_is_refused(hub: Chain, client: Client) -> None:
    assert client.get(f"{PATH}?category=NEWS").status_code == 400


def test_no_count_is_lost_between_threads() -> None:
    counts = CacheCounters(datetime(2026, 1, 1, tzinfo=UTC))

    def count() -> None:
        for _ in range(2000):
            counts.count(1, 2, 1, 1)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    totals = counts.stats(0)
    assert (totals.hits, totals.lookups, totals.stale) == (16_000, 48_000, 16_000)
