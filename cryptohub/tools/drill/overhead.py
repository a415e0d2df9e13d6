"""What the hub itself costs: on top of a direct client, without a network, in SQL statements."""

from __future__ import annotations

from cryptohub.tools.drill.harness import Stage
from cryptohub.tools.drill.result import Row, ScenarioResult
from cryptohub.tools.drill.targets import Measure

WARM_S = 60
PER_ROUND = 20
"""Without a network a round takes tens of microseconds: more of them make a steadier median."""


def overhead(stage: Stage) -> ScenarioResult:
    """The same price from the same endpoint: a direct client, a tuned one, and the hub, in alternation."""
    (worker,) = stage.begin(probing=False)
    url = stage.sandbox.url("binance")
    stage.sandbox.clear()  # no pace: what is added shows best beside little
    took = worker.do("overhead", base_url=url, rounds=stage.lengths.rounds, seed=stage.seed, within=300)
    note = (
        f"p50 ms: requests.get {took['anew']:.3f}, a session {took['direct']:.3f}, a tuned session "
        f"{took['tuned']:.3f}, the hub {took['hub']:.3f} ({took['hub'] / took['direct']:.2f} x a session)"
    )
    return ScenarioResult(Row(p50=took["hub"]), [Measure("miss_overhead", took["hub"] - took["direct"])], [note])


def own_work(stage: Stage) -> ScenarioResult:
    """A network that answers at once: what is left is the hub's own work."""
    (worker,) = stage.begin(probing=False)
    took = worker.do("own_work", rounds=min(1200, PER_ROUND * stage.lengths.rounds // 4), within=120)
    own = took["ask"] - took["read"]
    note = (
        f"p50 us: the engine {took['ask']:.1f}, of which reading the answer {took['read']:.1f}; "
        f"through the feeds, which keep it too, {took['feed']:.1f}; the engine between theirs {took['among']:.1f}"
    )
    return ScenarioResult(Row(), [Measure("own_work", own)], [note])


def statements(stage: Stage) -> ScenarioResult:
    """SQL statements that a user waits for: on warm answers, and on misses of a healthy provider."""
    (worker,) = stage.begin(cache_s=WARM_S)
    worker.do("statements", rounds=1, seconds=0.1)
    warm = worker.do("statements", rounds=1000, seconds=1.6)
    (worker,) = stage.begin()
    worker.do("statements", rounds=1, seconds=0.1)
    miss = worker.do("statements", rounds=50, seconds=1.6)
    told = (
        f"{warm['statements']} statements in {warm['calls']} warm answers, "
        f"{miss['statements']} in {miss['calls']} misses"
    )
    notes = [told]
    if warm["fetched"] > 1 or miss["fetched"] < miss["calls"]:
        notes.append(f"not as meant: {warm['fetched']} fetches when warm, {miss['fetched']} when not")
    return ScenarioResult(
        Row(), [Measure("sql_warm", warm["statements"]), Measure("sql_miss", miss["statements"])], notes
    )
