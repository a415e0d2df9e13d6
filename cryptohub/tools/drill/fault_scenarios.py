"""Scenarios beyond one outage: all providers down, flapping, sporadic errors, an idle hub."""

from __future__ import annotations

import time

from cryptohub.tools.drill import metrics, result
from cryptohub.tools.drill.harness import COINS, FIRST_HOST, Faults, Stage
from cryptohub.tools.drill.records import Window
from cryptohub.tools.drill.result import ScenarioResult
from cryptohub.tools.drill.targets import Measure

ON_S, OFF_S = 2.0, 2.0
NOW_AND_THEN = 0.12
"""Share of failing calls, low enough for no breaker to open."""


def all_dead(stage: Stage, faults: Faults) -> ScenarioResult:
    """Take all providers down after every coin has been fetched once."""
    workers = stage.begin()
    lengths, everybody = stage.lengths, stage.all_endpoints()
    with stage.load(workers):
        stage.wait(lengths.warm)
        healthy = Window(time.time(), time.time() + lengths.healthy)
        stage.wait_until(healthy.end)
        fault = stage.inject(everybody, faults, lengths.dead)
        stage.wait_until(fault.end + lengths.after)
    evidence = stage.evidence(healthy, fault, Window(fault.end, fault.end + lengths.after), everybody)
    known = metrics.after_detection(evidence)
    samples = evidence.asked(known)
    stale = metrics.percent(sum(sample.answered and sample.stale for sample in samples), len(samples))
    back = next((s.end - fault.end for s in evidence.asked(evidence.after) if s.fresh), None)
    measures = [
        Measure("dead_stale", stale),
        Measure("dead_p99", metrics.latency(samples).p99),
        Measure("dead_calls", metrics.calls_beyond_budget(evidence, _tail(fault))),
        *result.recovery(evidence, back),
    ]
    note = f"detected all {len(everybody)} endpoints after {known.start - fault.start:.1f} s"
    return ScenarioResult(
        result.summary_row(evidence, recovered=back), [*result.common_measures(evidence), *measures], [note]
    )


def _tail(fault: Window) -> Window:
    """Second half of the fault, after every endpoint has been detected."""
    return Window((fault.start + fault.end) / 2, fault.end)


def flapping(stage: Stage) -> ScenarioResult:
    """Let the first provider fail and work in turns of two seconds."""
    workers, lengths = stage.begin(mirrors=False), stage.lengths
    with stage.load(workers):
        stage.wait(lengths.warm)
        healthy = Window(time.time(), time.time() + lengths.healthy)
        stage.wait_until(healthy.end)
        seconds = max(8.0, 1.5 * lengths.fault)
        fault = stage.inject(FIRST_HOST, [{"kind": "status", "status": 500, "cycle": [ON_S, OFF_S]}], seconds)
        stage.wait_until(fault.end + lengths.after)
    evidence = stage.evidence(healthy, fault, Window(fault.end, fault.end + lengths.after), FIRST_HOST)
    failed = [a for a in metrics.on_scope(evidence.attempts, FIRST_HOST, fault) if a.outcome != "ok"]
    turns = seconds / (ON_S + OFF_S)
    back = metrics.recovery(evidence)
    measures = [*result.common_measures(evidence), *result.recovery(evidence, back)]
    note = f"{len(failed)} calls failed in {turns:g} outages of {ON_S:g} s"
    return ScenarioResult(result.summary_row(evidence, recovered=back, total=False), measures, [note])


def failover(stage: Stage) -> ScenarioResult:
    """Measure the cost of failover on single errors, too few to open a breaker."""
    workers, lengths = stage.begin(), stage.lengths
    fault_of = {"kind": "status", "status": 500, "probability": NOW_AND_THEN, "seed": stage.seed}
    with stage.load(workers):
        stage.wait(lengths.warm)
        healthy = Window(time.time(), time.time() + lengths.healthy)
        stage.wait_until(healthy.end)
        fault = stage.inject(FIRST_HOST, [fault_of], max(8.0, 2 * lengths.fault))
        stage.wait_until(fault.end + 1)
    evidence = stage.evidence(healthy, fault, Window(fault.end, fault.end + 1), FIRST_HOST)
    times = metrics.failover_times(evidence)
    usual = metrics.latency(evidence.asked(fault)).p50
    measures = [
        *result.common_measures(evidence),
        Measure("failover", metrics.ratio(metrics.quantile(times, 0.5), usual)),
    ]
    note = f"{len(times)} requests failed over; compared with the p50 of the same stretch"
    return ScenarioResult(result.summary_row(evidence, recovered=None, total=False), measures, [note])


def idle(stage: Stage, faults: Faults) -> ScenarioResult:
    """Measure how soon probes alone detect a failing host without user traffic."""
    (worker,) = stage.begin()
    for coin in COINS[:2]:
        worker.do("crowd", coin=coin, clients=1, at=time.time())
    stage.wait(7.0)  # every quiet endpoint has been probed once
    host = stage.sandbox.url("binance").partition("://")[2]
    first = worker.do("first", coin=COINS[0])
    fault = stage.inject(FIRST_HOST, faults, 45)
    detected = stage.wait_for(lambda: worker.do("first", coin=COINS[0]) != host, 40)
    seconds = time.time() - fault.start if detected and first == host else None
    stage.heal(FIRST_HOST)
    healed = time.time()
    again = stage.wait_for(lambda: worker.do("first", coin=COINS[0]) == host, 20)
    notes = [f"first again {time.time() - healed:.1f} s after it was healthy"] if again else ["not first again in 20 s"]
    return ScenarioResult(result.Row(detected_s=seconds), [Measure("idle_detection", seconds)], notes)
