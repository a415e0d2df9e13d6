"""What a random soak does to the providers: a plan drawn from a seed, the same each time."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptohub.tools.drill.records import Scope, Window

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
"""Seconds between the starts of two strokes, on average."""
OFTEN = ("binance", "kraken", "okx", "coinbase", "bybit", "gate")
"""Those whom users meet."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One trouble: endpoints, what becomes of them, and when, in seconds from the soak's start."""

    scope: Scope
    kind: str
    options: Mapping[str, Any]
    window: Window


def draw(
    seed: int, seconds: float, places: Sequence[tuple[str, int]], can_carry: Mapping[str, float], load: float
) -> list[Stroke]:
    """Strokes until shortly before the end, never so many at once that the untouched could not carry the load.

    ``can_carry`` is what each provider's limit allows, in calls a second. Two strokes never meet on one provider.
    """
    dice = random.Random(seed)  # noqa: S311  # reproducible on purpose, protects nothing
    strokes: list[Stroke] = []
    at = 2.0
    while at < seconds - 5:
        length = dice.uniform(SHORTEST_S, LONGEST_S)
        window = Window(at, min(at + length, seconds - 3))
        stroke = _stroke(dice, places, window)
        if _leaves_enough(stroke, strokes, can_carry, load):
            strokes.append(stroke)
        at += dice.expovariate(1 / GAP_S)
    return strokes


def _stroke(dice: random.Random, places: Sequence[tuple[str, int]], window: Window) -> Stroke:
    slug = dice.choice(OFTEN) if dice.random() < 0.85 else dice.choice(sorted({slug for slug, _ in places}))
    own = [place for place in places if place[0] == slug]
    kind, options = dice.choice(FAULTS)
    whole = kind == "wrong_price" or dice.random() < 0.5
    return Stroke(frozenset(own if whole else [dice.choice(own)]), kind, options, window)


def _leaves_enough(stroke: Stroke, strokes: Sequence[Stroke], can_carry: Mapping[str, float], load: float) -> bool:
    """Whether the providers untouched while this stroke lasts, and a while after, carry the load."""
    near = Window(stroke.window.start - LONGEST_S / 2, stroke.window.end + LONGEST_S / 2)
    touched = {slug for slug, _ in stroke.scope}
    for other in strokes:
        if other.window.start < near.end and near.start < other.window.end:
            names = {slug for slug, _ in other.scope}
            if names & touched and _meet(stroke, other):
                return False
            touched |= names
    return sum(rate for slug, rate in can_carry.items() if slug not in touched) >= load


def _meet(one: Stroke, other: Stroke) -> bool:
    same = {slug for slug, _ in one.scope} & {slug for slug, _ in other.scope}
    return bool(same) and one.window.start < other.window.end and other.window.start < one.window.end
