"""Soak: random faults by seed, with enough healthy providers left at any time."""

from __future__ import annotations

import time
from collections.abc import Iterable

from cryptohub.tools.drill import fault_plan, metrics, result
from cryptohub.tools.drill.fault_plan import PlannedFault
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
"""Capacity of the healthy providers as a multiple of the load."""


def soak(stage: Stage) -> ScenarioResult:
    """Run random faults on random endpoints, several at once."""
    workers, seconds = stage.begin(probing=False), stage.lengths.soak
    faults = fault_plan.draw_faults(stage.seed, seconds, sorted(stage.sandbox.endpoints), rate_limits(), SPARE * RATE)
    with stage.load(workers):
        stage.wait(stage.lengths.warm + 2)
        stage.prober.do("probe")
        stage.wait_for(lambda: stage.fixture_db.do("peers") >= len(COINS), 20)
        stage.wait(2.5)
        began = time.time()
        whole = Window(began, began + seconds)
        for fault in faults:
            stage.wait_until(began + fault.window.start)
            _inject(stage, fault)
        stage.wait_until(whole.end)
    evidence = stage.evidence(whole, whole, whole, frozenset())
    shares, latency = metrics.shares(evidence.asked(whole), evidence.wrong), metrics.latency(evidence.asked(whole))
    measures = [
        Measure("soak_answered", shares.answered),
        Measure("soak_fresh", shares.fresh),
        Measure("soak_wrong", shares.wrong),
        Measure("soak_within_1s", shares.within_1s),
        Measure("soak_max", latency.most),
        Measure("soak_calls", metrics.calls_per_request(evidence, whole)),
        Measure("unexplained", metrics.unaccounted_calls(evidence)),
    ]
    notes = [f"seed {stage.seed}: {len(faults)} faults in {seconds:g} s"]
    notes += [_describe(sample, began, faults) for sample in _poor(evidence.asked(whole), evidence.wrong)][:20]
    return ScenarioResult(result.summary_row(evidence, recovered=None, total=False), measures, notes)


def rate_limits() -> dict[str, float]:
    """Calls per second that each provider of the price chain allows without a key."""
    chain = next(chain for chain in CHAINS if chain.category is Category.MARKET_PRICE)
    adapters = {link.provider: ADAPTERS[link.provider] for link in chain.links}
    return {
        slug: STOP_AT * adapter.budget.calls / adapter.budget.seconds
        for slug, adapter in adapters.items()
        if adapter.key_use is not KeyUse.REQUIRED
    }


def _inject(stage: Stage, fault: PlannedFault) -> None:
    stage.inject(fault.scope, [{"kind": fault.kind, **fault.options}], fault.window.seconds)


def _poor(samples: Iterable[Sample], wrong: frozenset[Sample]) -> list[Sample]:
    return [sample for sample in samples if not sample.fresh or sample.ms > 500 or sample in wrong]


def _describe(sample: Sample, began: float, faults: Iterable[PlannedFault]) -> str:
    """Describe a poor answer and the faults active at its time."""
    at = sample.at - began
    outcome = sample.missing or ("stale" if sample.stale else f"{sample.source} {sample.price}")
    trouble = ", ".join(
        f"{stroke.kind} at {'/'.join(sorted({slug for slug, _ in stroke.scope}))}"
        for stroke in faults
        if at in stroke.window
    )
    return f"{at:.1f} s: {sample.coin} {outcome} after {sample.ms:.0f} ms; faults: {trouble}"
