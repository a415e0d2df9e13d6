"""The soak: random trouble from a seed, with always somebody healthy left."""

from __future__ import annotations

import time
from collections.abc import Iterable

from cryptohub.tools.drill import fault_plan, metrics, result
from cryptohub.tools.drill.fault_plan import Stroke
from cryptohub.tools.drill.harness import COINS, RATE, Stage
from cryptohub.tools.drill.records import Sample, Window
from cryptohub.tools.drill.result import ScenarioResult
from cryptohub.tools.drill.targets import Measure
from providers.adapters import ADAPTERS
from providers.catalogue.shipped import CHAINS
from providers.domain.adapter import KeyUse
from providers.domain.categories import Category
from providers.resilience.quota import STOP_AT

SPARE = 1.5
"""What is left healthy could carry this many times the load."""


def soak(stage: Stage) -> ScenarioResult:
    """Random faults on random endpoints, several at once, for ten minutes."""
    workers, seconds = stage.begin(probing=False), stage.lengths.soak
    strokes = fault_plan.draw(stage.seed, seconds, sorted(stage.sandbox.endpoints), able(), SPARE * RATE)
    with stage.load(workers):
        stage.wait(stage.lengths.warm + 2)
        stage.prober.do("probe")
        stage.until_true(lambda: stage.fixture_db.do("peers") >= len(COINS), 20)
        stage.wait(2.5)
        began = time.time()
        whole = Window(began, began + seconds)
        for stroke in strokes:
            stage.until(began + stroke.window.start)
            _strike(stage, stroke)
        stage.until(whole.end)
    evidence = stage.evidence(whole, whole, whole, frozenset())
    shares, latency = metrics.shares(evidence.asked(whole), evidence.wrong), metrics.latency(evidence.asked(whole))
    measures = [
        Measure("soak_answered", shares.answered),
        Measure("soak_fresh", shares.fresh),
        Measure("soak_wrong", shares.wrong),
        Measure("soak_within_1s", shares.within_1s),
        Measure("soak_max", latency.most),
        Measure("soak_calls", metrics.calls_per_request(evidence, whole)),
        Measure("unexplained", metrics.unexplained(evidence)),
    ]
    notes = [f"seed {stage.seed}: {len(strokes)} troubles in {seconds:g} s"]
    notes += [_told(sample, began, strokes) for sample in _poor(evidence.asked(whole), evidence.wrong)][:20]
    return ScenarioResult(result.row_of(evidence, recovered=None, total=False), measures, notes)


def able() -> dict[str, float]:
    """Calls a second that each provider of the price chain allows without a key."""
    chain = next(chain for chain in CHAINS if chain.category is Category.MARKET_PRICE)
    adapters = {link.provider: ADAPTERS[link.provider] for link in chain.links}
    return {
        slug: STOP_AT * adapter.budget.calls / adapter.budget.seconds
        for slug, adapter in adapters.items()
        if adapter.key_use is not KeyUse.REQUIRED
    }


def _strike(stage: Stage, stroke: Stroke) -> None:
    stage.inject(stroke.scope, [{"kind": stroke.kind, **stroke.options}], stroke.window.seconds)


def _poor(samples: Iterable[Sample], wrong: frozenset[Sample]) -> list[Sample]:
    return [sample for sample in samples if not sample.fresh or sample.ms > 500 or sample in wrong]


def _told(sample: Sample, began: float, strokes: Iterable[Stroke]) -> str:
    """A poor answer, and who was in trouble then."""
    at = sample.at - began
    said = sample.missing or ("stale" if sample.stale else f"{sample.source} {sample.price}")
    trouble = ", ".join(
        f"{stroke.kind} at {'/'.join(sorted({slug for slug, _ in stroke.scope}))}"
        for stroke in strokes
        if at in stroke.window
    )
    return f"{at:.1f} s: {sample.coin} {said} after {sample.ms:.0f} ms; in trouble: {trouble}"
