"""Scenarios by name, and which of them the short form runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from cryptohub.tools.drill import (
    checks,
    concurrency_scenarios,
    cooldown_scenarios,
    fault_scenarios,
    outage_scenarios,
    random_faults,
    soak,
)
from cryptohub.tools.drill import overhead as costs
from cryptohub.tools.drill.harness import Stage
from cryptohub.tools.drill.result import ScenarioResult


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario; ``play`` may leave the stage in any state, since every scenario resets it."""

    about: str
    play: Callable[[Stage], ScenarioResult]


def _outage(name: str) -> Scenario:
    outage = outage_scenarios.OUTAGES[name]
    return Scenario(outage.about, partial(outage_scenarios.play, outage=outage))


SCENARIOS: dict[str, Scenario] = {
    **{name: _outage(name) for name in outage_scenarios.OUTAGES},
    "failover": Scenario("single errors: the cost of failover", fault_scenarios.failover),
    "flapping": Scenario("the first provider fails for 2 s, works for 2 s, and so on", fault_scenarios.flapping),
    "all-refuse": Scenario("every provider refuses", partial(fault_scenarios.all_dead, faults=[{"kind": "refuse"}])),
    "all-500": Scenario(
        "every provider answers 500", partial(fault_scenarios.all_dead, faults=[{"kind": "status", "status": 500}])
    ),
    "all-hang": Scenario("every provider hangs", partial(fault_scenarios.all_dead, faults=[{"kind": "hang"}])),
    "idle-500": Scenario(
        "without traffic, the first host answers 500",
        partial(fault_scenarios.idle, faults=[{"kind": "status", "status": 500}]),
    ),
    "idle-hang": Scenario(
        "without traffic, the first host hangs", partial(fault_scenarios.idle, faults=[{"kind": "hang"}])
    ),
    "quota": Scenario("four processes run into an unknown limit", cooldown_scenarios.quota),
    "quota-learned": Scenario("four processes near a limit that Binance reports", cooldown_scenarios.learned),
    "restart": Scenario(
        "a worker is restarted during an outage, one provider in cooldown, one hanging", cooldown_scenarios.restart
    ),
    "kill": Scenario("a worker is killed with -9 as soon as it was rate-limited", cooldown_scenarios.kill),
    "cold-key": Scenario(
        "200 clients of two processes request the same new coin at once", concurrency_scenarios.cold_key
    ),
    "edits": Scenario("the chain is edited under load", concurrency_scenarios.edits),
    "weighted": Scenario("weights 40/25/20/10/5, then with one provider down", concurrency_scenarios.weighted),
    "overhead": Scenario("a miss against a direct requests client, in alternation", costs.overhead),
    "own-work": Scenario("the engine's own work, with a network that answers at once", costs.own_work),
    "sql": Scenario("SQL statements on warm answers and on misses", costs.statements),
    "integrity": Scenario("wrong prices caught and false alarms, simulated", checks.integrity),
    "redrawn-three": Scenario(
        "three providers, each well with probability 0.7, drawn anew every 2 s",
        partial(random_faults.play, soak=random_faults.THREE),
    ),
    "redrawn-all": Scenario(
        "all providers, each well with probability 0.4, drawn anew every 2 s",
        partial(random_faults.play, soak=random_faults.ALL),
    ),
    "soak": Scenario("random faults by seed, with healthy providers left", soak.soak),
}

SHORT = ("six-500", "hang", "rate-limited", "all-refuse", "kill", "cold-key", "sql", "impossible-price", "integrity")
"""Scenarios of the short form: each kind of promise once."""
