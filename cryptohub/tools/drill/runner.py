"""Plays scenarios one after the other and gathers what they found."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cryptohub.tools.drill import targets
from cryptohub.tools.drill.fleet import FleetError
from cryptohub.tools.drill.harness import FULL, Lengths, Stage, opened
from cryptohub.tools.drill.harness import SHORT as SHORT_LENGTHS
from cryptohub.tools.drill.report import Playing, Show, as_json
from cryptohub.tools.drill.result import ScenarioResult
from cryptohub.tools.drill.scenarios import SCENARIOS, SHORT
from cryptohub.tools.drill.targets import Line, TargetResult
from providers.sandbox.client import SandboxError


@dataclass(frozen=True, slots=True)
class Options:
    """``names`` is empty for all; ``seconds`` is the soak's length where it is not the usual."""

    names: Sequence[str] = ()
    short: bool = False
    seed: int = 1
    seconds: float | None = None

    def scenarios(self) -> list[str]:
        return list(self.names) or list(SHORT if self.short else SCENARIOS)

    def lengths(self) -> Lengths:
        lengths = SHORT_LENGTHS if self.short else FULL
        return lengths if self.seconds is None else replace(lengths, soak=self.seconds)


@dataclass(slots=True)
class Drill:
    """What has been found, by scenario, and which could not be played, with the reason; ``stopped``: not the rest."""

    findings: dict[str, ScenarioResult] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    stopped: bool = False
    seconds: float = 0.0

    def lines(self) -> list[Line]:
        return targets.summary((name, finding.measures) for name, finding in self.findings.items())

    @property
    def met(self) -> bool:
        """Whether everything was played and no number that must be reached was missed."""
        return (
            not self.failed
            and not self.stopped
            and all(line.verdict is not TargetResult.MISSED for line in self.lines())
        )


def run(options: Options, show: Show) -> Drill:
    """Play what was asked for, until Ctrl-C. A scenario that cannot be played does not keep the others from it."""
    drill, began = Drill(), time.monotonic()
    names = options.scenarios()
    show.line(f"drill with seed {options.seed}: {len(names)} scenarios on {os.cpu_count()} cores")
    try:
        with opened(options.seed, options.lengths()) as stage, show.progress(len(names)) as playing:
            for name in names:
                _play(stage, name, drill, playing)
    except KeyboardInterrupt:
        drill.stopped = True
    drill.seconds = time.monotonic() - began
    return drill


def _play(stage: Stage, name: str, drill: Drill, playing: Playing) -> None:
    scenario, began = SCENARIOS[name], time.monotonic()
    playing.begins(name, scenario.about)
    try:
        finding = scenario.play(stage)
    except (FleetError, SandboxError) as error:
        drill.failed[name] = str(error)
        playing.fails(name, str(error))
        return
    drill.findings[name] = finding
    playing.ends(name, finding, time.monotonic() - began)


def report(drill: Drill, options: Options) -> str:
    """The whole drill as JSON."""
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    about: dict[str, Any] = {"seed": options.seed, "short": options.short, "stopped": drill.stopped}
    about |= {"seconds": round(drill.seconds, 1), "machine": machine}
    return as_json(drill.findings, drill.failed, drill.lines(), **about)
