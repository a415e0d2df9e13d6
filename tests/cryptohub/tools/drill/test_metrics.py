"""Figures say what the samples say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cryptohub.tools.drill import metrics
from cryptohub.tools.drill.records import Window
from tests.cryptohub.tools.drill.parts import SCOPE, attempt, call, evidence, sample


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_a_quantile_is_the_smallest_value_that_so_many_do_not_exceed(share: float, value: int) -> None:
    assert metrics.quantile(range(1, 101), share) == value


def test_of_nothing_there_is_no_quantile_no_percentage_and_no_ratio() -> None:
    assert metrics.quantile([], 0.5) is None
    assert metrics.percent(0, 0) is None
    assert metrics.ratio(1.0, None) is None
    assert metrics.ratio(1.0, 0.0) is None


def test_shares_tell_answered_fresh_wrong_and_quick_apart() -> None:
    wrong = sample(4, price="2")
    samples = [sample(1), sample(2, stale=True), sample(3, missing="unavailable"), wrong, sample(5, ms=1500)]
    shares = metrics.shares(samples, frozenset({wrong}))
    assert (shares.answered, shares.fresh, shares.wrong, shares.within_1s) == (80, 60, 20, 60)


def test_detection_is_the_last_user_call_to_what_fails() -> None:
    found = evidence([], [attempt(99.9), attempt(100.2), attempt(100.4), attempt(100.6, n=1), attempt(110.1)])
    assert metrics.detection(found) == pytest.approx(0.4)
    assert metrics.wasted(found) == 2


def test_calls_in_flight_when_it_could_be_known_are_not_wasted_knowingly() -> None:
    hung = [attempt(100 + n / 20, 220, outcome="lost_hedge") for n in range(7)]
    assert metrics.wasted(evidence([], hung)) == 7
    assert metrics.wasted_after_detection(evidence([], hung)) == 3
    assert metrics.wasted_after_detection(evidence([], [*hung, attempt(105, outcome="broken")])) == 4
    assert metrics.wasted_after_detection(evidence([], hung[:2])) == 2


def test_what_the_machine_held_up_is_set_apart() -> None:
    begun_late = sample(101), attempt(101.03, decision="d101")
    slow_in_health = sample(92), attempt(92, 25)
    slow_while_failing = sample(102), attempt(102, 25)
    on_time = sample(93), attempt(93.01, 15, decision="d93")
    pairs = [begun_late, slow_in_health, slow_while_failing, on_time]
    samples, attempts = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    found = evidence(samples, [*attempts, attempt(92.02, n=1, decision="d92")])
    assert metrics.delayed_requests(found) == {("w1", "d101"), ("w1", "d92")}
    assert metrics.calls_per_request(found, found.healthy) == 1.5
    assert metrics.calls_per_request(metrics.without_delayed(found), found.healthy) == 1
    assert metrics.wasted_after_detection(metrics.without_delayed(found)) == 1


def test_without_a_call_to_what_fails_there_is_no_detection() -> None:
    assert metrics.detection(evidence([], [attempt(100.2, n=1)])) is None


def test_the_first_answer_by_another_is_fresh_and_from_elsewhere() -> None:
    samples = [
        sample(100.1, 50, decision="a"),
        sample(100.2, 20, decision="b", stale=True),
        sample(100.3, 20, decision="c"),
    ]
    attempts = [
        attempt(100.1, decision="a"),
        attempt(100.2, decision="b", provider="okx"),
        attempt(100.3, decision="c", provider="okx"),
    ]
    assert metrics.first_by_another(evidence(samples, attempts)) == pytest.approx(0.32)


def test_recovery_is_the_end_of_the_first_call_that_the_healed_answered() -> None:
    found = evidence([], [attempt(110.5, outcome="broken"), attempt(111.0, n=1), attempt(112.0, 30)])
    assert metrics.recovery(found) == pytest.approx(2.03)
    assert metrics.recovery(found, since=111.5) == pytest.approx(0.53)
    assert metrics.recovery(evidence([], [attempt(110.5, outcome="broken")])) is None


def test_calls_per_request_count_what_was_asked_upstream() -> None:
    found = evidence([sample(101), sample(102)], [attempt(101), attempt(102), attempt(102.1)])
    assert metrics.calls_per_request(found, Window(100, 110)) == 1.5


def test_a_call_that_upstreams_saw_and_no_worker_accounts_for_is_unexplained() -> None:
    calls = [call(101), call(102), call(103, caller="drill prober")]
    assert metrics.unaccounted_calls(evidence([], [attempt(101)], calls)) == 1
    assert metrics.unaccounted_calls(evidence([], [attempt(101), attempt(102)], calls)) == 0


def test_what_the_hub_took_is_the_time_beside_the_one_call_that_answered() -> None:
    samples = [sample(101, 12, decision="a"), sample(102, 30, decision="b"), sample(103, 9, decision="c", stale=True)]
    attempts = [
        attempt(101, 10, decision="a"),
        attempt(102, 10, decision="b", outcome="broken"),
        attempt(102.01, 10, decision="b", n=1),
        attempt(103, 8, decision="c"),
    ]
    assert metrics.added_times(evidence(samples, attempts), Window(100, 110)) == [pytest.approx(2)]


def test_a_failover_is_measured_without_the_failing_calls_own_time() -> None:
    samples = [sample(101, 30, decision="a"), sample(102, 12, decision="b")]
    attempts = [
        attempt(101, 15, decision="a", outcome="broken"),
        attempt(101.015, 10, decision="a", n=1),
        attempt(102, 10, decision="b"),
    ]
    assert metrics.failover_times(evidence(samples, attempts)) == [pytest.approx(15)]


def test_a_failover_after_a_hang_is_none_on_an_explicit_error() -> None:
    attempts = [attempt(101, 15, decision="a", outcome="lost_hedge"), attempt(101.015, 10, decision="a", n=1)]
    assert metrics.failover_times(evidence([sample(101, 30, decision="a")], attempts)) == []


def test_early_calls_are_told_apart_by_who_was_told_and_how_late_the_others_came() -> None:
    calls = [
        call(100.0),
        call(100.015),
        call(100.1),
        call(100.2, caller="drill worker 2"),
        call(100.5, caller="drill prober"),
        call(106, caller="drill worker 2"),
    ]
    early = metrics.early_calls(calls, limited_at=100.01, by="drill worker 1", until=105, grace_s=0.3)
    assert (early.by_limited, early.others, early.others_late) == (1, 2, 1)
    assert early.last_other_s == pytest.approx(0.49)


def test_the_first_to_be_told_and_the_calls_before_the_named_time_are_found() -> None:
    calls = [call(100.1), call(100.2, status=429, done=100.25), call(100.3, status=429), call(103), call(105.3)]
    found = replace(evidence([], [], calls), retry=5)
    assert metrics.first_limited(calls, found.fault) == calls[1]
    assert metrics.cooldown_end(found) == pytest.approx(105.25)
    assert [each.t for each in metrics.calls_in_cooldown(found, 105.25)] == [100.3, 103]


def test_calls_of_others_and_of_other_times_are_not_on_the_scope() -> None:
    attempts = [attempt(101), attempt(102, provider="okx"), attempt(103, n=3), attempt(111)]
    assert [a.at for a in metrics.on_scope(attempts, SCOPE, Window(100, 110))] == [101]


def test_a_share_is_of_the_fresh_answers() -> None:
    samples = [sample(1), sample(2, source="okx"), sample(3, stale=True), sample(4, missing="unavailable")]
    assert metrics.provider_share(samples, "okx") == 50


def test_with_all_dead_last_resorts_within_the_budget_are_allowed_and_other_calls_are_not() -> None:
    before = [attempt(90 + number / 10) for number in range(100)]
    resorts = [attempt(106 + number / 10, outcome="refused", why="last resort: breaker open") for number in range(14)]
    tail = Window(105.0, 110.0)
    assert metrics.calls_beyond_budget(evidence([], [*before, *resorts[:13]]), tail) == 0
    assert metrics.calls_beyond_budget(evidence([], [*before, *resorts, *resorts]), tail) == 28 - 3 - 12
