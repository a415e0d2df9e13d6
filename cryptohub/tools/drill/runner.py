"""Run scenarios one after the other and collect their results."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cryptohub.tools.drill import targets
from cryptohub.tools.drill.fleet import FleetError
from cryptohub.tools.drill.harness import FULL, Lengths, Stage, open_stage
from cryptohub.tools.drill.harness import SHORT as SHORT_LENGTHS
from cryptohub.tools.drill.report import Output, ScenarioProgress, as_json
from cryptohub.tools.drill.result import ScenarioResult
from cryptohub.tools.drill.scenarios import SCENARIOS, SHORT
from cryptohub.tools.drill.targets import Line, TargetResult
from providers.sandbox.client import SandboxError


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a drill: empty ``names`` means all; ``seconds`` overrides the length of the soak."""

    names: Sequence[str] = ()
    short: bool = False
    seed: int = 1
    seconds: float | None = None

    def scenarios(self) -> list[str]:
        """Names of the scenarios to run."""
        return list(self.names) or list(SHORT if self.short else SCENARIOS)

    def lengths(self) -> Lengths:
        """Durations of the scenarios' parts."""
        lengths = SHORT_LENGTHS if self.short else FULL
        return lengths if self.seconds is None else replace(lengths, soak=self.seconds)


@dataclass(slots=True)
class Drill:
    """Results by scenario, and failed scenarios with the reason; ``stopped`` if the drill was interrupted."""

    results: dict[str, ScenarioResult] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    stopped: bool = False
    seconds: float = 0.0

    def lines(self) -> list[Line]:
        """Summary lines: one for each measured target."""
        return targets.summary((name, finding.measures) for name, finding in self.results.items())

    @property
    def met(self) -> bool:
        """Tell if every scenario ran and every required target was met."""
        return (
            not self.failed
            and not self.stopped
            and all(line.result is not TargetResult.MISSED for line in self.lines())
        )


def run(options: Options, show: Output) -> Drill:
    """Run the requested scenarios until Ctrl-C; a scenario that fails to run does not stop the others."""
    drill, began = Drill(), time.monotonic()
    names = options.scenarios()
    show.line(f"drill with seed {options.seed}: {len(names)} scenarios on {os.cpu_count()} cores")
    try:
        with open_stage(options.seed, options.lengths()) as stage, show.progress(len(names)) as playing:
            for name in names:
                _play(stage, name, drill, playing)
    except KeyboardInterrupt:
        drill.stopped = True
    drill.seconds = time.monotonic() - began
    return drill


def _play(stage: Stage, name: str, drill: Drill, progress: ScenarioProgress) -> None:
    scenario, began = SCENARIOS[name], time.monotonic()
    progress.start(name, scenario.about)
    try:
        result = scenario.play(stage)
    except (FleetError, SandboxError) as error:
        drill.failed[name] = str(error)
        progress.fail(name, str(error))
        return
    drill.results[name] = result
    progress.finish(name, result, time.monotonic() - began)


def report(drill: Drill, options: Options) -> str:
    """Format the whole drill as JSON."""
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    about: dict[str, Any] = {"seed": options.seed, "short": options.short, "stopped": drill.stopped}
    about |= {"seconds": round(drill.seconds, 1), "machine": machine}
    return as_json(drill.results, drill.failed, drill.lines(), **about)
