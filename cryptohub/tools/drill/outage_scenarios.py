"""Scenarios of outages: endpoints fail for a while under a steady load and recover."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptohub.tools.drill import metrics, result
from cryptohub.tools.drill.harness import BINANCE_HOSTS, COINS, FIRST_HOST, RATE, Stage
from cryptohub.tools.drill.records import Endpoints, Evidence, Window
from cryptohub.tools.drill.result import ScenarioResult
from cryptohub.tools.drill.targets import Measure

GRACE_S = 0.3
"""Seconds until other processes must know of a cooldown."""
PEERS_S = 20.0
"""Longest wait for prices of a second lineage, in seconds."""
READ_S = 2.5
"""Seconds until every process has read the peer prices."""

Judge = Callable[[Evidence], list[Measure]]


@dataclass(frozen=True, slots=True)
class Outage:
    """An outage and what is measured.

    ``peers``: a second lineage has given prices before; ``sets_cooldown``: the response names a Retry-After; ``drift``:
    the market moves by this factor meanwhile; ``total``: every call to the endpoints fails; ``measure``: the measures
    taken.
    """

    about: str
    faults: Sequence[dict[str, Any]]
    measure: Judge
    scope: Endpoints = FIRST_HOST
    mirrors: bool = False
    peers: bool = False
    sets_cooldown: bool = False
    drift: float = 0.0
    total: bool = True
    at_least_s: float = 0.0


def _fault(kind: str, **options: Any) -> list[dict[str, Any]]:
    return [{"kind": kind, **options}]


def _noticed(evidence: Evidence) -> list[Measure]:
    detected = metrics.detection(evidence)
    wasted = "wasted_six" if evidence.scope == BINANCE_HOSTS else "wasted_one"
    return [
        Measure("detection", detected, result.detection_aim(evidence, RATE)),
        Measure(wasted, metrics.wasted_after_detection(evidence)),
        *result.open_breaker_cost(evidence),
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


def _cooled_down(evidence: Evidence) -> list[Measure]:
    """Measure recovery from the end of the cooldown, not of the fault."""
    limited, until = metrics.first_limited(evidence.calls, evidence.fault), metrics.cooldown_end(evidence)
    if limited is None or limited.done is None or until is None:
        return [Measure("early_told", None)]
    seen = metrics.early_calls(evidence.calls_on(evidence.scope), limited.done, limited.caller, until, GRACE_S)
    return [
        *_noticed(evidence),
        Measure("early_told", seen.by_limited),
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
        "it answers 429 with a Retry-After", _fault("status", status=429), _cooled_down, sets_cooldown=True
    ),
    "banned": Outage(
        "it answers 418, banned for some seconds", _fault("status", status=418), _cooled_down, sets_cooldown=True
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
    "six-refuse": Outage("all six hosts refuse", _fault("refuse"), _recovers, BINANCE_HOSTS, mirrors=True),
    "six-500": Outage("all six hosts answer 500", _fault("status", status=500), _recovers, BINANCE_HOSTS, mirrors=True),
    "six-hang": Outage("all six hosts hang", _fault("hang"), _hangs, BINANCE_HOSTS, mirrors=True),
    "six-limited": Outage(
        "all six hosts answer 429 with a Retry-After", _fault("status", status=429), _cooled_down, BINANCE_HOSTS,
        mirrors=True, sets_cooldown=True,
    ),
    "six-blocked": Outage("all hosts answer 451", _fault("status", status=451), _noticed, BINANCE_HOSTS, mirrors=True),
    "six-html200": Outage("all hosts answer 200 with HTML", _fault("html200"), _recovers, BINANCE_HOSTS, mirrors=True),
    "six-error200": Outage(
        "all six hosts answer 200 with an error inside", _fault("error200"), _recovers, BINANCE_HOSTS, mirrors=True
    ),
    "wrong-price": Outage(
        "the first provider's prices are 10 % too high", _fault("wrong_price", factor=1.1), _wrong, BINANCE_HOSTS,
        mirrors=True, peers=True,
    ),
    "wrong-coin": Outage(
        "its prices of one coin are 8 % too low", _fault("wrong_price", factor=0.92, symbols=["ETH"]), _wrong,
        BINANCE_HOSTS, mirrors=True, peers=True, total=False,
    ),
    "impossible-price": Outage(
        "its prices are negative", _fault("wrong_price", factor=-1.0), _wrong, BINANCE_HOSTS, mirrors=True
    ),
    "frozen": Outage(
        "its prices stand still while the market moves 1.5 %, with a time that moves on",
        _fault("frozen", time="moves"), _wrong, BINANCE_HOSTS, mirrors=True, peers=True, drift=1.015, at_least_s=45,
    ),
}  # fmt: skip


def play(stage: Stage, outage: Outage) -> ScenarioResult:
    """Run an outage: healthy, failing, healthy again, under one steady load."""
    evidence = record(stage, outage)
    until = metrics.cooldown_end(evidence) if outage.sets_cooldown else None
    early = len(metrics.calls_in_cooldown(evidence, until)) if until is not None else None
    row = result.summary_row(evidence, recovered=metrics.recovery(evidence, until), early=early, total=outage.total)
    return ScenarioResult(row, [*result.common_measures(evidence), *outage.measure(evidence)])


def record(stage: Stage, outage: Outage) -> Evidence:
    """Record an outage under load."""
    lengths = stage.lengths
    workers = stage.begin(mirrors=outage.mirrors, probing=not outage.peers)
    with stage.load(workers):
        stage.wait(lengths.warm)
        if outage.peers:
            _collect_peers(stage)
        healthy = Window(time.time(), time.time() + lengths.healthy)
        stage.wait_until(healthy.end)
        seconds, faults = max(lengths.fault, outage.at_least_s), outage.faults
        if outage.sets_cooldown:
            seconds, faults = float(lengths.retry), [{**each, "retry_after": lengths.retry} for each in faults]
        fault = stage.inject(outage.scope, faults, seconds)
        if outage.drift:
            for coin in COINS:
                stage.move_market(coin, outage.drift, seconds)
        after = Window(fault.end, fault.end + lengths.after)
        stage.wait_until(after.end)
    return stage.evidence(healthy, fault, after, outage.scope, retry=lengths.retry if outage.sets_cooldown else 0)


def _collect_peers(stage: Stage) -> None:
    """Let the prober fetch peer prices for the coins in use, and wait until the workers have read them."""
    stage.wait(1.5)  # the coins in use are recorded once a second
    stage.prober.do("probe")
    stage.wait_for(lambda: stage.fixture_db.do("peers") >= len(COINS), PEERS_S)
    stage.wait(READ_S)
