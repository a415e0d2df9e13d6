"""Cost of the hub itself: compared with a direct client, without a network, and in SQL statements."""

from __future__ import annotations

from cryptohub.tools.drill.harness import Stage
from cryptohub.tools.drill.result import Row, ScenarioResult
from cryptohub.tools.drill.targets import Measure

WARM_S = 60
PER_ROUND = 20
"""Repetitions of a round without a network, which takes tens of microseconds, for a stable median."""


def overhead(stage: Stage) -> ScenarioResult:
    """Fetch the same price by a direct client, a tuned one and the hub, in alternation."""
    (worker,) = stage.begin(probing=False)
    url = stage.sandbox.url("binance")
    stage.sandbox.clear()  # no added latency, so that the overhead shows
    medians = worker.do("overhead", base_url=url, rounds=stage.lengths.rounds, seed=stage.seed, within=300)
    note = (
        f"p50 ms: requests.get {medians['anew']:.3f}, a session {medians['direct']:.3f}, a tuned session "
        f"{medians['tuned']:.3f}, the hub {medians['hub']:.3f} ({medians['hub'] / medians['direct']:.2f} x a session)"
    )
    return ScenarioResult(
        Row(p50=medians["hub"]), [Measure("miss_overhead", medians["hub"] - medians["direct"])], [note]
    )


def own_work(stage: Stage) -> ScenarioResult:
    """Measure the hub's own work with a network that answers at once."""
    (worker,) = stage.begin(probing=False)
    medians = worker.do("own_work", rounds=min(1200, PER_ROUND * stage.lengths.rounds // 4), within=120)
    own = medians["ask"] - medians["read"]
    note = (
        f"p50 us: the engine {medians['ask']:.1f}, of which reading the answer {medians['read']:.1f}; "
        f"through the feeds, which keep it too, {medians['feed']:.1f}; the engine between theirs {medians['among']:.1f}"
    )
    return ScenarioResult(Row(), [Measure("own_work", own)], [note])


def statements(stage: Stage) -> ScenarioResult:
    """Count SQL statements on user paths: warm answers, and misses with healthy providers."""
    (worker,) = stage.begin(cache_s=WARM_S)
    worker.do("statements", rounds=1, seconds=0.1)
    warm = worker.do("statements", rounds=1000, seconds=1.6)
    (worker,) = stage.begin()
    worker.do("statements", rounds=1, seconds=0.1)
    miss = worker.do("statements", rounds=50, seconds=1.6)
    note = (
        f"{warm['statements']} statements in {warm['calls']} warm answers, "
        f"{miss['statements']} in {miss['calls']} misses"
    )
    notes = [note]
    if warm["fetched"] > 1 or miss["fetched"] < miss["calls"]:
        notes.append(f"not as meant: {warm['fetched']} fetches when warm, {miss['fetched']} when not")
    return ScenarioResult(
        Row(), [Measure("sql_warm", warm["statements"]), Measure("sql_miss", miss["statements"])], notes
    )
