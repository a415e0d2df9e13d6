"""Cooldowns: limits met by several processes, and what restarted and killed ones remember of them."""

from __future__ import annotations

import time
from collections.abc import Callable

from cryptohub.tools.drill import metrics, result
from cryptohub.tools.drill.fleet import Member
from cryptohub.tools.drill.harness import RATE, SIX, Stage
from cryptohub.tools.drill.outage_scenarios import GRACE_S
from cryptohub.tools.drill.records import Call, Evidence, Scope, Window
from cryptohub.tools.drill.result import ScenarioResult
from cryptohub.tools.drill.targets import Measure

WORKERS = 4
KNOWN = 0.25
"""By this part of the time to stay away a hanging provider has been found out."""
KRAKEN: Scope = frozenset({("kraken", 0)})
OURS = 6000
"""What the adapter knows of Binance's limit, in its own unit of weight."""


def quota(stage: Stage) -> ScenarioResult:
    """Four processes share a limit nobody knew of: one is told, all must stay away until the time it was told."""
    workers, lengths = stage.begin(WORKERS), stage.lengths
    with stage.load(workers, RATE / 2):
        stage.wait(lengths.warm)
        healthy = Window(time.time(), time.time() + lengths.healthy)
        stage.until(healthy.end)
        started = time.time()
        stage.sandbox.fault("binance", "quota", calls=60, window_s=float(lengths.retry), for_s=lengths.retry)
        stage.wait(lengths.retry + 2)
        stage.sandbox.heal("binance")
        stage.heal(SIX)
        fault = Window(started, time.time())
        stage.wait(lengths.after)
    evidence = stage.evidence(healthy, fault, Window(fault.end, fault.end + lengths.after), SIX)
    return _told(evidence, fault, lengths.retry)


def _told(evidence: Evidence, fault: Window, seconds: float) -> ScenarioResult:
    """The quota's window began with its first call; Retry-After names its end in whole seconds."""
    binance = [call for call in evidence.calls if call.provider == "binance"]
    told = metrics.first_told(binance, fault)
    begun = next((call.t for call in binance if call.t in fault), fault.start)
    if told is None or told.done is None:
        return ScenarioResult(result.Row(), [Measure("early_told", None)], ["the limit was never met"])
    until = begun + seconds
    seen = metrics.early(binance, told.done, told.caller, until, GRACE_S)
    measures = [
        Measure("early_told", seen.told),
        Measure("early_others", seen.others_late),
        Measure("early_last", 1000 * seen.last_other_s if seen.last_other_s is not None else 0.0),
        *result.recovery(evidence, metrics.recovery(evidence, until)),
        *result.always(evidence),
    ]
    limited = sum(call.status == 429 for call in binance)
    row = result.row_of(evidence, recovered=metrics.recovery(evidence, until), early=seen.told + seen.others)
    return ScenarioResult(
        row, measures, [f"told {limited} times, {seen.others} calls of others under way or uninformed"]
    )


def learned(stage: Stage) -> ScenarioResult:
    """Binance says in each answer how much is used: four processes must stop before it has to say no."""
    workers, lengths = stage.begin(WORKERS), stage.lengths
    seconds = _to_the_minute()
    with stage.load(workers, RATE / 2):
        stage.wait(lengths.warm)
        healthy = Window(time.time(), time.time() + lengths.healthy)
        stage.until(healthy.end)
        started = time.time()
        stage.sandbox.fault("binance", "quota", calls=OURS, used=OURS - 500, window_s=seconds)
        stage.wait(8)
        stage.sandbox.heal("binance")
        stage.heal(SIX)
        fault = Window(started, time.time())
        stage.wait(1)
    evidence = stage.evidence(healthy, fault, Window(fault.end, fault.end + 1), SIX)
    calls = [call for call in evidence.calls if call.provider == "binance" and call.t in fault]
    limited = sum(call.status == 429 for call in calls)
    last = max((call.t - fault.start for call in calls), default=0.0)
    note = f"{limited} times told to stop; the last of {len(calls)} calls after {last:.1f} s"
    row = result.row_of(evidence, recovered=None, total=False)
    return ScenarioResult(row, [*result.always(evidence), Measure("early_told", limited)], [note])


def _to_the_minute() -> float:
    """Seconds that Binance's window still has, which ends with the clock's minute; in no hurry near its end."""
    left = 60 - time.time() % 60
    if left < 20:
        time.sleep(left + 0.5)
        left = 60 - time.time() % 60
    return left


def restart(stage: Stage) -> ScenarioResult:
    """A worker is restarted in mid-outage: one provider is parked, the next one hangs."""

    def leave(worker: Member) -> None:
        stage.wait(KNOWN * stage.lengths.retry)
        worker.leave()

    return _returns(stage, leave)


def kill(stage: Stage) -> ScenarioResult:
    """A worker is killed outright as soon as it has asked the next after being told to stay away."""
    return _returns(stage, lambda worker: worker.kill())


def _returns(stage: Stage, end: Callable[[Member], None]) -> ScenarioResult:
    (worker,) = stage.begin()
    lengths = stage.lengths
    with stage.load([worker], ending=False):
        stage.wait(lengths.warm)
        healthy = Window(time.time(), time.time() + lengths.healthy)
        stage.until(healthy.end)
        stage.inject(KRAKEN, [{"kind": "hang"}], lengths.retry)
        fault = stage.inject(SIX, [{"kind": "status", "status": 429, "retry_after": lengths.retry}], lengths.retry)
        since = stage.sandbox.last_seq()
        stage.until_true(lambda: _went_on(stage, since), 5)
        end(worker)
    ended = time.time()
    worker.launch()
    worker.do("wake")
    woken = time.time()
    with stage.load([worker]):
        stage.until(fault.end + lengths.after)
    evidence = stage.evidence(healthy, fault, Window(fault.end, fault.end + lengths.after), SIX, lengths.retry)
    told = metrics.first_told(evidence.calls, fault)
    if told is None or told.done is None:
        return ScenarioResult(result.Row(), [Measure("early_restart", None)], ["nobody was told to stay away"])
    return _remembered(evidence, told, ended, woken)


def _went_on(stage: Stage, since: int) -> bool:
    """Whether somebody has been told to stay away, and another provider has been asked on users' behalf since."""
    calls = [call for call in stage.calls(since=since) if call.by_user]
    told = next((call for call in calls if call.status == 429 and call.done), None)
    return told is not None and any(call.provider != "binance" and call.t >= told.t for call in calls)


def _remembered(evidence: Evidence, told: Call, ended: float, woken: float) -> ScenarioResult:
    until = (told.done or told.t) + evidence.retry
    parked = evidence.calls_on(SIX)
    early = [call for call in parked if told.t < call.t < until and call.t > (told.done or 0) + metrics.TOLD_S]
    back = metrics.recovery(evidence, until)
    lost = [sample for sample in evidence.samples if sample.at >= woken and not sample.answered]
    measures = [
        Measure("early_restart", sum(call.t >= woken for call in early)),
        Measure("early_told", sum(call.t < ended and call.caller == told.caller for call in early)),
        Measure("recovery", back),
        Measure("recovery_errors", len(lost)),
        Measure("wrong", metrics.shares(evidence.samples, evidence.wrong).wrong),
    ]
    hung = metrics.on_scope(evidence.attempts, KRAKEN, Window(woken, evidence.fault.end))
    note = f"back after {woken - ended:.1f} s; {len(hung)} calls of the new one to the provider that hangs"
    return ScenarioResult(result.row_of(evidence, recovered=back, early=len(early)), measures, [note])
