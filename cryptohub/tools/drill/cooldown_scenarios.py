"""Scenarios of cooldowns: limits shared by several processes, and restarts during a cooldown."""

from __future__ import annotations

import time
from collections.abc import Callable

from cryptohub.tools.drill import metrics, result
from cryptohub.tools.drill.fleet import WorkerProcess
from cryptohub.tools.drill.harness import BINANCE_HOSTS, RATE, Stage
from cryptohub.tools.drill.outage_scenarios import GRACE_S
from cryptohub.tools.drill.records import Call, Endpoints, Evidence, Window
from cryptohub.tools.drill.result import ScenarioResult
from cryptohub.tools.drill.targets import Measure

WORKERS = 4
KNOWN = 0.25
"""Part of the cooldown after which a hanging provider has been detected."""
KRAKEN: Endpoints = frozenset({("kraken", 0)})
KNOWN_LIMIT = 6000
"""Binance's limit as the adapter knows it, in request weight."""


def quota(stage: Stage) -> ScenarioResult:
    """Share an unknown limit between four processes: after one is limited, all must wait until the named time."""
    workers, lengths = stage.begin(WORKERS), stage.lengths
    with stage.load(workers, RATE / 2):
        stage.wait(lengths.warm)
        healthy = Window(time.time(), time.time() + lengths.healthy)
        stage.wait_until(healthy.end)
        started = time.time()
        stage.sandbox.fault("binance", "quota", calls=60, window_s=float(lengths.retry), for_s=lengths.retry)
        stage.wait(lengths.retry + 2)
        stage.sandbox.heal("binance")
        stage.heal(BINANCE_HOSTS)
        fault = Window(started, time.time())
        stage.wait(lengths.after)
    evidence = stage.evidence(healthy, fault, Window(fault.end, fault.end + lengths.after), BINANCE_HOSTS)
    return _judge_quota(evidence, fault, lengths.retry)


def _judge_quota(evidence: Evidence, fault: Window, seconds: float) -> ScenarioResult:
    """Judge the calls: the quota's window began with its first call; Retry-After names its end in whole seconds."""
    binance = [call for call in evidence.calls if call.provider == "binance"]
    limited_call = metrics.first_limited(binance, fault)
    begun = next((call.t for call in binance if call.t in fault), fault.start)
    if limited_call is None or limited_call.done is None:
        return ScenarioResult(result.Row(), [Measure("early_told", None)], ["the limit was never reached"])
    until = begun + seconds
    seen = metrics.early_calls(binance, limited_call.done, limited_call.caller, until, GRACE_S)
    measures = [
        Measure("early_told", seen.by_limited),
        Measure("early_others", seen.others_late),
        Measure("early_last", 1000 * seen.last_other_s if seen.last_other_s is not None else 0.0),
        *result.recovery(evidence, metrics.recovery(evidence, until)),
        *result.common_measures(evidence),
    ]
    limited = sum(call.status == 429 for call in binance)
    row = result.summary_row(evidence, recovered=metrics.recovery(evidence, until), early=seen.by_limited + seen.others)
    return ScenarioResult(
        row,
        measures,
        [f"limited {limited} times, {seen.others} calls of other processes not informed yet"],
    )


def learned(stage: Stage) -> ScenarioResult:
    """Follow the usage that Binance reports: four processes must stop before they are limited."""
    workers, lengths = stage.begin(WORKERS), stage.lengths
    seconds = _to_the_minute()
    with stage.load(workers, RATE / 2):
        stage.wait(lengths.warm)
        healthy = Window(time.time(), time.time() + lengths.healthy)
        stage.wait_until(healthy.end)
        started = time.time()
        stage.sandbox.fault("binance", "quota", calls=KNOWN_LIMIT, used=KNOWN_LIMIT - 500, window_s=seconds)
        stage.wait(8)
        stage.sandbox.heal("binance")
        stage.heal(BINANCE_HOSTS)
        fault = Window(started, time.time())
        stage.wait(1)
    evidence = stage.evidence(healthy, fault, Window(fault.end, fault.end + 1), BINANCE_HOSTS)
    calls = [call for call in evidence.calls if call.provider == "binance" and call.t in fault]
    limited = sum(call.status == 429 for call in calls)
    last = max((call.t - fault.start for call in calls), default=0.0)
    note = f"limited {limited} times; the last of {len(calls)} calls after {last:.1f} s"
    row = result.summary_row(evidence, recovered=None, total=False)
    return ScenarioResult(row, [*result.common_measures(evidence), Measure("early_told", limited)], [note])


