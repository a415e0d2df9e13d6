"""Result of a bench case: requests per second and percentiles of both servers, medians over rounds. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Side:
    """Figures of one server: answers, answers per second, milliseconds.

    ``busy`` is the share of time in which the client worked: near 1 the client itself was the limit.
    """

    count: int
    per_s: float
    p50: float
    p99: float
    busy: float

    @classmethod
    def median(cls, rounds: Sequence[Side]) -> Side:
        """Median of each figure over rounds; answers are summed."""
        return cls(
            sum(side.count for side in rounds),
            median(side.per_s for side in rounds),
            median(side.p50 for side in rounds),
            median(side.p99 for side in rounds),
            median(side.busy for side in rounds),
        )


CLIENT_BOUND = 0.9


@dataclass(frozen=True, slots=True)
class CaseResult:
    """Figures of a case.

    ``ratio`` is the median over rounds of the ratio of requests per second; ``hub_us`` and ``bare_us`` are microseconds
    of an answer without a network.
    """

    bytes: int
    hub: Side
    bare: Side
    ratio: float
    hub_us: float
    bare_us: float
    statements: int

    @classmethod
    def of(cls, length: int, hub: Sequence[Side], bare: Sequence[Side], inside: Mapping[str, float]) -> CaseResult:
        """Combine the rounds of both servers and the in-process figures."""
        ratio = median(ours.per_s / theirs.per_s for ours, theirs in zip(hub, bare, strict=True))
        whole = int(inside["statements"])
        return cls(length, Side.median(hub), Side.median(bare), ratio, inside["hub"], inside["bare"], whole)

    @property
    def is_bound_by_client(self) -> bool:
        """True if the client limited the baseline: then the ratio is too high."""
        return self.bare.busy > CLIENT_BOUND

    def describe(self) -> str:
        """Describe the figures in one line."""
        return (
            f"{self.hub.per_s:,.0f} requests/s, {self.ratio:.3f} of {self.bare.per_s:,.0f}; p50 {self.hub.p50:.2f} ms, "
            f"p99 {self.hub.p99:.2f} ms; {self.hub_us:.0f} us inside, {self.statements} SQL statements"
        )


@dataclass(frozen=True, slots=True)
class HangingResult:
    """Warm prices as usual and while every upstream hangs; ``crowd`` counts the cold answers by status."""

    usual: Side
    hanging: Side
    ratio: float
    crowd: Mapping[str, int]

    def describe(self) -> str:
        """Describe the figures in one line."""
        crowd = ", ".join(f"{count} x {status}" for status, count in sorted(self.crowd.items())) or "no answers"
        return (
            f"p99 {self.hanging.p99:.2f} ms beside {self.usual.p99:.2f} usually ({self.ratio:.2f} x), "
            f"{self.hanging.per_s:,.0f} requests/s beside {self.usual.per_s:,.0f}; the crowd had {crowd}"
        )
