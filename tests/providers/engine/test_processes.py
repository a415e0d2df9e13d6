"""Many threads and several processes at once: nothing is lost, counted twice, or waited for in vain."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from providers.engine.execution import Execution
from providers.engine.query import Result
from providers.models import Cooldown, Health, Lease
from providers.state import runtime
from providers.state.snapshot import PROBER_LEASE
from tests import waiting
from tests.providers.engine_harness import BTC, Road, tried

pytestmark = pytest.mark.relaxed_timing

THREADS = 16


@pytest.fixture
def at_once() -> Iterator[Callable[..., list[Any]]]:
    """Do a thing many times in many threads, whose switches come as badly as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    with ThreadPoolExecutor(THREADS) as pool:

        def run(job: Callable[[int], Any], times: int) -> list[Any]:
            def alone(n: int) -> Any:
                try:
                    return job(n)
                finally:
                    connection.close()

            return list(pool.map(alone, range(times)))

        yield run
    sys.setswitchinterval(interval)


def following(road: Road) -> None:
    """As in a server: the snapshot and the writer have threads of their own, callers touch no table."""
    runtime.runtime().start()


def a_prober_lives() -> None:
    """Half-open trials are its business: however long this machine takes, no user's call is one."""
    Lease.objects.create(name=PROBER_LEASE, holder="x", until=datetime.now(UTC) + timedelta(days=1))


def test_counters_say_exactly_what_upstreams_saw(road: Road, at_once: Callable[..., list[Result]]) -> None:
    road.build("kraken", deadline_ms=20_000)
    following(road)
    road.sandbox.fault("kraken", "status", status=500, probability=0.1)
    results = at_once(lambda _: road.ask(), 200)
    road.finish_pending()
    attempts = [attempt for result in results for attempt in result.decision.attempts]
    rows = Health.objects.filter(key__in=_priced(road))
    assert sum(row.requests for row in rows) == len(attempts) == road.calls()
    assert sum(row.successes for row in rows) == sum(attempt.outcome == "ok" for attempt in attempts) > 100


def _priced(road: Road) -> list[str]:
    providers = road.engine.state.current().providers.values()
    return [f"endpoint:{endpoint.id}|MARKET_PRICE" for one in providers for endpoint in one.endpoints]


def test_one_outage_met_by_many_threads_is_one_incident(road: Road, at_once: Callable[..., list[Result]]) -> None:
    road.build("kraken", "binance", deadline_ms=20_000)
    a_prober_lives()
    following(road)
    road.sandbox.fault("kraken", "status", status=500)
    results = at_once(lambda _: road.ask(), 100)
    assert {result.answered[BTC].provider for result in results} == {"binance"}
    road.finish_pending()
    assert Health.objects.get(key__in=_priced(road), opened_at__isnull=False).trips == 1
    assert road.calls("kraken") <= 3 + THREADS


def test_one_limit_met_by_many_threads_is_one_cooldown_and_few_calls(
    road: Road, at_once: Callable[..., list[Result]]
) -> None:
    road.build("kraken", "binance", deadline_ms=20_000)
    following(road)
    road.sandbox.fault("kraken", "status", status=429, retry_after=30)
    at_once(lambda _: road.ask(), 100)
    road.finish_pending()
    assert Cooldown.objects.get().key == "group:kraken"
    assert road.calls("kraken") <= THREADS


def test_hung_calls_starve_nobody(road: Road, at_once: Callable[..., list[Result]]) -> None:
    road.build("binance", "bitstamp", deadline_ms=20_000, calm=False)
    following(road)
    road.sandbox.fault("binance", "hang")
    results = at_once(lambda _: road.ask(), 100)
    assert all(result.answered for result in results)
    assert sum(result.decision.ms > 10_000 for result in results) == 0


def test_a_healthy_answer_costs_no_sql(road: Road) -> None:
    road.build("binance")
    following(road)
    road.ask()
    asked: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        for _ in range(5):
            road.ask()
    assert asked == []


def test_two_processes_that_meet_one_outage_count_it_once(road: Road, at_once: Callable[..., list[Result]]) -> None:
    road.build("kraken", "binance", deadline_ms=20_000)
    a_prober_lives()
    fleet = [road.another() for _ in range(4)]
    road.sandbox.fault("kraken", "status", status=500)
    at_once(lambda n: road.ask(by=fleet[n % 4]), 40)
    road.finish_pending()
    row = Health.objects.get(opened_at__isnull=False)
    assert (row.trips, row.revision) == (1, 1)
    for engine in fleet:
        engine.state.refresh()
        assert tried(road.ask(by=engine)) == ["binance ok"]


def test_counters_of_several_processes_add_up(road: Road, at_once: Callable[..., list[Result]]) -> None:
    road.build("kraken", deadline_ms=20_000)
    fleet = [road.another() for _ in range(4)]
    at_once(lambda n: road.ask(by=fleet[n % 4]), 80)
    road.finish_pending()
    row = Health.objects.get(key__in=_priced(road))
    assert (row.requests, row.successes, road.calls()) == (80, 80, 80)


def test_reading_and_writing_at_once_loses_no_opening(road: Road, at_once: Callable[..., list[Result]]) -> None:
    """The snapshot is read again and again while breakers change under it."""
    road.build("kraken", "binance", "bitstamp", deadline_ms=20_000)
    following(road)
    road.sandbox.fault("kraken", "status", status=500)
    until = time.monotonic() + 0.5

    def either(n: int) -> Any:
        if n % 4 == 0:
            while time.monotonic() < until:
                road.engine.state.refresh()
            return None
        return road.ask()

    at_once(either, 60)
    road.finish_pending()
    row = Health.objects.get(opened_at__isnull=False)
    assert road.engine.state.health.breakers[row.key].trips == row.trips == 1


def test_a_call_leaves_nothing_to_the_collector(road: Road) -> None:
    """What only it could free would be freed in the middle of other calls, at half the price of a call."""
    road.build("binance", "kraken")
    road.ask()

    def left() -> list[Execution]:
        return [one for one in gc.get_objects() if type(one) is Execution and one._context.state is road.engine.state]

    gc.collect()
    gc.disable()
    try:
        road.ask()
        assert waiting.until(lambda: not left(), 10)  # a thread that helped may still be on its way out
    finally:
        gc.enable()
