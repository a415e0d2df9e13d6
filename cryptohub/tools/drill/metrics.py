"""Figures from samples: shares, latencies, detection, recovery, wasted calls. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cryptohub.tools.drill.records import Attempt, Call, Evidence, Sample, Scope, Window
from providers.resilience.breaker import CONSECUTIVE

TOLD_S = 0.02
"""What a call may be under way when its process is told to stay away: it had been sent before."""


PACE_MS = 15.0
"""Half as much again as a healthy upstream takes, and the soonest that another is asked for it."""


def quantile(values: Iterable[float], share: float) -> float | None:
    """The smallest value that at least this share of all does not exceed; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def percent(part: int, whole: int) -> float | None:
    return 100.0 * part / whole if whole else None


def ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


@dataclass(frozen=True, slots=True)
class Shares:
    """Of all requests, in percent: answered at all, answered with a fresh value, answered wrongly."""

    requests: int
    answered: float | None
    fresh: float | None
    wrong: float | None
    within_1s: float | None


def shares(samples: Sequence[Sample], wrong: frozenset[Sample]) -> Shares:
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
    """Milliseconds, of requests whatever their answer."""

    p50: float | None
    p95: float | None
    p99: float | None
    most: float | None


def latency(samples: Iterable[Sample]) -> Latency:
    values = [sample.ms for sample in samples]
    return Latency(*(quantile(values, share) for share in (0.5, 0.95, 0.99, 1.0)))


def on_scope(attempts: Iterable[Attempt], scope: Scope, window: Window) -> list[Attempt]:
    """Users' calls to these endpoints that began in the window, in order."""
    found = (a for a in attempts if (a.provider, a.n) in scope and a.at in window)
    return sorted(found, key=lambda attempt: attempt.at)


def wasted(evidence: Evidence) -> int:
    """Users' calls to failing endpoints while they failed."""
    return len(on_scope(evidence.attempts, evidence.scope, evidence.fault))


def wasted_knowingly(evidence: Evidence) -> int:
    """The same without those in flight: the calls that had begun before as many as open a breaker had failed."""
    calls = on_scope(evidence.attempts, evidence.scope, evidence.fault)
    ends = sorted(call.end for call in calls)
    if len(ends) <= CONSECUTIVE:
        return len(calls)
    known = ends[CONSECUTIVE - 1]
    return CONSECUTIVE + sum(call.at >= known for call in calls)


def held_up(evidence: Evidence) -> set[tuple[str, str]]:
    """The requests, as worker and decision, that the machine kept from their pace: begun late, or, while all upstreams
    were healthy, with a call that took half as long again. It is right to hedge those; that is no habit of the hub.
    """
    by_decision, found = _by_decision(evidence), set()
    for sample in evidence.samples:
        key = (sample.worker, sample.decision)
        attempts = by_decision.get(key, [])
        late = bool(attempts) and min(a.at for a in attempts) - sample.at > PACE_MS / 1000
        if late or any(a.at in evidence.healthy and (a.ms or 0.0) > PACE_MS for a in attempts):
            found.add(key)
    return found


def paced(evidence: Evidence) -> Evidence:
    """The evidence without the requests that the machine held up."""
    late = held_up(evidence)
    return replace(
        evidence,
        samples=tuple(s for s in evidence.samples if (s.worker, s.decision) not in late),
        attempts=tuple(a for a in evidence.attempts if (a.worker, a.decision) not in late),
    )


def detection(evidence: Evidence) -> float | None:
    """Seconds from the fault's start to the last user call to what fails; None if there was none."""
    calls = on_scope(evidence.attempts, evidence.scope, evidence.fault)
    return calls[-1].at - evidence.fault.start if calls else None


def first_by_another(evidence: Evidence) -> float | None:
    """Seconds from the fault's start to the first fresh answer that came from elsewhere."""
    elsewhere = (a for a in evidence.attempts if a.outcome == "ok" and (a.provider, a.n) not in evidence.scope)
    good = {(attempt.worker, attempt.decision) for attempt in elsewhere}
    ends = [s.end for s in evidence.asked(evidence.fault) if s.fresh and (s.worker, s.decision) in good]
    return min(ends) - evidence.fault.start if ends else None