def _to_the_minute() -> float:
    """Seconds left of Binance's window, which ends with the clock's minute; near its end the next one is awaited."""
    left = 60 - time.time() % 60
    if left < 20:
        time.sleep(left + 0.5)
        left = 60 - time.time() % 60
    return left


def restart(stage: Stage) -> ScenarioResult:
    """Restart a worker during an outage: one provider in cooldown, the next one hanging."""

    def leave(worker: WorkerProcess) -> None:
        stage.wait(KNOWN * stage.lengths.retry)
        worker.stop()

    return _end_and_relaunch(stage, leave)


def kill(stage: Stage) -> ScenarioResult:
    """Kill a worker as soon as it has failed over after being limited."""
    return _end_and_relaunch(stage, lambda worker: worker.kill())


def _end_and_relaunch(stage: Stage, end: Callable[[WorkerProcess], None]) -> ScenarioResult:
    (worker,) = stage.begin()
    lengths = stage.lengths
    with stage.load([worker], ending=False):
        stage.wait(lengths.warm)
        healthy = Window(time.time(), time.time() + lengths.healthy)
        stage.wait_until(healthy.end)
        stage.inject(KRAKEN, [{"kind": "hang"}], lengths.retry)
        fault = stage.inject(
            BINANCE_HOSTS, [{"kind": "status", "status": 429, "retry_after": lengths.retry}], lengths.retry
        )
        since = stage.sandbox.last_seq()
        stage.wait_for(lambda: _failed_over(stage, since), 5)
        end(worker)
    ended = time.time()
    worker.launch()
    worker.do("wake")
    woken = time.time()
    with stage.load([worker]):
        stage.wait_until(fault.end + lengths.after)
    evidence = stage.evidence(
        healthy, fault, Window(fault.end, fault.end + lengths.after), BINANCE_HOSTS, lengths.retry
    )
    limited_call = metrics.first_limited(evidence.calls, fault)
    if limited_call is None or limited_call.done is None:
        return ScenarioResult(result.Row(), [Measure("early_restart", None)], ["no call was limited"])
    return _judge_restart(evidence, limited_call, ended, woken)


def _failed_over(stage: Stage, since: int) -> bool:
    """Tell if a call was limited and another provider has been asked since."""
    calls = [call for call in stage.calls(since=since) if call.by_user]
    limited_call = next((call for call in calls if call.status == 429 and call.done), None)
    return limited_call is not None and any(call.provider != "binance" and call.t >= limited_call.t for call in calls)


def _judge_restart(evidence: Evidence, limited_call: Call, ended: float, woken: float) -> ScenarioResult:
    until = (limited_call.done or limited_call.t) + evidence.retry
    limited_calls = evidence.calls_on(BINANCE_HOSTS)
    early = [
        call
        for call in limited_calls
        if limited_call.t < call.t < until and call.t > (limited_call.done or 0) + metrics.IN_FLIGHT_S
    ]
    back = metrics.recovery(evidence, until)
    lost = [sample for sample in evidence.samples if sample.at >= woken and not sample.answered]
    measures = [
        Measure("early_restart", sum(call.t >= woken for call in early)),
        Measure("early_told", sum(call.t < ended and call.caller == limited_call.caller for call in early)),
        Measure("recovery", back),
        Measure("recovery_errors", len(lost)),
        Measure("wrong", metrics.shares(evidence.samples, evidence.wrong).wrong),
    ]
    hung = metrics.on_scope(evidence.attempts, KRAKEN, Window(woken, evidence.fault.end))
    note = f"back after {woken - ended:.1f} s; {len(hung)} calls of the new one to the provider that hangs"
    return ScenarioResult(result.summary_row(evidence, recovered=back, early=len(early)), measures, [note])
