"""Prices as everybody gets them: from memory while fresh, once from upstream, as last known when all are dead."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest
import time_machine
from django.db import connection
from django.db.models import F

from markets.feeds import codecs, provenance
from markets.feeds.category_cache import CategoryCache
from markets.feeds.queries import Prices, prices
from providers.background.reference_sweep import Sweeper
from providers.domain.categories import Category
from providers.domain.market_data import Instrument
from providers.models import Chain, ChainLink, Cooldown, LastKnown, Lease, Provider
from providers.state import runtime
from providers.state.snapshot import PROBER_LEASE
from tests import waiting
from tests.providers.engine_harness import BTC, ETH, SOL, Road, names

pytestmark = pytest.mark.relaxed_timing

COINS = [BTC, ETH, SOL]
T = TypeVar("T")
NOBODY = Instrument("no-such-coin")


@pytest.fixture
def hub(road: Road) -> Road:
    """Binance, then Kraken, for three coins."""
    road.list_coins(12)
    road.build("binance", "kraken", cache_s=10)
    return road


def later(seconds: float) -> time_machine.travel:
    return time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds), tick=False)


def nothing_is_cached(hub: Road) -> None:
    Chain.objects.update(cache_s=0)
    hub.engine.state.refresh()


def all_dead(hub: Road, kind: str = "refuse") -> None:
    """Everybody fails, and it is known: a prober lives, the breakers are open."""
    hub.sandbox.fault("*", kind)
    Lease.objects.create(name=PROBER_LEASE, holder="x", until=datetime.now(UTC) + timedelta(days=1))
    for _ in range(2):
        hub.probe()


def check_prices(hub: Road, result: Prices, *items: Instrument) -> None:
    for item in items or (BTC,):
        row = result.rows[item]
        fair = hub.sandbox.price(item.asset, row.quote.currency, at=row.fetched_at.timestamp())
        assert abs(row.quote.price / fair - 1) < Decimal("0.002")


# -- fresh -------------------------------------------------------------------------------------------------------------


def test_rows_come_in_the_order_requested_each_once(hub: Road) -> None:
    result = prices([SOL, BTC, SOL, ETH])
    assert list(result.rows) == [SOL, BTC, ETH]
    check_prices(hub, result, *COINS)
    assert result.missing == {}


def test_a_row_says_where_it_comes_from(hub: Road) -> None:
    row = prices([BTC]).rows[BTC]
    assert (row.source, row.stale, row.stale_reason, row.quote.currency) == ("binance", False, None, "USDT")
    assert row.endpoint.startswith("127.0.0.1:")
    assert 0 <= row.age(datetime.now(UTC)) < 5


def test_the_whole_says_how_it_was_made(hub: Road) -> None:
    meta = prices(COINS).meta
    assert (meta.source, meta.stale, meta.chain, meta.cache, meta.attempts) == (
        "binance",
        False,
        "MARKET_PRICE",
        "miss",
        1,
    )
    assert meta.decision == hub.engine.recent[-1].id
    assert meta.attempts_list == ()


def test_within_the_cache_time_no_provider_is_called_again(hub: Road) -> None:
    first = prices(COINS)
    assert prices(COINS).rows == first.rows
    assert prices([ETH]).rows[ETH] == first.rows[ETH]
    assert hub.calls() == 1


def test_only_missing_items_are_fetched(hub: Road) -> None:
    prices([BTC])
    prices(COINS)
    assert [call["path"].count("BTCUSDT") for call in hub.sandbox.log()] == [1, 0]


def test_a_warm_answer_costs_no_sql(hub: Road) -> None:
    runtime.runtime().start()
    prices(COINS)
    asked: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        prices(COINS)
    assert asked == []


def test_a_caller_may_ask_for_younger_values_than_the_cache_keeps(hub: Road) -> None:
    prices([BTC])
    with later(5):
        prices([BTC], max_age=60)
        assert hub.calls() == 1
        result = prices([BTC], max_age=4)
        assert hub.calls() == 2
        assert not result.rows[BTC].stale


def test_past_its_cache_time_a_value_is_served_while_a_newer_one_is_fetched_in_the_background(hub: Road) -> None:
    first = prices([BTC]).rows[BTC]
    with later(15):
        assert prices([BTC]).rows[BTC] == first
        hub.finish_pending()
        second = prices([BTC])
    assert second.rows[BTC].fetched_at > first.fetched_at
    assert second.meta.cache == "revalidated"
    assert hub.calls() == 2


def test_past_twice_its_cache_time_a_value_is_fetched_before_it_is_served(hub: Road) -> None:
    prices([BTC])
    with later(25):
        result = prices([BTC])
        assert result.rows[BTC].age(datetime.now(UTC)) < 5
        assert not result.rows[BTC].stale


def test_with_a_cache_time_of_zero_every_caller_fetches(hub: Road) -> None:
    nothing_is_cached(hub)
    for _ in range(3):
        check_prices(hub, prices([BTC]))
    assert hub.calls() == 3


def test_explaining_asks_anew_and_lists_the_attempts_without_secrets(hub: Road) -> None:
    prices([BTC])
    hub.sandbox.fault("binance", "status", n=0, status=500)
    with provenance.explain_context():
        prices([BTC])
        attempts = provenance.explained_attempts()
    assert [(a["provider"], a["outcome"], a["status"]) for a in attempts] == [
        ("binance", "broken", 500),
        ("binance", "ok", 200),
    ]
    assert "http" not in str(attempts)


# -- many at once ------------------------------------------------------------------------------------------------------


@pytest.fixture
def crowd() -> Callable[[int, Callable[[], Prices]], list[Prices]]:
    """Many callers that ask at the very same moment."""

    def ask(many: int, job: Callable[[], Prices]) -> list[Prices]:
        ready = threading.Barrier(many)

        def one(_: int) -> Prices:
            ready.wait(20)
            try:
                return job()
            finally:
                connection.close()

        with ThreadPoolExecutor(many) as pool:
            return list(pool.map(one, range(many)))

    return ask


@pytest.mark.parametrize("slow_ms", [0, 100])
def test_a_cold_key_asked_by_64_at_once_costs_one_call_and_answers_all(
    hub: Road, crowd: Callable[..., list[Prices]], slow_ms: int
) -> None:
    hub.sandbox.fault("binance", "slow", ms=slow_ms)
    runtime.runtime().start()
    result = crowd(64, lambda: prices([BTC]))
    assert {each.rows[BTC].source for each in result if BTC in each.rows} == {"binance"}
    assert sum(BTC in each.rows for each in result) == 64
    assert hub.calls() == 1


def test_a_cold_process_asked_by_many_at_once_costs_one_call(hub: Road, crowd: Callable[..., list[Prices]]) -> None:
    """The very first question makes the engine and its memory: one of each."""
    hub.restart()
    crowd(16, lambda: prices([BTC]))
    assert hub.calls() == 1


def test_overlapping_batches_ask_for_each_coin_once(hub: Road) -> None:
    hub.sandbox.fault("binance", "slow", ms=200)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(closing, lambda: prices([BTC, ETH]))
        assert waiting.until(lambda: hub.calls() == 1, 10)
        second = pool.submit(closing, lambda: prices([ETH, SOL]))
        check_prices(hub, first.result(), BTC, ETH)
        check_prices(hub, second.result(), ETH, SOL)
    asked = "".join(call["path"] for call in hub.sandbox.log())
    assert [asked.count(f"{symbol}USDT") for symbol in ("BTC", "ETH", "SOL")] == [1, 1, 1]


def closing(job: Callable[[], T]) -> T:
    try:
        return job()
    finally:
        connection.close()


def test_callers_that_wait_for_a_failing_fetch_get_the_same_reason(hub: Road) -> None:
    hub.sandbox.fault("*", "hang")
    Chain.objects.update(deadline_ms=1500)
    hub.engine.state.refresh()
    with ThreadPoolExecutor(2) as pool:
        first: Future[Prices] = pool.submit(closing, lambda: prices([BTC]))
        assert waiting.until(lambda: hub.calls() >= 1, 10)
        second = pool.submit(closing, lambda: prices([BTC]))
        assert first.result().missing[BTC].code == "deadline"
        assert second.result().missing[BTC].code == "deadline"


# -- last known good ---------------------------------------------------------------------------------------------------


def test_all_dead_what_was_known_is_served_as_stale_with_its_age_and_reason_within_the_budget(hub: Road) -> None:
    first = prices([BTC]).rows[BTC]
    all_dead(hub)
    hub.sandbox.clear_log()
    with later(60):
        result = prices([BTC])
        row = result.rows[BTC]
        assert (row.quote, row.fetched_at, row.stale) == (first.quote, first.fetched_at, True)
        assert row.stale_reason == "no source could be reached"
        assert row.age(datetime.now(UTC)) >= 60
    assert (result.meta.stale, result.meta.cache) == (True, "last_known_good")
    assert len(hub.engine.recent[-1].attempts) <= 3, "last resorts, from the budget of extra calls"


def test_one_that_has_just_healed_is_asked_though_a_last_known_good_is_at_hand(hub: Road) -> None:
    nothing_is_cached(hub)
    prices([BTC])
    all_dead(hub)
    hub.sandbox.clear()
    hub.sandbox.fault("binance", "refuse")
    row = prices([BTC]).rows[BTC]
    assert (row.source, row.stale) == ("kraken", False)


def test_all_dead_what_was_never_known_is_missing_with_a_time_to_come_again(hub: Road) -> None:
    all_dead(hub)
    result = prices([BTC])
    assert result.rows == {}
    assert result.missing[BTC].code == "unavailable"
    assert result.meta.retry_after is not None
    assert 1 <= result.meta.retry_after <= 300


def test_a_cooldown_says_when_to_come_again(hub: Road) -> None:
    now = datetime.now(UTC)
    for group in ("binance", "kraken"):
        Cooldown.objects.create(key=f"group:{group}", until=now + timedelta(seconds=42), outcome="banned", since=now)
    hub.engine.state.refresh()
    assert prices([BTC]).meta.retry_after in (42, 43)


def test_what_is_known_and_what_is_not_are_told_apart_in_one_answer(hub: Road) -> None:
    prices([BTC])
    all_dead(hub)
    with later(60):
        result = prices([BTC, ETH, NOBODY])
    assert result.rows[BTC].stale
    assert {item: missing.code for item, missing in result.missing.items()} == {
        ETH: "unavailable",
        NOBODY: "not_available",
    }


def test_a_value_that_is_too_old_is_not_served(hub: Road) -> None:
    prices([BTC])
    all_dead(hub)
    with later(3601):
        assert prices([BTC]).missing[BTC].code == "unavailable"


def test_the_last_known_good_survives_a_restart(hub: Road) -> None:
    first = prices([BTC]).rows[BTC]
    all_dead(hub)
    hub.restart()
    with later(60):
        row = prices([BTC]).rows[BTC]
    assert (row.quote, row.source, row.stale) == (first.quote, "binance", True)


def test_a_last_known_good_is_never_served_as_fresh_after_a_restart(hub: Road) -> None:
    prices([BTC])
    hub.restart()
    row = prices([BTC]).rows[BTC]
    assert not row.stale
    assert hub.calls() == 2


def test_an_unreadable_row_is_left_out(hub: Road) -> None:
    prices([BTC])
    hub.finish_pending()
    at = datetime.now(UTC)
    for key, value in (("MARKET_PRICE:ethereum/*", "nonsense"), ("MARKET_PRICE:solana/*", '{"asset": "solana"}')):
        LastKnown.objects.create(
            key=key, category="MARKET_PRICE", provider="kraken", endpoint="x", value=value, fetched_at=at
        )
    all_dead(hub)
    hub.restart()
    with later(60):
        result = prices(COINS)
    assert list(result.rows) == [BTC]


def test_the_last_known_good_of_a_source_switched_off_is_dropped(hub: Road) -> None:
    prices([BTC])
    all_dead(hub)
    Provider.objects.filter(slug="binance").update(enabled=False)
    hub.engine.state.refresh()
    with later(60):
        assert prices([BTC]).missing[BTC].code == "unavailable"


def test_values_of_an_outlier_source_are_dropped(road: Road) -> None:
    """Its breaker for implausible answers is open: nothing it said before is to be trusted either."""
    road.list_coins(12)
    road.build("binance", "kraken", "coingecko", cache_s=100)
    road.sandbox.fault("binance", "wrong_price", factor=1.3)
    assert prices([ETH]).rows[ETH].source == "binance", "nobody was there to contradict it"
    sweeper = Sweeper(road.engine, names)
    for minute in range(2):
        sweeper.turn([BTC], time.time() + 60 * minute)
        road.finish_pending()
    for _ in range(3):
        with provenance.explain_context():
            check_prices(road, prices([BTC]))
    check_prices(road, prices([ETH]), ETH)
    road.sandbox.fault("*", "refuse")
    assert "binance" not in {row.source for row in prices(COINS).rows.values()}


@pytest.mark.shipped_timing
def test_a_slow_fetch_is_not_awaited_when_a_last_known_good_exists(hub: Road) -> None:
    prices([BTC])
    hub.sandbox.fault("*", "slow", ms=1500)
    with later(60):
        result = prices([BTC])
        assert result.rows[BTC].stale_reason == "a fresh answer is still being fetched"
        hub.finish_pending()
        assert not prices([BTC]).rows[BTC].stale


def test_a_caller_that_insists_on_freshness_waits_for_it(hub: Road) -> None:
    prices([BTC])
    hub.sandbox.fault("*", "slow", ms=500)
    with later(60):
        assert not prices([BTC], max_age=5).rows[BTC].stale


# -- the operator ------------------------------------------------------------------------------------------------------


def test_cached_answers_of_the_old_first_provider_are_not_served_after_a_reorder(hub: Road) -> None:
    assert prices([BTC]).rows[BTC].source == "binance"
    ChainLink.objects.update(position=1 - F("position"))
    hub.engine.state.refresh()
    row = prices([BTC]).rows[BTC]
    assert (row.source, row.stale) == ("kraken", False)


def test_a_fetch_from_before_a_reorder_delays_no_caller_after_it(hub: Road) -> None:
    Chain.objects.update(deadline_ms=20_000)
    hub.sandbox.fault("binance", "slow", ms=3000)
    with ThreadPoolExecutor(1) as pool:
        old = pool.submit(closing, lambda: prices([BTC]))
        assert waiting.until(lambda: hub.calls("binance") == 1, 10)
        ChainLink.objects.update(position=1 - F("position"))
        hub.engine.state.refresh()
        row = prices([BTC]).rows[BTC]
        assert (row.source, row.stale) == ("kraken", False)
        assert not old.done()
        assert list(old.result().rows) == [BTC]


def test_an_edit_that_is_taken_back_during_a_fetch_does_not_bring_back_what_was_fetched_before_it(hub: Road) -> None:
    nothing_is_cached(hub)
    switch(hub, "binance", on=False)
    assert prices([BTC]).rows[BTC].source == "kraken"
    switch(hub, "binance", on=True)
    hub.sandbox.fault("binance", "slow", ms=250)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(closing, lambda: prices([BTC], max_age=0.0))
        assert waiting.until(lambda: hub.calls("binance") == 1, 10)
        switch(hub, "binance", on=False)
        row = asked.result().rows[BTC]
    assert (row.source, row.stale) == ("binance", False)


def switch(hub: Road, slug: str, *, on: bool) -> None:
    ChainLink.objects.filter(provider__slug=slug).update(enabled=on)
    hub.engine.state.refresh()


def test_an_edit_of_health_keeps_what_is_cached(hub: Road) -> None:
    prices([BTC])
    hub.probe()
    calls = hub.calls()
    prices([BTC])
    assert hub.calls() == calls


def test_a_chain_that_is_gone_answers_nothing_and_raises_nothing(hub: Road) -> None:
    Chain.objects.all().delete()
    hub.engine.state.refresh()
    assert prices([BTC]).missing[BTC].code == "not_available"


# -- the fleet ---------------------------------------------------------------------------------------------------------


def test_two_processes_asked_at_once_cost_one_call_and_both_answer_fresh(hub: Road) -> None:
    fleet: list[CategoryCache[Instrument]] = [
        CategoryCache(hub.another(), Category.MARKET_PRICE, names, codecs.QUOTES) for _ in range(4)
    ]
    hub.sandbox.fault("binance", "slow", ms=200)
    ready = threading.Barrier(4)

    def ask(feed: CategoryCache[Instrument]) -> bool:
        ready.wait(10)
        try:
            served = feed.get([BTC])
        finally:
            connection.close()
        return BTC in served.entries and not served.stale

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, fleet)) == [True] * 4
    assert hub.calls() == 1


def test_time_spent_on_waiting_for_another_process_is_taken_from_the_deadline(hub: Road) -> None:
    Chain.objects.update(deadline_ms=1500)
    fleet: list[CategoryCache[Instrument]] = [
        CategoryCache(hub.another(), Category.MARKET_PRICE, names, codecs.QUOTES) for _ in range(2)
    ]
    hub.sandbox.fault("*", "hang")
    with ThreadPoolExecutor(2) as pool:
        began = time.monotonic()
        asking = [pool.submit(closing, lambda feed=feed: feed.get([BTC])) for feed in fleet]
        assert all(one.result().missing == {BTC: "deadline"} for one in asking)
    assert time.monotonic() - began < 2.9, "one after the other they would take twice the deadline"


def test_without_shared_fetches_each_process_answers_alone(hub: Road, settings: Any) -> None:
    """Its folder is gone: a cleaner took it."""
    prices([BTC])
    folder = Path(settings.SHARED_FETCH["LOCATION"])
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    check_prices(hub, prices([ETH]), ETH)


def test_without_redis_each_process_answers_alone(hub: Road, settings: Any) -> None:
    settings.SHARED_FETCH = {
        "BACKEND": "providers.state.shared_fetch.RedisSharedFetch",
        "LOCATION": "redis://127.0.0.1:9/0",
    }
    check_prices(hub, prices([BTC]))