def recovery(evidence: Evidence, since: float | None = None) -> float | None:
    """Seconds from the fault's end (or ``since``) to the first user call that the healed endpoints answered."""
    end = evidence.fault.end if since is None else since
    back = on_scope(evidence.attempts, evidence.scope, Window(end, evidence.after.end))
    return next((attempt.end - end for attempt in back if attempt.outcome == "ok"), None)


def calls_per_request(evidence: Evidence, window: Window) -> float | None:
    """Users' upstream calls for each request: by the workers' account, for a refused connection is in no log."""
    return ratio(float(sum(a.at in window for a in evidence.attempts)), float(len(evidence.asked(window))))


def unexplained(evidence: Evidence) -> int:
    """Calls of users that the upstreams saw and no worker accounts for. The drill itself is wrong if there are any."""
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


def settled(evidence: Evidence) -> Window:
    """The part of the fault in which what fails was asked no more."""
    found = detection(evidence)
    return Window(evidence.fault.start + (found or 0.0) + 0.05, evidence.fault.end)


def own_times(evidence: Evidence, window: Window) -> list[float]:
    """Milliseconds of each freshly answered request beside the one call that answered it: what the hub itself took."""
    by_decision = _by_decision(evidence)
    times = []
    for sample in evidence.asked(window):
        attempts = by_decision.get((sample.worker, sample.decision), [])
        if sample.fresh and len(attempts) == 1 and attempts[0].ms is not None and attempts[0].at >= sample.at - 0.001:
            times.append(sample.ms - attempts[0].ms)
    return times


def failover_times(evidence: Evidence) -> list[float]:
    """Milliseconds of each request that failed over an explicit error, without the failing attempts' own time."""
    by_decision = _by_decision(evidence)
    times = []
    for sample in evidence.asked(evidence.fault):
        attempts = by_decision.get((sample.worker, sample.decision), [])
        failing = [a for a in attempts if (a.provider, a.n) in evidence.scope and a.outcome != "ok"]
        if sample.fresh and failing and all(a.explicit and a.at >= sample.at - 0.001 for a in failing):
            times.append(sample.ms - sum(a.ms or 0.0 for a in failing))
    return times


def _by_decision(evidence: Evidence) -> dict[tuple[str, str], list[Attempt]]:
    found: dict[tuple[str, str], list[Attempt]] = defaultdict(list)
    for attempt in evidence.attempts:
        found[attempt.worker, attempt.decision].append(attempt)
    return found


def first_told(calls: Iterable[Call], window: Window) -> Call | None:
    """The first call that was told to stay away for a while."""
    told = (call for call in calls if call.status in (418, 429) and call.t in window)
    return min(told, key=lambda call: call.t, default=None)


def parked_until(evidence: Evidence) -> float | None:
    """The end of the time that the first to be told was told."""
    told = first_told(evidence.calls, evidence.fault)
    return told.done + evidence.retry if told is not None and told.done is not None else None


def before(evidence: Evidence, until: float) -> list[Call]:
    """Calls after somebody was told to stay away and before the time that was named, whoever made them."""
    told = first_told(evidence.calls, evidence.fault)
    return [call for call in evidence.calls_on(evidence.scope) if told is not None and told.t < call.t < until]


@dataclass(frozen=True, slots=True)
class Early:
    """Calls to a parked scope before its time: by who was told, by others, and how late the others' last one came."""

    told: int
    others: int
    others_late: int
    last_other_s: float | None


def early(calls: Iterable[Call], told_at: float, by: str, until: float, grace_s: float) -> Early:
    """Count calls in a cooldown: the told process's own, and those of others, also those later than ``grace_s``."""
    inside = [call for call in calls if told_at < call.t < until]
    own = [call for call in inside if call.caller == by and call.t > told_at + TOLD_S]
    others = [call for call in inside if call.caller != by]
    late = [call for call in others if call.t > told_at + grace_s]
    last = max((call.t - told_at for call in others), default=None)
    return Early(len(own), len(others), len(late), last)


def share_of(samples: Sequence[Sample], key: str) -> float:
    """The share of fresh answers that came from a provider, in percent."""
    fresh = [sample for sample in samples if sample.fresh]
    return 100.0 * sum(sample.source == key for sample in fresh) / max(1, len(fresh))
