"""The snapshot and the writing behind it: several processes, restarts, operators and a database that stumbles."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.db.models import F

from providers.credentials import encryption
from providers.domain.categories import Category, Strategy
from providers.domain.outcomes import Failure, Outcome
from providers.models import Chain, ChainLink, Cooldown, Endpoint, Health, Lease, Provider
from providers.resilience.breaker import BreakerState as RateLimitStatus
from providers.resilience.breaker import state as status
from providers.state.health_registry import AttemptContext
from providers.state.runtime import RuntimeState
from providers.state.snapshot import PROBER_LEASE
from tests.providers.engine_rows import chain, provider

pytestmark = pytest.mark.django_db(transaction=True)
PRICE = Category.MARKET_PRICE


@pytest.fixture
def rows() -> Provider:
    created = provider("binance", "http://one.example", "http://two.example")
    chain(created, provider("kraken", "http://kraken.example"))
    return created


@pytest.fixture
def process(rows: Provider) -> Iterator[Callable[[], RuntimeState]]:
    """Each call is another process of the fleet, freshly started."""
    with ExitStack() as ending:

        def begin() -> RuntimeState:
            state = RuntimeState()
            state.refresh()
            ending.callback(state.stop)
            return state

        yield begin


def attempt(state: RuntimeState, n: int = 0, probe: bool = False) -> AttemptContext:
    of = state.configuration.providers["binance"]
    return AttemptContext(of, of.endpoints[n], PRICE, time.time(), probe)


def fail(state: RuntimeState, times: int = 3, outcome: Outcome = Outcome.REFUSED, n: int = 0) -> None:
    for _ in range(times):
        state.write_changes(state.health.record_failure(attempt(state, n), Failure(outcome, "why"), time.time(), ()))


def cool_down(state: RuntimeState, seconds: float) -> None:
    failure = Failure(Outcome.RATE_LIMITED, "HTTP 429", datetime.now(UTC) + timedelta(seconds=seconds))
    state.write_cooldown(*state.health.cool_down(attempt(state), failure, time.time()))


def endpoint(n: int = 0) -> str:
    return f"endpoint:{Endpoint.objects.order_by('pk')[n].pk}"


def failing(error: Exception, table: str, times: int = 100) -> Callable[..., Any]:
    """The first writes to a table fail: the database is away."""
    left = [times]

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith("SELECT") and f'"{table}"' in sql and left[0] > 0:
            left[0] -= 1
            raise error
        return execute(sql, params, many, context)

    return wrapper


# -- configuration -----------------------------------------------------------------------------------------------------


def test_a_process_knows_the_configuration_when_it_first_asks_for_it(rows: Provider) -> None:
    found = RuntimeState().current()
    assert [link.provider.slug for link in found.chains[PRICE].links] == ["binance", "kraken"]
    assert [end.host for end in found.providers["binance"].endpoints] == ["one.example", "two.example"]


EDITS: dict[str, Callable[[], object]] = {
    "position": lambda: ChainLink.objects.filter(provider__slug="binance").update(position=7),
    "weight": lambda: ChainLink.objects.update(weight=7),
    "link off": lambda: ChainLink.objects.filter(provider__slug="kraken").update(enabled=False),
    "provider off": lambda: Provider.objects.filter(slug="kraken").update(enabled=False),
    "endpoint off": lambda: Endpoint.objects.filter(base_url__contains="two").update(enabled=False),
    "endpoint gone": lambda: Endpoint.objects.filter(base_url__contains="two").delete(),
    "strategy": lambda: Chain.objects.update(strategy="weighted"),
    "cache": lambda: Chain.objects.update(cache_s=99),
    "key": lambda: Provider.objects.filter(slug="kraken").update(api_key_encrypted=encryption.encrypt("secret")),
    "lineage": lambda: ChainLink.objects.filter(provider__slug="kraken").update(lineage="binance"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_that_sends_no_signal_is_in_force_at_the_next_look(
    process: Callable[[], RuntimeState], edit: str
) -> None:
    state = process()
    before = state.configuration.chains[PRICE].generation
    EDITS[edit]()
    state.refresh()
    assert state.configuration.chains[PRICE].generation != before


def test_what_can_change_no_answer_keeps_the_generation(process: Callable[[], RuntimeState]) -> None:
    state = process()
    before = state.configuration.chains[PRICE].generation
    Provider.objects.update(name="Another name")
    fail(state)
    cool_down(state, 30)
    state.refresh()
    assert state.configuration.chains[PRICE].generation == before
    assert state.configuration.providers["binance"].name == "Another name"


def test_two_processes_name_the_same_configuration_the_same(process: Callable[[], RuntimeState]) -> None:
    one, other = process(), process()
    assert one.configuration.chains[PRICE].generation == other.configuration.chains[PRICE].generation


def test_a_key_is_readable_here_and_nowhere_in_what_may_be_printed(process: Callable[[], RuntimeState]) -> None:
    Provider.objects.filter(slug="kraken").update(api_key_encrypted=encryption.encrypt("s3cret"))
    Provider.objects.filter(slug="binance").update(api_key_encrypted="not a token")
    found = process().configuration
    assert (found.providers["kraken"].key, found.providers["kraken"].key_state) == ("s3cret", "set")
    assert (found.providers["binance"].key, found.providers["binance"].key_state) == ("", "unreadable")
    assert "s3cret" not in repr(found)


def test_rows_that_make_no_sense_blind_nobody(process: Callable[[], RuntimeState]) -> None:
    Chain.objects.update(strategy="sideways")
    Chain.objects.create(category="NO_SUCH", strategy="priority")
    now = datetime.now(UTC)
    Cooldown.objects.create(key="group:binance", until=now + timedelta(hours=1), outcome="", since=now)
    state = process()
    assert state.configuration.chains[PRICE].strategy is Strategy.PRIORITY
    assert state.health.cooldowns["group:binance"].outcome is Outcome.RATE_LIMITED


def test_the_prober_is_alive_as_long_as_its_lease(process: Callable[[], RuntimeState]) -> None:
    assert not process().is_prober_running(time.time())
    Lease.objects.create(name=PROBER_LEASE, holder="x", until=datetime.now(UTC) + timedelta(seconds=8))
    state = process()
    assert state.is_prober_running(time.time())
    assert not state.is_prober_running(time.time() + 9)


# -- following ---------------------------------------------------------------------------------------------------------


def looks(state: RuntimeState) -> Callable[[], bool]:
    """Wait for one whole look at the tables that begins after now."""
    look = threading.Semaphore(0)
    state.add_follower(look.release)

    def wait() -> bool:
        return look.acquire(timeout=5) and look.acquire(timeout=5)

    return wait


def test_a_serving_process_follows_the_tables_in_a_thread_of_its_own(process: Callable[[], RuntimeState]) -> None:
    state = process()
    state.start()
    look = looks(state)
    Provider.objects.filter(slug="kraken").update(enabled=False)
    assert look()
    assert not state.current().providers["kraken"].enabled


def test_nothing_that_is_wrong_with_a_look_ends_the_following(process: Callable[[], RuntimeState]) -> None:
    state = process()
    broken = iter([ValueError("ours"), OperationalError("gone")])

    def stumble() -> None:
        for error in broken:
            raise error

    state.start()
    state.add_follower(stumble)
    look = looks(state)
    Provider.objects.filter(slug="kraken").update(enabled=False)
    assert look()
    assert not state.current().providers["kraken"].enabled


def test_starting_twice_starts_once_and_stopping_ends_all_threads(process: Callable[[], RuntimeState]) -> None:
    before = threading.active_count()
    state = process()
    state.start()
    state.start()
    assert threading.active_count() == before + 2
    state.stop()
    assert threading.active_count() == before
    assert not state.is_following


# -- breakers ----------------------------------------------------------------------------------------------------------


def test_an_opening_is_in_the_database_and_seen_by_another_process(process: Callable[[], RuntimeState]) -> None:
    one, other = process(), process()
    fail(one)
    other.refresh()
    assert status(other.health.breakers[endpoint()], time.time()) is RateLimitStatus.OPEN
    assert Health.objects.get(key=endpoint()).trips == 1


def test_an_opening_survives_a_restart(process: Callable[[], RuntimeState]) -> None:
    fail(process())
    assert status(process().health.breakers[endpoint()], time.time()) is RateLimitStatus.OPEN


def test_one_incident_seen_by_two_processes_counts_once(process: Callable[[], RuntimeState]) -> None:
    one, other = process(), process()
    fail(one)
    fail(other)
    row = Health.objects.get(key=endpoint())
    assert (row.trips, row.revision) == (1, 1)
    other.refresh()
    one.refresh()
    assert one.health.breakers[endpoint()] == other.health.breakers[endpoint()]


def test_of_many_processes_that_open_at_once_one_opening_is_kept(process: Callable[[], RuntimeState]) -> None:
    fleet = [process() for _ in range(8)]

    def open_it(state: RuntimeState) -> None:
        fail(state)
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(open_it, fleet))
    assert Health.objects.get(key=endpoint()).trips == 1


def test_an_opening_adds_to_a_row_that_only_counted_so_far(process: Callable[[], RuntimeState]) -> None:
    state = process()
    state.write_changes(state.health.record_success(attempt(state), 5.0, None, time.time()))
    state.writer.flush()
    fail(state)
    state.writer.flush()
    row = Health.objects.get(key=endpoint())
    assert (row.trips, row.requests, row.successes) == (1, 4, 1)


def test_an_operators_hand_wins_over_a_process_that_has_not_seen_it(process: Callable[[], RuntimeState]) -> None:
    state = process()
    fail(state)
    Health.objects.filter(key=endpoint()).update(forced_open=True, revision=F("revision") + 1)
    state.write_changes(state.health.record_success(attempt(state, probe=True), 5.0, None, time.time()))
    state.refresh()
    assert state.health.breakers[endpoint()].forced_open
    assert Health.objects.get(key=endpoint()).forced_open


def test_a_breaker_closed_by_hand_is_closed_everywhere_and_forgets(process: Callable[[], RuntimeState]) -> None:
    state = process()
    fail(state)
    Health.objects.filter(key=endpoint()).update(
        open_until=None, opened_at=None, suspect_since=None, trips=0, consecutive_failures=0,
        closed_at=datetime.now(UTC), revision=F("revision") + 1,
    )  # fmt: skip
    state.refresh()
    fail(state, times=1)
    assert status(state.health.breakers[endpoint()], time.time() + 10) is RateLimitStatus.CLOSED


def test_a_deleted_row_is_a_scope_nobody_knows_anything_of(process: Callable[[], RuntimeState]) -> None:
    state = process()
    fail(state)
    Health.objects.all().delete()
    state.refresh()
    assert endpoint() not in state.health.breakers
    fail(state)
    assert Health.objects.get(key=endpoint()).trips == 1


# -- cooldown ---------------------------------------------------------------------------------------------------------


def test_a_cooldown_is_committed_before_the_caller_goes_on(process: Callable[[], RuntimeState]) -> None:
    state = process()
    state.start()
    cool_down(state, 30)
    row = Cooldown.objects.get(key="group:binance")
    assert abs(row.until.timestamp() - time.time() - 30) < 5
    assert (row.outcome, row.detail) == ("rate_limited", "HTTP 429")


def test_a_cooldown_is_in_force_in_another_process_and_after_a_restart(process: Callable[[], RuntimeState]) -> None:
    one, other = process(), process()
    cool_down(one, 30)
    other.refresh()
    assert other.health.cooldowns["group:binance"].until > time.time() + 25
    assert process().health.cooldowns["group:binance"].until > time.time() + 25


def test_a_longer_cooldown_replaces_a_shorter_one_and_never_the_other_way_round(
    process: Callable[[], RuntimeState],
) -> None:
    one, other = process(), process()
    cool_down(one, 30)
    cool_down(other, 90)
    cool_down(one, 10)
    assert Cooldown.objects.get().until.timestamp() > time.time() + 80
    one.refresh()
    assert one.health.cooldowns["group:binance"].until > time.time() + 80


def test_a_cooldown_that_another_process_writes_in_between_is_never_shortened(
    process: Callable[[], RuntimeState],
) -> None:
    """The other's shorter cooldown appears after we looked for one to lengthen."""
    state = process()
    now = datetime.now(UTC)
    between = [True]

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = execute(sql, params, many, context)
        if between and sql.startswith("UPDATE") and "providers_cooldown" in sql:
            between.clear()
            Cooldown.objects.create(key="group:binance", until=now, outcome="banned", since=now)
        return found

    with connection.execute_wrapper(wrapper):
        cool_down(state, 60)
    assert Cooldown.objects.get().until.timestamp() > time.time() + 50


