"""Result of a scenario: a row of figures, measures to compare with the targets, and notes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from cryptohub.tools.drill import metrics
from cryptohub.tools.drill.records import Evidence
from cryptohub.tools.drill.targets import Measure


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of a scenario: percent of requests, milliseconds and seconds; None if not measured.

    ``held_up`` counts requests that the machine itself delayed; ``paced_calls`` (calls per request while healthy) and
    ``paced_wasted`` leave those out.
    """

    requests: int | None = None
    answered: float | None = None
    fresh: float | None = None
    wrong: float | None = None
    p50: float | None = None
    p99: float | None = None
    max: float | None = None
    p50_ratio: float | None = None
    p99_ratio: float | None = None
    detected_s: float | None = None
    by_another_s: float | None = None
    recovered_s: float | None = None
    wasted: int | None = None
    calls_per_request: float | None = None
    early: int | None = None
    held_up: int | None = None
    paced_calls: float | None = None
    paced_wasted: int | None = None


COLUMNS = tuple(field.name for field in fields(Row))


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """The outcome of one scenario."""

    row: Row
    measures: Sequence[Measure]
    notes: Sequence[str] = ()


def summary_row(evidence: Evidence, *, recovered: float | None, early: int | None = None, total: bool = True) -> Row:
    """Compute the common figures: shares over the whole scenario, latencies during the fault.

    If a fault is not ``total``, calls to the failing endpoints are neither wasted nor a sign of late detection.
    """
    whole = metrics.shares(evidence.asked(evidence.whole), evidence.wrong)
    during = metrics.latency(evidence.asked(evidence.fault))
    healthy = metrics.latency(evidence.asked(evidence.healthy))
    paced = metrics.without_delayed(evidence)
    return Row(
        requests=whole.requests,
        answered=whole.answered,
        fresh=whole.fresh,
        wrong=whole.wrong,
        p50=during.p50,
        p99=during.p99,
        max=during.most,
        p50_ratio=metrics.ratio(during.p50, healthy.p50),
        p99_ratio=metrics.ratio(during.p99, healthy.p50),
        detected_s=metrics.detection(evidence) if total else None,
        by_another_s=metrics.first_by_another(evidence) if total else None,
        recovered_s=recovered,
        wasted=metrics.wasted(evidence) if total else None,
        calls_per_request=metrics.calls_per_request(evidence, evidence.whole),
        early=early,
        held_up=len(metrics.delayed_requests(evidence)),
        paced_calls=metrics.calls_per_request(paced, paced.healthy),
        paced_wasted=metrics.wasted_after_detection(paced) if total else None,
    )


def common_measures(evidence: Evidence) -> list[Measure]:
    """Measures of every scenario: wrong answers, calls per request while healthy, unaccounted calls."""
    whole = metrics.shares(evidence.asked(evidence.whole), evidence.wrong)
    return [
        Measure("wrong", whole.wrong),
        Measure("healthy_calls", metrics.calls_per_request(evidence, evidence.healthy)),
        Measure("unexplained", metrics.unaccounted_calls(evidence)),
    ]


def detection_aim(evidence: Evidence, rate: float) -> float:
    """Best possible detection time in seconds: two requests, the delay of a hedge, and 20 ms."""
    p95 = metrics.latency(evidence.asked(evidence.healthy)).p95 or 0.0
    return 2 / rate + max(12.0, 1.5 * p95) / 1000 + 0.02


def open_breaker_cost(evidence: Evidence) -> list[Measure]:
    """Additional time of a request while the breaker is open, besides the call that answers it."""
    healthy = metrics.latency(evidence.asked(evidence.healthy)).p50
    before = metrics.quantile(metrics.added_times(evidence, evidence.healthy), 0.5)
    known = metrics.quantile(metrics.added_times(evidence, metrics.after_detection(evidence)), 0.5)
    if healthy is None or before is None or known is None:
        return []
    added = known - before
    return [Measure("open_ratio", 1 + added / healthy), Measure("open_added", added * 1000)]


def recovery(evidence: Evidence, seconds: float | None) -> list[Measure]:
    """Measures of recovery: seconds until the healed endpoint serves users, and errors until then."""
    failed = sum(not sample.answered for sample in evidence.asked(evidence.after))
    return [Measure("recovery", seconds), Measure("recovery_errors", failed)]
