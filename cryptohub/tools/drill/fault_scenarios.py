"""Trouble beyond one outage: everybody down, a host that comes and goes, errors now and then, quiet nights."""

from __future__ import annotations

import time

from cryptohub.tools.drill import metrics, result
from cryptohub.tools.drill.harness import COINS, FIRST, Faults, Stage
from cryptohub.tools.drill.records import Window
from cryptohub.tools.drill.result import ScenarioResult
from cryptohub.tools.drill.targets import Measure

ON_S, OFF_S = 2.0, 2.0
NOW_AND_THEN = 0.12
"""Rare enough for no breaker to open."""


def all_dead(stage: Stage, faults: Faults) -> ScenarioResult:
    """Nobody answers; every coin has been known before."""
    workers = stage.begin()
    lengths, everybody = stage.lengths, stage.everybody()
    with stage.load(workers):
        stage.wait(lengths.warm)
        healthy = Window(time.time(), time.time() + lengths.healthy)
        stage.until(healthy.end)
        fault = stage.inject(everybody, faults, lengths.dead)
        stage.until(fault.end + lengths.after)
    evidence = stage.evidence(healthy, fault, Window(fault.end, fault.end + lengths.after), everybody)
    known = metrics.settled(evidence)
    samples = evidence.asked(known)
    stale = metrics.percent(sum(sample.answered and sample.stale for sample in samples), len(samples))
    back = next((s.end - fault.end for s in evidence.asked(evidence.after) if s.fresh), None)
    measures = [
        Measure("dead_stale", stale),
        Measure("dead_p99", metrics.latency(samples).p99),
        Measure("dead_calls", len(metrics.on_scope(evidence.attempts, everybody, _tail(fault)))),
        *result.recovery(evidence, back),
    ]
    note = f"found out about all {len(everybody)} endpoints after {known.start - fault.start:.1f} s"
    return ScenarioResult(result.row_of(evidence, recovered=back), [*result.always(evidence), *measures], [note])


def _tail(fault: Window) -> Window:
    """The second half: by then everything has been found out, or never will be."""
    return Window((fault.start + fault.end) / 2, fault.end)


def flapping(stage: Stage) -> ScenarioResult:
    """The first provider refuses for two seconds, works for two, and so on."""
    workers, lengths = stage.begin(mirrors=False), stage.lengths
    with stage.load(workers):
        stage.wait(lengths.warm)
        healthy = Window(time.time(), time.time() + lengths.healthy)
        stage.until(healthy.end)
        seconds = max(8.0, 1.5 * lengths.fault)
        fault = stage.inject(FIRST, [{"kind": "status", "status": 500, "cycle": [ON_S, OFF_S]}], seconds)
        stage.until(fault.end + lengths.after)
    evidence = stage.evidence(healthy, fault, Window(fault.end, fault.end + lengths.after), FIRST)
    failed = [a for a in metrics.on_scope(evidence.attempts, FIRST, fault) if a.outcome != "ok"]
    turns = seconds / (ON_S + OFF_S)
    back = metrics.recovery(evidence)
    measures = [*result.always(evidence), *result.recovery(evidence, back)]
    note = f"{len(failed)} calls failed in {turns:g} outages of {ON_S:g} s"
    return ScenarioResult(result.row_of(evidence, recovered=back, total=False), measures, [note])


def failover(stage: Stage) -> ScenarioResult:
    """Single errors, too few to open a breaker: what going on to the next costs."""
    workers, lengths = stage.begin(), stage.lengths
    fault_of = {"kind": "status", "status": 500, "probability": NOW_AND_THEN, "seed": stage.seed}
    with stage.load(workers):
        stage.wait(lengths.warm)
        healthy = Window(time.time(), time.time() + lengths.healthy)
        stage.until(healthy.end)
        fault = stage.inject(FIRST, [fault_of], max(8.0, 2 * lengths.fault))
        stage.until(fault.end + 1)
    evidence = stage.evidence(healthy, fault, Window(fault.end, fault.end + 1), FIRST)
    times = metrics.failover_times(evidence)
    usual = metrics.latency(evidence.asked(fault)).p50
    measures = [*result.always(evidence), Measure("failover", metrics.ratio(metrics.quantile(times, 0.5), usual))]
    note = f"{len(times)} requests failed over; compared with the p50 of the same stretch"
    return ScenarioResult(result.row_of(evidence, recovered=None, total=False), measures, [note])


def idle(stage: Stage, faults: Faults) -> ScenarioResult:
    """Nobody asks: how soon do probes alone have the failing host ranked behind?"""
    (worker,) = stage.begin()
    for coin in COINS[:2]:
        worker.do("crowd", coin=coin, clients=1, at=time.time())
    stage.wait(7.0)  # every quiet endpoint has been probed once
    host = stage.sandbox.url("binance").partition("://")[2]
    first = worker.do("first", coin=COINS[0])
    fault = stage.inject(FIRST, faults, 45)
    found = stage.until_true(lambda: worker.do("first", coin=COINS[0]) != host, 40)
    seconds = time.time() - fault.start if found and first == host else None
    stage.heal(FIRST)
    healed = time.time()
    again = stage.until_true(lambda: worker.do("first", coin=COINS[0]) == host, 20)
    notes = [f"first again {time.time() - healed:.1f} s after it was well"] if again else ["not first again in 20 s"]
    return ScenarioResult(result.Row(detected_s=seconds), [Measure("idle_detection", seconds)], notes)
