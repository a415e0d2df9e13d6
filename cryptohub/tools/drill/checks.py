"""The integrity check, held against a simulated market and against prices that cannot be."""

from __future__ import annotations

from cryptohub.tools.drill.harness import Stage
from cryptohub.tools.drill.integrity_trial import TrialCounts, simulate
from cryptohub.tools.drill.result import Row, ScenarioResult
from cryptohub.tools.drill.targets import Measure


def integrity(stage: Stage) -> ScenarioResult:
    """Right and wrong prices by the ten thousand, at the usual volatility and at ten times that. Asks no process."""
    found = simulate(stage.seed, stage.lengths.simulated)
    notes = [
        f"at the usual volatility: {_told(found.usual)}",
        f"at 10 x that: {_told(found.wild)}",
        f"in the ten minutes after it rose tenfold: {_told(found.jump)}",
    ]
    measures = [
        Measure("caught", found.usual.caught_percent),
        Measure("false_alarms", found.wild.alarms_in_10k),
    ]
    return ScenarioResult(Row(), measures, notes)


def _told(tally: TrialCounts) -> str:
    return f"{tally.caught} of {tally.wrong} wrong prices caught, {tally.alarms} false alarms of {tally.right}"
