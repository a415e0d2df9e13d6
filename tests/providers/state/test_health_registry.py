"""The health book: exactly the scope that explains an outcome is blamed, each incident counts once, nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from providers.domain.adapter import Usage
from providers.domain.categories import Category
from providers.domain.config import EndpointConf, ProviderConf
from providers.domain.outcomes import Failure, FailureScope, Outcome
from providers.resilience.breaker import CLOSED, Breaker, BreakerState, closed, opened, state
from providers.resilience.quota import CooldownPeriod
from providers.state.health_registry import AttemptContext, HealthRegistry
from tests.providers.resilience.parts import NOW, PRICE, link, provider

A = provider(1, 6)
KEYS = {
    FailureScope.ENDPOINT: "endpoint:10",
    FailureScope.ENDPOINT_CATEGORY: "endpoint:10|MARKET_PRICE",
    FailureScope.PROVIDER: "provider:1",
    FailureScope.PROVIDER_CATEGORY: "provider:1|MARKET_PRICE",
    FailureScope.QUOTA_GROUP: "group:p1",
}


def attempt(n: int = 0, started: float = NOW, *, of: ProviderConf = A, probe: bool = False) -> AttemptContext:
    return AttemptContext(of, of.endpoints[n], PRICE, started, probe)


def fail(
    book: HealthRegistry,
    at: AttemptContext,
    outcome: Outcome = Outcome.REFUSED,
    now: float = NOW,
    siblings: Sequence[EndpointConf] = (),
) -> list[str]:
    """The keys whose breaker changed."""
    return [change.key for change in book.record_failure(at, Failure(outcome, "why"), now, siblings)]


def succeed(book: HealthRegistry, at: AttemptContext, now: float = NOW) -> list[str]:
    return [change.key for change in book.record_success(at, 10.0, None, now)]


def state_of(book: HealthRegistry, key: str, now: float = NOW) -> BreakerState:
    return state(book.breakers.get(key, CLOSED), now)


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.OK])
def test_each_outcome_counts_against_exactly_its_scope(outcome: Outcome) -> None:
    book = HealthRegistry()
    for _ in range(2):
        fail(book, attempt(), outcome)
    blamed = book.drain()
    assert list(blamed) == ([KEYS[outcome.scope]] if outcome.scope is not FailureScope.NOBODY else [])
    assert all(counters.last_outcome == outcome for counters in blamed.values())


@pytest.mark.parametrize("outcome", [o for o in Outcome if o.trips_breaker])
def test_three_failures_in_a_row_open_exactly_the_scope_that_explains_them(outcome: Outcome) -> None:
    book = HealthRegistry()
    changed = [fail(book, attempt(started=NOW + n), outcome, NOW + n) for n in range(3)]
    assert changed == [[], [], [KEYS[outcome.scope]]]
    assert set(book.breakers) == {KEYS[outcome.scope]}


@pytest.mark.parametrize("outcome", [o for o in Outcome if o.starts_cooldown])
def test_what_parks_opens_no_breaker(outcome: Outcome) -> None:
    book = HealthRegistry()
    assert [fail(book, attempt(), outcome) for _ in range(5)] == [[]] * 5


def test_failures_of_one_incident_open_once_however_many_were_under_way() -> None:
    book = HealthRegistry()
    changes = [fail(book, attempt(started=NOW), now=NOW + 1) for _ in range(64)]
    assert sum(map(len, changes)) == 1
    assert book.breakers["endpoint:10"].trips == 1


def test_stragglers_of_an_incident_neither_reopen_nor_count_after_recovery() -> None:
    """Hung calls that began before a probe closed the breaker die of their deadline after it."""
    book = HealthRegistry()
    for _ in range(3):
        fail(book, attempt(started=NOW))
    succeed(book, attempt(started=NOW + 2, probe=True), NOW + 2.1)
    assert [fail(book, attempt(started=NOW + 0.5), Outcome.TIMEOUT, NOW + 3) for _ in range(5)] == [[]] * 5
    assert fail(book, attempt(started=NOW + 4), Outcome.TIMEOUT, NOW + 4.1) == [], "one new failure is the first"
    assert state_of(book, "endpoint:10", NOW + 10) is BreakerState.CLOSED


def test_a_failed_trial_reopens_for_longer_and_a_good_one_closes() -> None:
    book = HealthRegistry()
    for _ in range(3):
        fail(book, attempt())
    first = book.breakers["endpoint:10"].open_until or 0
    assert fail(book, attempt(started=first), now=first + 0.1) == ["endpoint:10"]
    second = book.breakers["endpoint:10"].open_until or 0
    assert second - first > 3.9
    assert succeed(book, attempt(started=second), second + 0.1) == ["endpoint:10"]
    assert state_of(book, "endpoint:10", second + 0.1) is BreakerState.SLOW_START


def test_a_success_that_began_before_the_opening_proves_nothing() -> None:
    book = HealthRegistry()
    for n in range(3):
        fail(book, attempt(started=NOW + n), now=NOW + n)
    assert succeed(book, attempt(started=NOW + 1), NOW + 3) == []
    assert state_of(book, "endpoint:10", NOW + 3) is BreakerState.OPEN


def test_a_probe_closes_even_before_the_open_time_is_over() -> None:
    book = HealthRegistry()
    for _ in range(3):
        fail(book, attempt())
    assert succeed(book, attempt(started=NOW + 0.5, probe=True), NOW + 0.6) == ["endpoint:10"]


def test_two_failing_endpoints_make_their_siblings_suspect() -> None:
    book = HealthRegistry()
    assert fail(book, attempt(0), siblings=A.endpoints) == []
    changed = fail(book, attempt(1), siblings=A.endpoints)
    assert set(changed) == {f"endpoint:1{n}" for n in range(6)}
    assert all(state_of(book, f"endpoint:1{n}") is BreakerState.SUSPECT for n in range(6))


def test_a_success_between_two_failing_endpoints_keeps_their_siblings_out_of_it() -> None:
    book = HealthRegistry()
    fail(book, attempt(0), siblings=A.endpoints)
    succeed(book, attempt(2))
    assert fail(book, attempt(1), siblings=A.endpoints) == []


def test_broken_answers_make_siblings_suspect_in_their_category_only() -> None:
    book = HealthRegistry()
    for n in range(2):
        changed = fail(book, attempt(n), Outcome.BROKEN, siblings=A.endpoints)
    assert set(changed) == {f"endpoint:1{n}|MARKET_PRICE" for n in range(6)}


def test_a_quiet_endpoint_that_fails_its_probe_is_suspect_before_any_user_meets_it() -> None:
    book = HealthRegistry()
    assert fail(book, attempt(probe=True)) == ["endpoint:10"]
    assert state_of(book, "endpoint:10") is BreakerState.SUSPECT
    assert fail(book, attempt(probe=True, started=NOW + 2), now=NOW + 2) == ["endpoint:10"]
    assert state_of(book, "endpoint:10", NOW + 2) is BreakerState.OPEN


def test_one_lost_hedge_is_chance_and_two_in_a_row_are_two_failures() -> None:
    book = HealthRegistry()
    fail(book, attempt(), Outcome.LOST_HEDGE)
    assert book.drain() == {}
    fail(book, attempt(), Outcome.LOST_HEDGE)
    counts = book.drain()["endpoint:10"]
    assert (counts.requests, counts.consecutive_failures) == (2, 2)


def test_a_success_between_makes_the_next_lost_hedge_chance_again() -> None:
    book = HealthRegistry()
    for _ in range(5):
        fail(book, attempt(), Outcome.LOST_HEDGE)
        succeed(book, attempt())
    assert book.drain()["endpoint:10"].consecutive_failures == 0
    assert state_of(book, "endpoint:10") is BreakerState.CLOSED


def test_a_lost_hedge_beside_a_failing_sibling_is_no_chance() -> None:
    book = HealthRegistry()
    fail(book, attempt(0), Outcome.TIMEOUT, siblings=A.endpoints)
    assert set(fail(book, attempt(1), Outcome.LOST_HEDGE, siblings=A.endpoints)) == {f"endpoint:1{n}" for n in range(6)}


def test_a_trial_that_loses_its_hedge_has_failed() -> None:
    book = HealthRegistry()
    for _ in range(3):
        fail(book, attempt())
    later = (book.breakers["endpoint:10"].open_until or 0) + 1
    assert fail(book, attempt(started=later), Outcome.LOST_HEDGE, later) == ["endpoint:10"]


def test_what_was_tripped_by_hand_no_success_closes_and_no_failure_touches() -> None:
    book = HealthRegistry()
    forced = Breaker(forced_open=True, opened_at=NOW - 10, revision=4)
    book.adopt({"endpoint:10": forced}, {}, time.monotonic())
    assert succeed(book, attempt()) == []
    assert [fail(book, attempt(), siblings=A.endpoints) for _ in range(5)] == [[]] * 5
    assert book.breakers["endpoint:10"] == forced


def test_an_attempt_counts_once_in_the_scope_it_speaks_for() -> None:
    book = HealthRegistry()
    succeed(book, attempt())
    fail(book, attempt(), Outcome.TIMEOUT)
    fail(book, attempt(probe=True), Outcome.BROKEN)
    taken = book.drain()
    assert (taken["endpoint:10"].requests, taken["endpoint:10"].successes) == (2, 1)
    assert (taken["endpoint:10|MARKET_PRICE"].requests, taken["endpoint:10|MARKET_PRICE"].probes) == (1, 1)
    assert (taken["provider:1|MARKET_PRICE"].requests, taken["provider:1|MARKET_PRICE"].successes) == (1, 1)


def test_an_answer_later_found_wrong_counts_as_one_request_and_no_success() -> None:
    """A wrong price is a success of the line and a failure of the provider: three in a row open its breaker."""
    book = HealthRegistry()
    for n in range(3):
        at = attempt(started=NOW + n)
        book.record_success(at, 10.0, None, NOW + n, corroborated=False)
        changed = fail(book, at, Outcome.IMPLAUSIBLE, NOW + n)
    assert changed == [KEYS[FailureScope.PROVIDER_CATEGORY]]
    counts = book.drain()[KEYS[FailureScope.PROVIDER_CATEGORY]]
    assert (counts.requests, counts.successes) == (3, 0)


def test_an_answer_not_yet_believed_does_not_close_the_breaker_of_a_liar() -> None:
    book = HealthRegistry()
    for n in range(3):
        fail(book, attempt(started=NOW + n), Outcome.IMPLAUSIBLE, NOW + n)
    assert book.record_success(attempt(started=NOW + 60), 10.0, None, NOW + 60, corroborated=False) == []
    assert state_of(book, KEYS[FailureScope.PROVIDER_CATEGORY], NOW + 60) is BreakerState.HALF_OPEN


def test_draining_takes_each_count_once_and_putting_back_loses_none() -> None:
    book = HealthRegistry()
    succeed(book, attempt())
    taken = book.drain()
    assert book.drain() == {}
    succeed(book, attempt())
    book.restore(taken)
    again = book.drain()
    assert again["endpoint:10"].requests == 2
    assert again["endpoint:10"].latency_ms_sum == pytest.approx(20.0)


def test_counters_are_conserved_while_many_threads_count_and_one_drains() -> None:
    book, each, threads = HealthRegistry(), 500, 16
    drained = []

    def work(n: int) -> None:
        for i in range(each):
            if i % 3:
                succeed(book, attempt(n % 6))
            else:
                fail(book, attempt(n % 6), Outcome.TIMEOUT)
            if i % 50 == 0:
                drained.append(book.drain())

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    drained.append(book.drain())
    hosts = [taken[key] for taken in drained for key in taken if "|" not in key]
    assert sum(counts.requests for counts in hosts) == each * threads
    assert sum(counts.successes for counts in hosts) == threads * sum(1 for i in range(each) if i % 3)


def test_cooldown_is_in_force_at_once_and_never_shortened() -> None:
    book = HealthRegistry()
    far, near = (Failure(Outcome.RATE_LIMITED, "", datetime.fromtimestamp(NOW + s, UTC)) for s in (60, 10))
    assert book.cool_down(attempt(), far, NOW)[1].until == NOW + 60
    assert book.cool_down(attempt(1), near, NOW)[1].until == NOW + 60
    assert book.cooldowns["group:p1"].until == NOW + 60


def test_the_databases_word_counts_except_on_what_changed_here_since() -> None:
    book = HealthRegistry()
    for _ in range(3):
        fail(book, attempt())
    read_at = time.monotonic()
    book.adopt({}, {}, read_at)
    assert state_of(book, "endpoint:10") is BreakerState.OPEN, "not written yet: the database cannot know"
    book.mark_written("endpoint:10")
    book.adopt({}, {}, read_at)
    assert state_of(book, "endpoint:10") is BreakerState.OPEN, "read before it was written"
    book.adopt({}, {}, time.monotonic())
    assert state_of(book, "endpoint:10") is BreakerState.CLOSED


def test_a_second_change_still_unwritten_outlives_the_first_ones_writing() -> None:
    book = HealthRegistry()
    for _ in range(3):
        fail(book, attempt())
    opening = book.breakers["endpoint:10"]
    succeed(book, attempt(started=NOW + 1, probe=True), NOW + 1)
    book.mark_written("endpoint:10")
    book.adopt({"endpoint:10": opening}, {}, time.monotonic())
    assert state_of(book, "endpoint:10", NOW + 1) is BreakerState.SLOW_START
    book.mark_written("endpoint:10")
    book.adopt({"endpoint:10": opening}, {}, time.monotonic())
    assert state_of(book, "endpoint:10", NOW + 1) is BreakerState.OPEN


def test_a_cooldown_not_yet_written_outlives_the_databases_word_and_a_longer_one_is_taken_over() -> None:
    book = HealthRegistry()
    book.cool_down(attempt(), Failure(Outcome.RATE_LIMITED, "", datetime.fromtimestamp(NOW + 10, UTC)), NOW)
    book.adopt({}, {}, time.monotonic())
    assert book.cooldowns["group:p1"].until == NOW + 10
    longer = CooldownPeriod(NOW + 60, Outcome.BANNED, "", NOW)
    book.adopt({}, {"group:p1": longer}, time.monotonic())
    assert book.cooldowns["group:p1"] == longer
    book.mark_written("cooldown group:p1")
    book.adopt({}, {}, time.monotonic())
    assert book.cooldowns == {}


def test_a_breaker_closed_elsewhere_forgets_the_failures_it_was_opened_for() -> None:
    book = HealthRegistry()
    for _ in range(3):
        fail(book, attempt())
    shut = book.breakers["endpoint:10"]
    book.mark_written("endpoint:10")
    book.adopt({"endpoint:10": closed(shut, NOW + 2)}, {}, time.monotonic())
    assert fail(book, attempt(started=NOW + 3), now=NOW + 3) == []


def test_an_opening_elsewhere_is_taken_over() -> None:
    book = HealthRegistry()
    book.adopt({"endpoint:10": opened(Breaker(), NOW, 0.0)}, {}, time.monotonic())
    assert state_of(book, "endpoint:10") is BreakerState.OPEN


def test_one_trial_at_a_time_every_two_seconds() -> None:
    book, endpoint = HealthRegistry(), A.endpoints[0]
    assert [book.claim_trial(endpoint, NOW + t) for t in (0, 0.1, 1.9, 2, 2.1)] == [True, False, False, True, False]
    assert book.claim_trial(A.endpoints[1], NOW)


def test_usage_the_provider_tells_is_learned_for_its_whole_group() -> None:
    book = HealthRegistry()
    other = provider(2, quota_group="p1")
    book.record_success(attempt(), 10.0, Usage(0.97, 60.0), NOW - NOW % 60)
    from providers.domain.adapter import Budget

    assert book.quota_usage(other, Budget(100, 60.0), NOW - NOW % 60 + 1).reported == 0.97


def test_an_endpoint_without_a_latency_of_its_own_is_judged_by_its_slowest_sibling() -> None:
    book = HealthRegistry()
    book.seed_latencies({"endpoint:11|MARKET_PRICE": (10.0, 20.0), "endpoint:12|MARKET_PRICE": (10.0, 50.0)})
    assert book.p95_ms(A, A.endpoints[0], PRICE) == 50.0
    assert book.p95_ms(A, A.endpoints[1], PRICE) == 20.0
    assert book.p95_ms(A, A.endpoints[1], Category.NEWS) is None


def test_the_favourite_is_left_only_for_one_much_better_for_long() -> None:
    book = HealthRegistry()
    links = [link(provider(n)) for n in (1, 2)]
    book.seed_latencies({"endpoint:10|MARKET_PRICE": (100.0, 100.0), "endpoint:20|MARKET_PRICE": (80.0, 80.0)})
    first = [found.id for found in book.fastest_first(links, PRICE, NOW)]
    assert first == [2, 1]
    fast = provider(1).endpoints[0]
    for n in range(16):
        book.record_success(AttemptContext(provider(1), fast, PRICE, NOW), 50.0, None, NOW + n)
    assert [found.id for found in book.fastest_first(links, PRICE, NOW + 20)] == [2, 1]
    assert [found.id for found in book.fastest_first(links, PRICE, NOW + 49)] == [2, 1]
    assert [found.id for found in book.fastest_first(links, PRICE, NOW + 51)] == [1, 2]


def test_one_a_little_better_never_takes_over() -> None:
    book = HealthRegistry()
    links = [link(provider(n)) for n in (1, 2)]
    book.seed_latencies({"endpoint:10|MARKET_PRICE": (100.0, 100.0)})
    book.seed_latencies({"endpoint:20|MARKET_PRICE": (100.0, 100.0)})
    assert next(iter(book.fastest_first(links, PRICE, NOW))).id == 1
    for n in range(16):
        book.record_success(AttemptContext(provider(2), provider(2).endpoints[0], PRICE, NOW), 75.0, None, NOW + n)
    assert all(next(iter(book.fastest_first(links, PRICE, NOW + t))).id == 1 for t in range(0, 300, 10))