def test_a_lifted_cooldown_is_lifted_everywhere(process: Callable[[], RuntimeState]) -> None:
    state = process()
    cool_down(state, 30)
    Cooldown.objects.all().delete()
    state.refresh()
    assert state.health.cooldowns == {}


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_a_cooldown_the_database_would_not_take_is_in_force_here_and_written_later(
    process: Callable[[], RuntimeState], error: Exception
) -> None:
    state = process()
    with connection.execute_wrapper(failing(error, "providers_cooldown")):
        cool_down(state, 30)
    state.refresh()
    assert state.health.cooldowns["group:binance"].until > time.time() + 25
    state.writer.flush()
    assert Cooldown.objects.filter(key="group:binance").exists()
    Cooldown.objects.all().delete()
    state.refresh()
    assert state.health.cooldowns == {}, "once written, the database's word counts again"


# -- counters ----------------------------------------------------------------------------------------------------------


def work(state: RuntimeState, calls: int) -> None:
    for n in range(calls):
        if n % 4:
            state.health.record_success(attempt(state), 5.0, None, time.time())
        else:
            state.health.record_failure(attempt(state), Failure(Outcome.REFUSED, ""), time.time(), ())


def test_counters_of_many_threads_and_two_processes_add_up_exactly(process: Callable[[], RuntimeState]) -> None:
    fleet = [process(), process()]
    with ThreadPoolExecutor(16) as pool:
        for n in range(16):
            pool.submit(work, fleet[n % 2], 100)
    for state in fleet:
        state.writer.flush()
    row = Health.objects.get(key=endpoint())
    assert (row.requests, row.successes) == (1600, 1200)
    assert row.latency_ms_sum == pytest.approx(6000)


