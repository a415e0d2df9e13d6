"""Scenarios of concurrency and edits: a cold key, chain edits under load, weighted shares."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from typing import Any

from cryptohub.tools.drill import metrics
from cryptohub.tools.drill import result as finding
from cryptohub.tools.drill.harness import COINS, Stage
from cryptohub.tools.drill.records import Endpoints, Evidence, Sample, Window
from cryptohub.tools.drill.result import Row, ScenarioResult
from cryptohub.tools.drill.targets import Measure

CLIENTS = 200
PROCESSES = 2
COLD_MS = 100
"""Upstream latency, long enough for all clients to wait for one fetch."""
COLD_CACHE_S = 5
"""Cache time: a client that the machine starts late must not cause a second fetch."""
KNOWN_MS = 700
"""Preset latency of every host, so that 200 busy threads cause no hedge."""
WEIGHTS = {"binance": 40, "bybit": 25, "gate": 20, "coinbase": 10, "bitstamp": 5}
"""Providers whose published limits allow this load."""
DOWN = "bybit"
WEIGHTED_RATE = 50.0
EDIT_RATE = 30.0
EDIT_S = 0.6
"""Seconds between two edits, so that each is in force before the next."""
EDITS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"do": "order", "slugs": ["bybit", "binance"]}, "bybit"),
    ({"do": "switch", "slug": "bybit", "enabled": False}, "binance"),
    ({"do": "switch", "slug": "bybit", "enabled": True}, "bybit"),
    ({"do": "order", "slugs": ["binance", "bybit"]}, "binance"),
)
"""Edits with the provider that is first afterwards."""
NOBODY: Endpoints = frozenset()


def cold_key(stage: Stage) -> ScenarioResult:
    """Request an uncached key by 200 clients of two processes at the same moment."""
    workers = stage.begin(PROCESSES, cache_s=COLD_CACHE_S, known_ms=KNOWN_MS)
    for n in range(6):
        stage.sandbox.fault("binance", "slow", n, ms=COLD_MS)
    since = stage.sandbox.last_seq()
    at = time.time() + 1.0
    orders = [worker.submit("crowd", coin=COINS[0], clients=CLIENTS // PROCESSES, at=at) for worker in workers]
    for order in orders:
        order.result()
    whole = Window(at - 1, time.time() + 1)
    evidence = stage.evidence(whole, whole, whole, NOBODY)
    calls = [call for call in stage.calls(since=since) if call.by_user]
    samples = evidence.samples
    shares, latency = metrics.shares(samples, evidence.wrong), metrics.latency(samples)
    row = Row(shares.requests, shares.answered, shares.fresh, shares.wrong, latency.p50, latency.p99, latency.most)
    row = replace(row, calls_per_request=len(calls) / CLIENTS)
    note = f"{len(calls)} upstream calls for {CLIENTS} clients in {PROCESSES} processes"
    return ScenarioResult(row, [Measure("flight_calls", len(calls)), Measure("wrong", shares.wrong)], [note])


def edits(stage: Stage) -> ScenarioResult:
    """Reorder the chain and switch its first link repeatedly under load."""
    workers, lengths = stage.begin(), stage.lengths
    edited: list[tuple[float, str]] = []
    with stage.load(workers, EDIT_RATE):
        stage.wait(lengths.warm)
        began = time.time()
        for order, expected in itertools.islice(itertools.cycle(EDITS), lengths.edits):
            edited.append((stage.fixture_db.do(**order), expected))
            stage.wait(EDIT_S)
    whole = Window(began, time.time())
    evidence = stage.evidence(whole, whole, whole, NOBODY)
    effects = effects_of(edited, evidence)
    errors = sum(not sample.answered for sample in evidence.asked(whole))
    worst = max(effects, default=None)
    measures = [
        *finding.common_measures(evidence),
        Measure("edit_effect", worst),
        Measure("edit_errors", errors),
    ]
    p50 = metrics.quantile(effects, 0.5)
    note = f"{len(edited)} edits, in force after {p50 or 0:.0f} ms at the median, {worst or 0:.0f} at the most"
    return ScenarioResult(finding.summary_row(evidence, recovered=None, total=False), measures, [note])


def effects_of(edited: list[tuple[float, str]], evidence: Evidence) -> list[float]:
    """Milliseconds from each edit to the last request served in the old order (0 without one)."""
    ends = [at for at, _ in edited[1:]] + [evidence.whole.end]
    effects = []
    for (at, expected), end in zip(edited, ends, strict=True):
        old = [s.at for s in evidence.asked(Window(at, end)) if s.answered and s.source != expected]
        effects.append(1000 * (max(old) - at) if old else 0.0)
    return effects


def weighted(stage: Stage) -> ScenarioResult:
    """Measure weighted shares over five healthy providers, then with one of them down."""
    workers, lengths = stage.begin(), stage.lengths
    stage.fixture_db.do("weigh", weights=WEIGHTS)
    stage.wait(1)
    with stage.load(workers, WEIGHTED_RATE, lengths.requests) as (order,):
        healthy = Window(time.time(), time.time() + lengths.requests / WEIGHTED_RATE + 0.5)
        order.result(lengths.requests / WEIGHTED_RATE + 30)
    seconds = lengths.requests / 2 / WEIGHTED_RATE
    with stage.load(workers, WEIGHTED_RATE):
        fault = stage.inject(frozenset({(DOWN, 0)}), [{"kind": "status", "status": 500}], seconds + 2)
        stage.wait_until(fault.end)
    settled = Window(fault.start + 1, fault.end)
    evidence = stage.evidence(healthy, settled, settled, frozenset({(DOWN, 0)}))
    left = {slug: weight for slug, weight in WEIGHTS.items() if slug != DOWN}
    all_five, four = evidence.asked(healthy), evidence.asked(settled)
    notes = [describe_shares(all_five, WEIGHTS), f"without {DOWN}: {describe_shares(four, left)}"]
    worst = max(share_error(all_five, WEIGHTS), share_error(four, left))
    row = finding.summary_row(evidence, recovered=None, total=False)
    return ScenarioResult(row, [*finding.common_measures(evidence), Measure("share_error", worst)], notes)


def share_error(samples: list[Sample], weights: dict[str, int]) -> float:
    """Largest error of a share, in percentage points."""
    total = sum(weights.values())
    return max(abs(metrics.provider_share(samples, slug) - 100 * weight / total) for slug, weight in weights.items())


def describe_shares(samples: list[Sample], weights: dict[str, int]) -> str:
    """Describe measured and configured shares."""
    total = sum(weights.values())
    parts = (
        f"{slug} {metrics.provider_share(samples, slug):.1f} % of {100 * weight / total:.1f}"
        for slug, weight in weights.items()
    )
    return f"{len(samples)} requests: " + ", ".join(parts)
