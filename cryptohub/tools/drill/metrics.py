"""Figures from samples: shares, latencies, detection, recovery, wasted calls. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cryptohub.tools.drill.records import Attempt, Call, Endpoints, Evidence, Sample, Window
from providers.resilience import hedging
from providers.resilience.breaker import CONSECUTIVE

IN_FLIGHT_S = 0.02
"""Seconds that a call may be in flight when its process receives a limit: it was sent before."""


PACE_MS = 15.0
"""1.5 times a healthy upstream's latency: the earliest hedge, in milliseconds."""


def quantile(values: Iterable[float], share: float) -> float | None:
    """Smallest value that at least this share of all values does not exceed; None without values."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def percent(part: int, whole: int) -> float | None:
    """Percentage, None for an empty total."""
    return 100.0 * part / whole if whole else None


def ratio(one: float | None, other: float | None) -> float | None:
    """Quotient, None if a value is unknown or the divisor is zero."""
    return one / other if one is not None and other else None


@dataclass(frozen=True, slots=True)
class Shares:
    """Percentages of all requests: answered, answered fresh, answered wrongly, answered within one second."""

    requests: int
    answered: float | None
    fresh: float | None
    wrong: float | None
    within_1s: float | None


def shares(samples: Sequence[Sample], wrong: frozenset[Sample]) -> Shares:
    """Compute the shares of requests; ``wrong`` are the wrong answers."""
    count = len(samples)
    quick = sum(sample.answered and sample.ms <= 1000 for sample in samples)
    return Shares(
        count,
        percent(sum(sample.answered for sample in samples), count),
        percent(sum(sample.fresh for sample in samples), count),
        percent(sum(sample in wrong for sample in samples), count),
        percent(quick, count),
    )


@dataclass(frozen=True, slots=True)
class Latency:
    """Latency quantiles in milliseconds of all requests."""

    p50: float | None
    p95: float | None
    p99: float | None
    most: float | None


def latency(samples: Iterable[Sample]) -> Latency:
    """Compute the latency quantiles."""
    values = [sample.ms for sample in samples]
    return Latency(*(quantile(values, share) for share in (0.5, 0.95, 0.99, 1.0)))


def on_scope(attempts: Iterable[Attempt], scope: Endpoints, window: Window) -> list[Attempt]:
    """User attempts at these endpoints that began in the window, in order."""
    matching = (a for a in attempts if (a.provider, a.n) in scope and a.at in window)
    return sorted(matching, key=lambda attempt: attempt.at)


def wasted(evidence: Evidence) -> int:
    """Number of user attempts at failing endpoints during the fault."""
    return len(on_scope(evidence.attempts, evidence.scope, evidence.fault))


def wasted_after_detection(evidence: Evidence) -> int:
    """Number of wasted attempts without those in flight when the breaker's threshold of failures was reached."""
    calls = on_scope(evidence.attempts, evidence.scope, evidence.fault)
    ends = sorted(call.end for call in calls)
    if len(ends) <= CONSECUTIVE:
        return len(calls)
    known = ends[CONSECUTIVE - 1]
    return CONSECUTIVE + sum(call.at >= known for call in calls)


def delayed_requests(evidence: Evidence) -> set[tuple[str, str]]:
    """Requests, as (worker, decision), that the machine delayed.

    Either they began late, or a call took 1.5 times as long while all upstreams were healthy. Hedging those is right
    and says nothing about the hub.
    """
    by_decision, delayed = _by_decision(evidence), set()
    for sample in evidence.samples:
        key = (sample.worker, sample.decision)
        attempts = by_decision.get(key, [])
        late = bool(attempts) and min(a.at for a in attempts) - sample.at > PACE_MS / 1000
        if late or any(a.at in evidence.healthy and (a.ms or 0.0) > PACE_MS for a in attempts):
            delayed.add(key)
    return delayed


def without_delayed(evidence: Evidence) -> Evidence:
    """Evidence without the requests that the machine delayed."""
    late = delayed_requests(evidence)
    return replace(
        evidence,
        samples=tuple(s for s in evidence.samples if (s.worker, s.decision) not in late),
        attempts=tuple(a for a in evidence.attempts if (a.worker, a.decision) not in late),
    )


def detection(evidence: Evidence) -> float | None:
    """Seconds from the fault's start to the last user attempt at a failing endpoint; None without one.

    Last resorts are left out: their endpoints are known to fail.
    """
    calls = [a for a in on_scope(evidence.attempts, evidence.scope, evidence.fault) if not a.last_resort]
    return calls[-1].at - evidence.fault.start if calls else None


def first_by_another(evidence: Evidence) -> float | None:
    """Seconds from the fault's start to the first fresh answer of another endpoint."""
    elsewhere = (a for a in evidence.attempts if a.outcome == "ok" and (a.provider, a.n) not in evidence.scope)
    good = {(attempt.worker, attempt.decision) for attempt in elsewhere}
    ends = [s.end for s in evidence.asked(evidence.fault) if s.fresh and (s.worker, s.decision) in good]
    return min(ends) - evidence.fault.start if ends else None


def recovery(evidence: Evidence, since: float | None = None) -> float | None:
    """Seconds from the fault's end (or ``since``) to the first user attempt answered by a healed endpoint."""
    end = evidence.fault.end if since is None else since
    back = on_scope(evidence.attempts, evidence.scope, Window(end, evidence.after.end))
    return next((attempt.end - end for attempt in back if attempt.outcome == "ok"), None)