def test_probes_are_counted_apart(process: Callable[[], RuntimeState]) -> None:
    state = process()
    state.health.record_success(attempt(state, probe=True), 5.0, None, time.time())
    state.writer.flush()
    row = Health.objects.get(key=endpoint())
    assert (row.requests, row.probes, row.successes) == (0, 1, 1)


@pytest.mark.parametrize("times", [1, 100])
def test_counters_outlive_a_database_that_goes_away_in_the_middle_of_a_flush(
    process: Callable[[], RuntimeState], times: int
) -> None:
    state = process()
    work(state, 40)
    state.health.record_success(attempt(state, 1), 5.0, None, time.time())
    with connection.execute_wrapper(failing(OperationalError("gone"), "providers_health", times)):
        state.writer.flush()
    work(state, 40)
    state.writer.flush()
    row = Health.objects.get(key=endpoint())
    assert (row.requests, row.successes) == (80, 60)
    assert Health.objects.get(key=endpoint(1)).requests == 1


def test_a_flush_says_how_it_went_last(process: Callable[[], RuntimeState]) -> None:
    state = process()
    fail(state, times=2, outcome=Outcome.TIMEOUT)
    state.writer.flush()
    row = Health.objects.get(key=endpoint())
    assert (row.consecutive_failures, row.last_outcome, row.last_detail) == (2, "timeout", "why")
    state.health.record_success(attempt(state), 5.0, None, time.time())
    state.writer.flush()
    row.refresh_from_db()
    assert (row.consecutive_failures, row.last_outcome, row.last_detail, row.p95_ms) == (0, "ok", "", 5.0)
    assert row.last_success_at is not None
    assert row.last_failure_at is not None


def test_counters_never_touch_the_breakers_facts(process: Callable[[], RuntimeState]) -> None:
    one, other = process(), process()
    fail(one)
    other.health.record_success(attempt(other), 5.0, None, time.time())
    other.writer.flush()
    assert Health.objects.get(key=endpoint()).open_until is not None


def test_a_process_begins_with_the_latencies_others_have_learned(process: Callable[[], RuntimeState]) -> None:
    state = process()
    state.health.record_success(attempt(state), 42.0, None, time.time())
    state.writer.flush()
    fresh = process()
    of = fresh.configuration.providers["binance"]
    assert fresh.health.p95_ms(of, of.endpoints[0], PRICE) == 42.0
