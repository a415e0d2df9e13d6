"""Faults as values: how they are read, when they strike, what several of them make of a call."""

from __future__ import annotations

import math

import pytest

from providers.sandbox.faults import Armed, BadFaultError, Kind, Plan, plan, read_fault

NOW = 1_000_000.0


def armed(**described: object) -> Armed:
    return Armed(read_fault(described, NOW), "binance")


def apply(*those: Armed, now: float = NOW, path: str = "/", weight: int = 1) -> Plan:
    return plan(those, now, path, weight)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_read_from_its_name_alone(kind: Kind) -> None:
    assert read_fault({"kind": kind.value}, NOW).kind is kind


@pytest.mark.parametrize(
    ("described", "reason"),
    [
        ({}, "kind is not one of"),
        ({"kind": "flood"}, "kind is not one of"),
        ({"kind": "hang", "ms": 5}, "hang has no option ms"),
        ({"kind": "slow", "ms": "soon"}, "ms could not convert"),
        ({"kind": "slow", "ms": True}, "ms is not a number"),
        ({"kind": "slow", "probability": 2}, "probability is not between 0 and 1"),
        ({"kind": "hang", "count": 0}, "count is not a whole number"),
        ({"kind": "hang", "at": "lunch"}, "at is not one of request, accept, connect"),
        ({"kind": "hang", "cycle": [1]}, "cycle is not"),
        ({"kind": "wrong_price", "symbols": "BTC"}, "symbols is not a list"),
        ({"kind": "refuse", "count": 3}, "refuse has no option count"),
        ({"kind": "hang", "at": "connect", "count": 3}, "at the listening socket"),
    ],
)
def test_a_description_that_makes_no_fault_is_turned_down_with_its_reason(described: object, reason: str) -> None:
    assert isinstance(described, dict)
    with pytest.raises(BadFaultError, match=reason):
        read_fault(described, NOW)


def test_after_and_for_count_from_now() -> None:
    fault = read_fault({"kind": "hang", "after_s": 5, "for_s": 10}, NOW)
    assert [fault.active(NOW + second) for second in (0, 4.9, 5, 14.9, 15)] == [False, False, True, True, False]


def test_a_cycle_goes_on_and_off() -> None:
    fault = read_fault({"kind": "refuse", "cycle": [2, 3]}, NOW)
    assert [fault.active(NOW + second) for second in range(7)] == [True, True, False, False, False, True, True]
    assert [fault.next_change(NOW + second) - NOW for second in (0, 1, 2, 4.5, 5)] == [2, 2, 5, 5, 7]


def test_a_fault_without_an_end_never_changes_by_itself() -> None:
    assert read_fault({"kind": "refuse"}, NOW).next_change(NOW) == math.inf


def test_a_count_is_used_up() -> None:
    one = armed(kind="html200", count=2)
    assert [apply(one).outcome for _ in range(4)] == ["html200", "html200", "ok", "ok"]


def test_a_path_spares_all_others() -> None:
    one = armed(kind="empty", path="/api/v3/klines")
    assert apply(one, path="/api/v3/ticker/price").outcome == "ok"
    assert apply(one, path="/api/v3/klines").outcome == "empty"


def test_a_probability_strikes_its_share_and_the_same_calls_for_the_same_seed() -> None:
    first, again, other = (armed(kind="empty", probability=0.3, seed=seed) for seed in (1, 1, 2))
    runs = [[apply(one).outcome for _ in range(2000)] for one in (first, again, other)]
    assert runs[0] == runs[1] != runs[2]
    assert 500 < runs[0].count("empty") < 700


def test_the_first_fault_that_ends_a_call_is_the_only_one() -> None:
    first, second = armed(kind="hang", count=1), armed(kind="empty")
    assert [apply(first, second).outcome for _ in range(2)] == ["hang", "empty"]
    assert second.hits == 1


def test_faults_that_change_an_answer_add_up_with_one_that_ends_the_call() -> None:
    created = apply(armed(kind="slow", ms=250), armed(kind="wrong_price", factor=2), armed(kind="truncated"))
    assert (created.delay, created.factor, created.outcome) == (0.25, 2, "truncated")


def test_a_slow_answer_varies_within_its_jitter() -> None:
    one = armed(kind="slow", ms=100, jitter_ms=50)
    delays = [apply(one).delay for _ in range(50)]
    assert 0.1 <= min(delays) < max(delays) <= 0.15


def test_a_quota_allows_its_calls_in_each_window() -> None:
    one = armed(kind="quota", calls=3, window_s=10)
    exceeded = [apply(one, now=NOW + second).exceeded for second in (0, 1, 2, 3, 9.9, 10, 11)]
    assert exceeded == [False, False, False, True, True, False, False]


def test_a_quota_counts_weight_and_what_was_used_before() -> None:
    one = armed(kind="quota", calls=100, used=90)
    assert [apply(one, weight=4).exceeded for _ in range(3)] == [False, False, True]
    assert one.left(NOW + 20) == 40


def test_a_refusing_port_leaves_calls_on_old_connections_to_others() -> None:
    assert apply(armed(kind="refuse")).outcome == "ok"
