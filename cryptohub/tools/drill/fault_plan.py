"""Plan of random faults for the soak, reproducible by seed."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptohub.tools.drill.records import Endpoints, Window

FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("refuse", {}),
    ("hang", {}),
    ("hang", {"at": "connect"}),
    ("drip", {}),
    ("drip", {"at": "headers"}),
    ("reset", {}),
    ("reset", {"at": "body"}),
    ("slow", {"ms": 300, "jitter_ms": 700}),
    ("status", {"status": 500}),
    ("status", {"status": 503, "retry_after": 5}),
    ("status", {"status": 502}),
    ("status", {"status": 429, "retry_after": 8}),
    ("html200", {}),
    ("error200", {}),
    ("error200", {"error": "rate_limited"}),
    ("empty", {}),
    ("truncated", {}),
    ("truncated", {"cut": "json"}),
    ("status", {"status": 500, "probability": 0.3}),
    ("hang", {"probability": 0.1}),
    ("wrong_price", {"factor": 1.08}),
    ("wrong_price", {"factor": 0.9}),
    ("wrong_price", {"factor": 0.0}),
    ("wrong_price", {"factor": -1.0}),
)
SHORTEST_S, LONGEST_S = 2.0, 20.0
GAP_S = 3.0
"""Mean seconds between the starts of two faults."""
FREQUENT = ("binance", "kraken", "okx", "coinbase", "bybit", "gate")
"""Providers that serve most requests."""


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """A fault: endpoints, kind, options, and window in seconds from the soak's start."""

    scope: Endpoints
    kind: str
    options: Mapping[str, Any]
    window: Window


def draw_faults(
    seed: int, seconds: float, endpoints: Sequence[tuple[str, int]], capacity: Mapping[str, float], load: float
) -> list[PlannedFault]:
    """Draw faults until shortly before the end; the unaffected providers can always carry the load.

    ``capacity`` is each provider's limit in calls per second. Two faults never overlap on one provider.
    """
    random_source = random.Random(seed)  # noqa: S311  # reproducible on purpose, protects nothing
    faults: list[PlannedFault] = []
    at = 2.0
    while at < seconds - 5:
        length = random_source.uniform(SHORTEST_S, LONGEST_S)
        window = Window(at, min(at + length, seconds - 3))
        fault = _draw_fault(random_source, endpoints, window)
        if _capacity_remains(fault, faults, capacity, load):
            faults.append(fault)
        at += random_source.expovariate(1 / GAP_S)
    return faults


def _draw_fault(random_source: random.Random, endpoints: Sequence[tuple[str, int]], window: Window) -> PlannedFault:
    slug = (
        random_source.choice(FREQUENT)
        if random_source.random() < 0.85
        else random_source.choice(sorted({slug for slug, _ in endpoints}))
    )
    own = [place for place in endpoints if place[0] == slug]
    kind, options = random_source.choice(FAULTS)
    whole = kind == "wrong_price" or random_source.random() < 0.5
    return PlannedFault(frozenset(own if whole else [random_source.choice(own)]), kind, options, window)


def _capacity_remains(
    fault: PlannedFault, faults: Sequence[PlannedFault], capacity: Mapping[str, float], load: float
) -> bool:
    """Tell if the providers unaffected around this fault can carry the load."""
    near = Window(fault.window.start - LONGEST_S / 2, fault.window.end + LONGEST_S / 2)
    touched = {slug for slug, _ in fault.scope}
    for other in faults:
        if other.window.start < near.end and near.start < other.window.end:
            names = {slug for slug, _ in other.scope}
            if names & touched and _overlap(fault, other):
                return False
            touched |= names
    return sum(rate for slug, rate in capacity.items() if slug not in touched) >= load


def _overlap(fault: PlannedFault, other: PlannedFault) -> bool:
    same = {slug for slug, _ in fault.scope} & {slug for slug, _ in other.scope}
    return bool(same) and fault.window.start < other.window.end and other.window.start < fault.window.end
