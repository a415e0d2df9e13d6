"""Outages: something fails for a while under a steady load, and comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptohub.tools.drill import metrics, result
from cryptohub.tools.drill.harness import COINS, FIRST, RATE, SIX, Stage
from cryptohub.tools.drill.records import Evidence, Scope, Window
from cryptohub.tools.drill.result import ScenarioResult
from cryptohub.tools.drill.targets import Measure

GRACE_S = 0.3
"""How long others may take to hear of a cooldown."""
PEERS_S = 20.0
"""How long a second lineage may take to speak of the coins in use."""
READ_S = 2.5
"""Until every process has read what it said."""

Judge = Callable[[Evidence], list[Measure]]


@dataclass(frozen=True, slots=True)
class Outage:
    """What fails how. ``peers``: a second lineage has spoken before; ``parks``: it names a time before which not to
    call; ``drift``: the market moves by this factor meanwhile; ``total``: no call to it is worth making meanwhile;
    ``judge``: what it is measured for."""

    about: str
    faults: Sequence[dict[str, Any]]
    judge: Judge
    scope: Scope = FIRST
    mirrors: bool = False
    peers: bool = False
    parks: bool = False
    drift: float = 0.0
    total: bool = True
    at_least_s: float = 0.0


def _fault(kind: str, **options: Any) -> list[dict[str, Any]]:
    return [{"kind": kind, **options}]


def _noticed(evidence: Evidence) -> list[Measure]:
    found = metrics.detection(evidence)
    wasted = "wasted_six" if evidence.scope == SIX else "wasted_one"
    return [
        Measure("detection", found, result.aimed_detection(evidence, RATE)),
        Measure(wasted, metrics.wasted_knowingly(evidence)),
        *result.once_open(evidence),
    ]


def _recovers(evidence: Evidence) -> list[Measure]:
    return [*_noticed(evidence), *result.recovery(evidence, metrics.recovery(evidence))]


def _hangs(evidence: Evidence) -> list[Measure]:
    healthy = metrics.latency(evidence.asked(evidence.healthy)).p50
    during = metrics.latency(evidence.asked(evidence.fault))
    return [
        *_recovers(evidence),
        Measure("hang_p99", metrics.ratio(during.p99, healthy)),
        Measure("hang_p50", metrics.ratio(during.p50, healthy)),
    ]


def _wrong(evidence: Evidence) -> list[Measure]:
    return result.recovery(evidence, metrics.recovery(evidence))


def _parked(evidence: Evidence) -> list[Measure]:
    """Users come back when the named time is over, not when the fault is."""
    told, until = metrics.first_told(evidence.calls, evidence.fault), metrics.parked_until(evidence)
    if told is None or told.done is None or until is None:
        return [Measure("early_told", None)]
    seen = metrics.early(evidence.calls_on(evidence.scope), told.done, told.caller, until, GRACE_S)
    return [
        *_noticed(evidence),
        Measure("early_told", seen.told),
        Measure("early_others", seen.others_late),
        *result.recovery(evidence, metrics.recovery(evidence, until)),
    ]


OUTAGES: dict[str, Outage] = {
    "refuse": Outage("the first provider's only host refuses connections", _fault("refuse"), _recovers),
    "hang": Outage("it takes calls and never answers", _fault("hang"), _hangs),
    "hang-connect": Outage("connecting to it hangs", _fault("hang", at="connect"), _hangs),
    "drip": Outage("it answers a byte a second", _fault("drip"), _hangs),
    "reset": Outage("it resets connections in mid-call", _fault("reset"), _recovers),
    "slow": Outage("it takes half a second", _fault("slow", ms=500), _recovers),
    "status-500": Outage("it answers 500", _fault("status", status=500), _recovers),
    "rate-limited": Outage(
        "it answers 429 with a Retry-After", _fault("status", status=429), _parked, parks=True
    ),
    "banned": Outage(
        "it answers 418, banned for some seconds", _fault("status", status=418), _parked, parks=True
    ),
    "geo-blocked": Outage("it answers 451: set aside for hours", _fault("status", status=451), _noticed),
    "html200": Outage("it answers 200 with a page of HTML", _fault("html200"), _recovers),
    "error200": Outage("it answers 200 with an error inside", _fault("error200"), _recovers),
    "empty": Outage("it answers 200 with nothing", _fault("empty"), _recovers),
    "truncated": Outage("its answers break off", _fault("truncated"), _recovers),
    "truncated-json": Outage("its answers are half their JSON", _fault("truncated", cut="json"), _recovers),
    "mirror-refuse": Outage("one of six hosts refuses", _fault("refuse"), _recovers, mirrors=True),
    "mirror-500": Outage("one of six hosts answers 500", _fault("status", status=500), _recovers, mirrors=True),
    "mirror-hang": Outage("one of six hosts hangs", _fault("hang"), _hangs, mirrors=True),
    "six-refuse": Outage("all six hosts refuse", _fault("refuse"), _recovers, SIX, mirrors=True),
    "six-500": Outage("all six hosts answer 500", _fault("status", status=500), _recovers, SIX, mirrors=True),
    "six-hang": Outage("all six hosts hang", _fault("hang"), _hangs, SIX, mirrors=True),
    "six-limited": Outage(
        "all six hosts answer 429 with a Retry-After", _fault("status", status=429), _parked, SIX, mirrors=True,
        parks=True,
    ),
    "six-blocked": Outage("all six hosts answer 451", _fault("status", status=451), _noticed, SIX, mirrors=True),
    "six-html200": Outage("all six hosts answer 200 with HTML", _fault("html200"), _recovers, SIX, mirrors=True),
    "six-error200": Outage(
        "all six hosts answer 200 with an error inside", _fault("error200"), _recovers, SIX, mirrors=True
    ),
    "wrong-price": Outage(
        "the first provider's prices are 10 % too high", _fault("wrong_price", factor=1.1), _wrong, SIX,
        mirrors=True, peers=True,
    ),
    "wrong-coin": Outage(
        "its prices of one coin are 8 % too low", _fault("wrong_price", factor=0.92, symbols=["ETH"]), _wrong, SIX,
        mirrors=True, peers=True, total=False,
    ),
    "impossible-price": Outage(
        "its prices are negative", _fault("wrong_price", factor=-1.0), _wrong, SIX, mirrors=True
    ),
    "frozen": Outage(
        "its prices stand still while the market moves 1.5 %, with a time that moves on",
        _fault("frozen", time="moves"), _wrong, SIX, mirrors=True, peers=True, drift=1.015, at_least_s=45,
    ),
}  # fmt: skip


def play(stage: Stage, outage: Outage) -> ScenarioResult:
    """Healthy, failing, healthy again, under one steady load."""
    evidence = record(stage, outage)
    until = metrics.parked_until(evidence) if outage.parks else None
    early = len(metrics.before(evidence, until)) if until is not None else None
    row = result.row_of(evidence, recovered=metrics.recovery(evidence, until), early=early, total=outage.total)
    return ScenarioResult(row, [*result.always(evidence), *outage.judge(evidence)])


def record(stage: Stage, outage: Outage) -> Evidence:
    lengths = stage.lengths
    workers = stage.begin(mirrors=outage.mirrors, probing=not outage.peers)
    with stage.load(workers):
        stage.wait(lengths.warm)
        if outage.peers:
            _hear_peers(stage)
        healthy = Window(time.time(), time.time() + lengths.healthy)
        stage.until(healthy.end)
        seconds, faults = max(lengths.fault, outage.at_least_s), outage.faults
        if outage.parks:
            seconds, faults = float(lengths.retry), [{**each, "retry_after": lengths.retry} for each in faults]
        fault = stage.inject(outage.scope, faults, seconds)
        if outage.drift:
            for coin in COINS:
                stage.steer(coin, outage.drift, seconds)
        after = Window(fault.end, fault.end + lengths.after)
        stage.until(after.end)
    return stage.evidence(healthy, fault, after, outage.scope, retry=lengths.retry if outage.parks else 0)


def _hear_peers(stage: Stage) -> None:
    """Have the prober ask a second lineage about the coins that are now in use, and the workers read it."""
    stage.wait(1.5)  # what is in use is written down once a second
    stage.prober.do("probe")
    stage.until_true(lambda: stage.fixture_db.do("peers") >= len(COINS), PEERS_S)
    stage.wait(READ_S)
