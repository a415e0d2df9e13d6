"""Trial of the price integrity check on a simulated market."""

from __future__ import annotations

from cryptohub.tools.drill.harness import Stage
from cryptohub.tools.drill.integrity_trial import TrialCounts, simulate
from cryptohub.tools.drill.result import Row, ScenarioResult
from cryptohub.tools.drill.targets import Measure


def integrity(stage: Stage) -> ScenarioResult:
    """Judge right and wrong prices at the usual volatility and at ten times that, without any process."""
    results = simulate(stage.seed, stage.lengths.simulated)
    notes = [
        f"at the usual volatility: {_describe(results.usual)}",
        f"at 10 x that: {_describe(results.wild)}",
        f"in the ten minutes after it rose tenfold: {_describe(results.jump)}",
    ]
    measures = [
        Measure("caught", results.usual.caught_percent),
        Measure("false_alarms", results.wild.alarms_in_10k),
    ]
    return ScenarioResult(Row(), measures, notes)


def _describe(counts: TrialCounts) -> str:
    return f"{counts.caught} of {counts.wrong} wrong prices caught, {counts.alarms} false alarms of {counts.right}"
