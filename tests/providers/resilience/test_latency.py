"""Quantiles of the newest successful calls."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from providers.resilience.latency import KEEP, REFRESH, Latency


def test_nothing_is_known_before_the_first_call() -> None:
    assert (Latency().p50, Latency().p95) == (None, None)


def test_the_first_call_is_known_at_once() -> None:
    latency = Latency()
    latency.record(12.0)
    assert (latency.p50, latency.p95) == (12.0, 12.0)


def test_what_was_learned_before_the_process_began_stands_until_there_is_enough_of_our_own() -> None:
    latency = Latency(10.0, 20.0)
    for _ in range(REFRESH - 1):
        latency.record(100.0)
    assert latency.p95 == 20.0
    latency.record(100.0)
    assert (latency.p50, latency.p95) == (100.0, 100.0)


def test_one_slow_call_in_a_hundred_does_not_move_p95() -> None:
    latency = Latency()
    for n in range(KEEP):
        latency.record(1_000.0 if n == 30 else 10.0)
    assert latency.p95 == 10.0


def test_old_calls_are_forgotten() -> None:
    latency = Latency()
    for _ in range(KEEP):
        latency.record(1_000.0)
    for _ in range(KEEP + REFRESH):
        latency.record(10.0)
    assert latency.p95 == 10.0


@settings(max_examples=25)
@given(st.lists(st.floats(0.01, 1e5), min_size=KEEP, max_size=2 * KEEP))
def test_quantiles_are_those_of_the_newest_calls(samples: list[float]) -> None:
    latency = Latency()
    for ms in samples:
        latency.record(ms)
    whole = len(samples) - 1 - (len(samples) - 1) % REFRESH + 1
    newest = sorted(samples[:whole][-KEEP:])
    assert latency.p50 == newest[len(newest) // 2]
    assert latency.p95 == newest[int(len(newest) * 0.95)]
