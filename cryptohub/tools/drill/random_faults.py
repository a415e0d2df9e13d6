"""Soaks of random health: every two seconds each provider is drawn anew, well or failing, and one is always well."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptohub.tools.drill import metrics, result
from cryptohub.tools.drill.harness import Stage
from cryptohub.tools.drill.records import Window
from cryptohub.tools.drill.result import ScenarioResult
from cryptohub.tools.drill.targets import Measure

DRAW_S = 2.0
"""Seconds between two draws."""
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "refuse"},
    {"kind": "reset"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 502},
    {"kind": "html200"},
    {"kind": "truncated"},
)
"""Faults that end at the next draw and set no cooldown."""


@dataclass(frozen=True, slots=True)
class Soak:
    """A soak over these providers of the price chain (all if empty), each well with a probability.

    ``fresh``, ``calls``: names of the targets for the share of fresh answers and for the calls per request.
    """

    well: float
    fresh: str
    providers: tuple[str, ...] = ()
    calls: str | None = None


THREE = Soak(0.7, "redrawn_three_fresh", ("binance", "kraken", "okx"), "redrawn_three_calls")
ALL = Soak(0.4, "redrawn_all_fresh")


def draw(source: random.Random, slugs: Sequence[str], well: float) -> dict[str, dict[str, Any]]:
    """Return the failing providers with their faults; at least one provider, drawn each time, is well."""
    spared = source.choice(slugs)
    return {slug: source.choice(FAULTS) for slug in slugs if slug != spared and source.random() >= well}


def play(stage: Stage, soak: Soak) -> ScenarioResult:
    """Run the soak under one steady load, with a prober, and without a cache."""
    workers, seconds = stage.begin(mirrors=not soak.providers), max(stage.lengths.soak / 2, 20.0)
    everyone = tuple(sorted({slug for slug, _ in stage.sandbox.endpoints}))
    slugs = soak.providers or everyone
    if soak.providers:
        stage.fixture_db.do("order", slugs=slugs)
        for slug in everyone:
            if slug not in slugs:
                stage.fixture_db.do("switch", slug=slug, enabled=False)
    source = random.Random(stage.seed)  # noqa: S311  # reproducible on purpose, protects nothing
    with stage.load(workers):
        stage.wait(stage.lengths.warm + 2)
        began = time.time()
        whole = Window(began, began + seconds)
        for number in range(int(seconds / DRAW_S)):
            stage.wait_until(began + number * DRAW_S)
            _set(stage, slugs, draw(source, slugs, soak.well))
        stage.wait_until(whole.end)
    evidence = stage.evidence(whole, whole, whole, frozenset())
    asked = evidence.asked(whole)
    shares, calls = metrics.shares(asked, evidence.wrong), metrics.calls_per_request(evidence, whole)
    measures = [
        Measure(soak.fresh, shares.fresh),
        Measure("wrong", shares.wrong),
        Measure("unexplained", metrics.unaccounted_calls(evidence)),
    ]
    if soak.calls is not None:
        measures.append(Measure(soak.calls, calls))
    poor = [sample for sample in asked if not sample.fresh]
    notes = [f"seed {stage.seed}: {len(asked)} requests, {len(poor)} not fresh, {calls or 0:.3f} calls a request"]
    notes += [f"{one.at - began:.1f} s: {one.missing or 'stale'} after {one.ms:.0f} ms" for one in poor[:20]]
    return ScenarioResult(result.summary_row(evidence, recovered=None, total=False), measures, notes)


def _set(stage: Stage, slugs: Sequence[str], failing: dict[str, dict[str, Any]]) -> None:
    """Heal and break the providers as drawn."""
    for slug in slugs:
        places = frozenset(place for place in stage.sandbox.endpoints if place[0] == slug)
        if slug in failing:
            stage.inject(places, [failing[slug]], 2 * DRAW_S)
        else:
            stage.heal(places)
