"""Figures of two releases over several rounds, and their comparison. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from cryptohub.tools.drill.targets import TARGETS

WARM = "bench: "
DRILL = "drill: "


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure of both releases: medians over rounds, and the smallest and largest of the earlier release."""

    name: str
    before: float
    lowest: float
    highest: float
    now: float
    more_is_better: bool

    @property
    def is_worse(self) -> bool:
        """True if the new median is worse than every round of the earlier release."""
        return self.now < self.lowest if self.more_is_better else self.now > self.highest


def bench_figures(report: Mapping[str, Any]) -> dict[str, float]:
    """Ratios of a bench report in JSON: requests per second against the baseline, and p99 while upstreams hang."""
    figures = {f"{WARM}{name}": float(case["ratio"]) for name, case in report["cases"].items()}
    if report["hanging"]:
        figures[f"{WARM}hanging p99"] = float(report["hanging"]["ratio"])
    return figures


def drill_figures(report: Mapping[str, Any]) -> dict[str, float]:
    """Numbers of a drill report in JSON that were measured, by their target's key."""
    return {f"{DRILL}{key}": float(row["value"]) for key, row in report["numbers"].items() if row["value"] is not None}


def more_is_better(name: str) -> bool:
    """Tell if a larger value of a figure is better."""
    if name.startswith(WARM):
        return "hanging" not in name
    target = TARGETS.get(name.removeprefix(DRILL))
    return target is not None and target.at_least


def compare(before: Sequence[Mapping[str, float]], now: Sequence[Mapping[str, float]]) -> list[Comparison]:
    """Compare the figures that every round of both releases has, in the order of the first round."""
    shared = [name for name in before[0] if all(name in figures for figures in (*before, *now))]
    return [
        Comparison(
            name,
            median(figures[name] for figures in before),
            min(figures[name] for figures in before),
            max(figures[name] for figures in before),
            median(figures[name] for figures in now),
            more_is_better(name),
        )
        for name in shared
    ]
