"""Targets of the drill and the bench, and comparison of measures with them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class TargetResult(StrEnum):
    """Result of comparing a measure with its target."""

    AIM = "aim met"
    MUST = "must met"
    MISSED = "missed"
    UNMEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Target:
    """A required bound and an aim; ``at_least`` if larger values are better."""

    says: str
    unit: str
    must: float | None
    aim: float | None = None
    at_least: bool = False

    def meets(self, value: float, bound: float) -> bool:
        """Tell if a value is within a bound."""
        return value >= bound if self.at_least else value <= bound


TARGETS: dict[str, Target] = {
    "soak_answered": Target("soak: answered", "%", 100, 100, at_least=True),
    "soak_fresh": Target("soak: fresh", "%", 99.9, 100, at_least=True),
    "soak_wrong": Target("soak: wrong", "%", 0, 0),
    "soak_within_1s": Target("soak: answered within 1 s", "%", 99.9, 100, at_least=True),
    "soak_max": Target("soak: slowest answer", "ms", None, 500),
    "soak_calls": Target("soak: upstream calls per request", "", 1.15, 1.10),
    "redrawn_three_fresh": Target("health redrawn, three providers: fresh", "%", 99.9, 100, at_least=True),
    "redrawn_three_calls": Target("health redrawn, three providers: upstream calls per request", "", 1.15, 1.10),
    "redrawn_all_fresh": Target("health redrawn, all providers: fresh", "%", 99, 99.9, at_least=True),
    "healthy_calls": Target("healthy: upstream calls per request", "", 1.05, 1.02),
    "hang_p99": Target("hanging first provider: p99 / healthy p50", "x", 5, 3),
    "hang_p50": Target("hanging first provider: p50 / healthy p50", "x", None, 1.05),
    "failover": Target("failover on an explicit error, without the failing call / healthy p50", "x", 1.5, 1.15),
    "open_ratio": Target("once open: p50 with what the hub adds / healthy p50", "x", 1.05),
    "open_added": Target("once open: added to p50 by the hub", "us", None, 100),
    "detection": Target("detection at 20 requests/s", "s", 0.5),
    "idle_detection": Target("detection at 1 request/min, by probes", "s", 30, 5),
    "recovery": Target("recovery seen after the fault's end", "s", 5, 2),
    "recovery_errors": Target("users' errors while it recovers", "", 0, 0),
    "wasted_one": Target("user calls wasted beyond those in flight, one endpoint out", "", 5, 3),
    "wasted_six": Target("user calls wasted beyond those in flight, all six Binance hosts out", "", 8, 5),
    "early_told": Target("calls before Retry-After ends: the limited process", "", 0, 0),
    "early_others": Target("calls before Retry-After ends: others, later than 300 ms", "", 0, 0),
    "early_last": Target("last call of another process after the first was limited", "ms", 300, 250),
    "early_restart": Target("calls before Retry-After ends: after a restart or kill -9", "", 0, 0),
    "dead_stale": Target("all dead, key known: answered, marked stale", "%", 100, 100, at_least=True),
    "dead_p99": Target("all dead, key known: p99 once detected", "ms", 50, 10),
    "dead_calls": Target("all dead, key known: user calls beyond the budget of extra calls", "", 0, 0),
    "miss_overhead": Target("miss: added to a direct requests call, p50", "ms", 2, 0.5),
    "sql_warm": Target("SQL statements on a warm answer", "", 0, 0),
    "sql_miss": Target("SQL statements on a healthy miss", "", 0, 0),
    "own_work": Target("the engine's own work per call, without the network", "us", 100, 30),
    "edit_effect": Target("chain edit to effect under load, slowest", "ms", 500, 250),
    "edit_errors": Target("errors during chain edits", "", 0, 0),
    "share_error": Target("weighted shares, points off", "points", 2, 2),
    "flight_calls": Target("cold key asked by 200 at once: upstream calls", "", 1, 1),
    "caught": Target("wrong prices caught, 5 % and more", "%", 99.9, 100, at_least=True),
    "structural": Target("impossible prices served", "", 0, 0),
    "false_alarms": Target("false alarms at 10 x volatility, of 10,000", "", None, 1),
    "warm_ratio": Target("warm answers: requests/s / bare WSGI's", "x", None, 0.1, at_least=True),
    "warm_sql": Target("SQL statements on warm answers", "", 0, 0),
    "warm_hanging": Target("warm p99 while every upstream hangs / normal", "x", 2, 1.5),
    "wrong": Target("wrong answers in any scenario", "%", 0, 0),
    "unexplained": Target("upstream calls that no worker accounts for", "", 0, 0),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A measured number; ``aim`` overrides the target's if it depends on other measurements."""

    key: str
    value: float | None
    aim: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Summary line of a target: the worst measure, its scenario and result."""

    key: str
    target: Target
    value: float | None
    aim: float | None
    scenario: str
    result: TargetResult


def judge(measure: Measure) -> TargetResult:
    """Compare one measure with its target."""
    target = TARGETS[measure.key]
    if measure.value is None:
        return TargetResult.UNMEASURED
    aim = measure.aim if measure.aim is not None else target.aim
    if aim is not None and target.meets(measure.value, aim):
        return TargetResult.AIM
    if target.must is not None and not target.meets(measure.value, target.must):
        return TargetResult.MISSED
    return TargetResult.MUST


def summary(measured: Iterable[tuple[str, Sequence[Measure]]]) -> list[Line]:
    """Worst measure of all scenarios for each measured target, in the order of the targets."""
    by_key: dict[str, list[tuple[str, Measure]]] = {}
    for scenario, measures in measured:
        for measure in measures:
            by_key.setdefault(measure.key, []).append((scenario, measure))
    return [_worst(key, by_key[key]) for key in TARGETS if key in by_key]


def _worst(key: str, measures: Sequence[tuple[str, Measure]]) -> Line:
    target = TARGETS[key]
    known = [(name, measure) for name, measure in measures if measure.value is not None]
    if not known:
        name, measure = measures[0]
    else:
        sign = -1.0 if target.at_least else 1.0
        name, measure = max(known, key=lambda entry: sign * (entry[1].value or 0.0))
    aim = measure.aim if measure.aim is not None else target.aim
    return Line(key, target, measure.value, aim, name, judge(measure))


def shortfall(line: Line) -> str:
    """Distance to the missed bound or aim, as text; empty if the aim is met."""
    if line.value is None:
        return ""
    bound = line.target.must if line.result is TargetResult.MISSED else line.aim
    if bound is None or line.result is TargetResult.AIM:
        return ""
    return f"{line.value - bound:+.4g} {line.target.unit}".strip()