def calls_per_request(evidence: Evidence, window: Window) -> float | None:
    """Upstream calls per user request, as reported by workers: a refused connection is in no log."""
    return ratio(float(sum(a.at in window for a in evidence.attempts)), float(len(evidence.asked(window))))


def calls_beyond_budget(evidence: Evidence, window: Window) -> int:
    """User calls in a window, once all is detected, beyond what the budget of extra calls allows in each process.

    Last resorts are allowed up to a tenth of the process's calls of the last minute, plus three; others not at all.
    """
    detected = Window(max(window.start, after_detection(evidence).start), window.end)
    beyond = sum(attempt.at in detected and not attempt.last_resort for attempt in evidence.attempts)
    for worker in {attempt.worker for attempt in evidence.attempts}:
        own = [attempt for attempt in evidence.attempts if attempt.worker == worker]
        recent = sum(window.end - hedging.WINDOW_S <= attempt.at < window.end for attempt in own)
        allowed = hedging.EXTRA + math.floor(hedging.SHARE * recent)
        beyond += max(0, sum(attempt.at in window and attempt.last_resort for attempt in own) - allowed)
    return beyond


def unaccounted_calls(evidence: Evidence) -> int:
    """Number of user calls in the upstream log that no worker reported; above zero the drill itself is broken."""
    window = Window(evidence.healthy.start, evidence.after.end - 0.5)
    seen: dict[tuple[str, int], int] = defaultdict(int)
    for call in evidence.calls:
        if call.by_user and call.t in window:
            seen[call.provider, call.n] += 1
    near = Window(window.start - 1.0, evidence.after.end + 1.0)
    for attempt in evidence.attempts:
        if attempt.at in near:
            seen[attempt.provider, attempt.n] -= 1
    return sum(max(0, left) for left in seen.values())


def after_detection(evidence: Evidence) -> Window:
    """Part of the fault after the last user attempt at a failing endpoint."""
    detected = detection(evidence)
    return Window(evidence.fault.start + (detected or 0.0) + 0.05, evidence.fault.end)


def added_times(evidence: Evidence, window: Window) -> list[float]:
    """Milliseconds that the hub added to the single call behind each fresh answer."""
    by_decision = _by_decision(evidence)
    times = []
    for sample in evidence.asked(window):
        attempts = by_decision.get((sample.worker, sample.decision), [])
        if sample.fresh and len(attempts) == 1 and attempts[0].ms is not None and attempts[0].at >= sample.at - 0.001:
            times.append(sample.ms - attempts[0].ms)
    return times


def failover_times(evidence: Evidence) -> list[float]:
    """Milliseconds of each request that failed over after an explicit error, without the failing attempts."""
    by_decision = _by_decision(evidence)
    times = []
    for sample in evidence.asked(evidence.fault):
        attempts = by_decision.get((sample.worker, sample.decision), [])
        failing = [a for a in attempts if (a.provider, a.n) in evidence.scope and a.outcome != "ok"]
        if sample.fresh and failing and all(a.explicit and a.at >= sample.at - 0.001 for a in failing):
            times.append(sample.ms - sum(a.ms or 0.0 for a in failing))
    return times


def _by_decision(evidence: Evidence) -> dict[tuple[str, str], list[Attempt]]:
    attempts: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in evidence.attempts:
        attempts[attempt.worker, attempt.decision].append(attempt)
    return attempts


def first_limited(calls: Iterable[Call], window: Window) -> Call | None:
    """First call answered with 418 or 429 in the window."""
    limited = (call for call in calls if call.status in (418, 429) and call.t in window)
    return min(limited, key=lambda call: call.t, default=None)


def cooldown_end(evidence: Evidence) -> float | None:
    """End of the cooldown named to the first limited caller, in unix seconds."""
    limited = first_limited(evidence.calls, evidence.fault)
    return limited.done + evidence.retry if limited is not None and limited.done is not None else None


def calls_in_cooldown(evidence: Evidence, until: float) -> list[Call]:
    """Calls between the first limit and the end of its cooldown, by any caller."""
    limited = first_limited(evidence.calls, evidence.fault)
    return [call for call in evidence.calls_on(evidence.scope) if limited is not None and limited.t < call.t < until]


@dataclass(frozen=True, slots=True)
class EarlyCalls:
    """Calls during a cooldown: by the limited caller, by others, and the delay of the others' last call."""

    by_limited: int
    others: int
    others_late: int
    last_other_s: float | None


def early_calls(calls: Iterable[Call], limited_at: float, by: str, until: float, grace_s: float) -> EarlyCalls:
    """Count calls during a cooldown: by the limited process and by others, also those later than ``grace_s``."""
    inside = [call for call in calls if limited_at < call.t < until]
    own = [call for call in inside if call.caller == by and call.t > limited_at + IN_FLIGHT_S]
    others = [call for call in inside if call.caller != by]
    late = [call for call in others if call.t > limited_at + grace_s]
    last = max((call.t - limited_at for call in others), default=None)
    return EarlyCalls(len(own), len(others), len(late), last)


def provider_share(samples: Sequence[Sample], key: str) -> float:
    """Share of fresh answers from a provider, in percent."""
    fresh = [sample for sample in samples if sample.fresh]
    return 100.0 * sum(sample.source == key for sample in fresh) / max(1, len(fresh))
