"""Output of a drill: progress while it runs, a table at the end, or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, TextIO

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from cryptohub.tools.drill.result import COLUMNS, ScenarioResult
from cryptohub.tools.drill.targets import Line, TargetResult, shortfall

HEADS = {
    "requests": "asked", "answered": "answered %", "fresh": "fresh %", "wrong": "wrong %", "p50": "p50 ms",
    "p99": "p99 ms", "max": "max ms", "p50_ratio": "p50 x", "p99_ratio": "p99 x", "detected_s": "noticed s",
    "by_another_s": "by other s", "recovered_s": "back s", "wasted": "wasted", "calls_per_request": "calls/req",
    "early": "early", "held_up": "held up", "paced_calls": "paced c/r", "paced_wasted": "paced wasted",
}  # fmt: skip
STYLES = {
    TargetResult.AIM: "green",
    TargetResult.MUST: "yellow",
    TargetResult.MISSED: "bold red",
    TargetResult.UNMEASURED: "dim",
}
WIDE = 200
NARROW = 160


class Output:
    """Writer of progress and tables to ``out``; silent if JSON is requested."""

    def __init__(self, out: TextIO, *, quiet: bool) -> None:
        terminal = out.isatty()
        self._console = Console(file=out, quiet=quiet, width=None if terminal else WIDE, highlight=False)
        self._live = terminal and not quiet

    def line(self, text: str) -> None:
        """Write a line."""
        self._console.print(text, markup=False)

    def table(self, table: Table) -> None:
        """Write a table."""
        self._console.print(table)

    @contextmanager
    def progress(self, count: int) -> Iterator[ScenarioProgress]:
        """Show a progress bar on a terminal, one line per scenario elsewhere."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console, disable=not self._live) as bar:
            yield ScenarioProgress(self, bar, count)

    def summary(self, findings: Mapping[str, ScenarioResult], lines: Sequence[Line]) -> None:
        """Write the table of scenarios, their notes and the targets."""
        narrow = self._console.width < NARROW
        self._console.print(_scenarios(findings, SHOWN if narrow else COLUMNS))
        for name, finding in findings.items():
            for note in finding.notes:
                self.line(f"{name}: {note}")
        self._console.print(numbers(lines))


class ScenarioProgress:
    """Progress of the drill."""

    def __init__(self, show: Output, bar: Progress, count: int) -> None:
        self._show = show
        self._bar = bar
        self._count = count
        self._done = 0
        self._task: TaskID = bar.add_task("starting", total=count)

    def start(self, name: str, about: str) -> None:
        """Announce a scenario."""
        self._done += 1
        self._bar.update(self._task, description=f"{self._done}/{self._count} {name}: {about}")

    def finish(self, name: str, finding: ScenarioResult, seconds: float) -> None:
        """Report a finished scenario with its figures."""
        row = finding.row
        figures = [
            f"{HEADS[column]} {number(value)}" for column in SHOWN if (value := getattr(row, column)) is not None
        ]
        self.finish_with(name, ", ".join(figures), seconds)

    def finish_with(self, name: str, text: str, seconds: float) -> None:
        """Report a finished scenario with a text."""
        self._bar.update(self._task, advance=1)
        self._show.line(f"{self._done}/{self._count} {name} ({seconds:.0f} s): {text}")

    def fail(self, name: str, reason: str) -> None:
        """Report a scenario that could not run."""
        self._bar.update(self._task, advance=1)
        self._show.line(f"{self._done}/{self._count} {name} could not run: {reason}")


SHOWN = ("answered", "fresh", "wrong", "p50", "p99", "detected_s", "recovered_s", "wasted", "early")


def number(value: float | int | None) -> str:
    """Format a number with four significant digits; a dash for None."""
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.4g}"


def _scenarios(findings: Mapping[str, ScenarioResult], columns: Sequence[str]) -> Table:
    table = Table("scenario", title="Scenarios", box=SIMPLE, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(HEADS[column], justify="right")
    for name, finding in findings.items():
        table.add_row(name, *(number(getattr(finding.row, column)) for column in columns))
    return table


def numbers(lines: Sequence[Line]) -> Table:
    """Table of the measures against the targets."""
    heads = ("number", "measured", "must", "aim", "", "off by", "worst in")
    table = Table(*heads, title="Numbers to reach", box=SIMPLE, padding=(0, 1, 0, 0))
    for line in lines:
        sign = "≥" if line.target.at_least else "≤"
        table.add_row(
            line.target.says,
            f"{number(line.value)} {line.target.unit}",
            "" if line.target.must is None else f"{sign} {number(line.target.must)}",
            "" if line.aim is None else f"{sign} {number(line.aim)}",
            f"[{STYLES[line.result]}]{line.result.value}",
            shortfall(line),
            line.scenario,
        )
    return table


def as_json(
    findings: Mapping[str, ScenarioResult], failed: Mapping[str, str], lines: Sequence[Line], **about: Any
) -> str:
    """Format all results as JSON."""
    scenarios = {
        name: {
            "figures": asdict(finding.row),
            "measures": {measure.key: measure.value for measure in finding.measures},
            "notes": list(finding.notes),
        }
        for name, finding in findings.items()
    }
    numbers = {
        line.key: {
            "says": line.target.says,
            "unit": line.target.unit,
            "value": line.value,
            "must": line.target.must,
            "aim": line.aim,
            "verdict": line.result.value,
            "scenario": line.scenario,
        }
        for line in lines
    }
    return json.dumps({**about, "scenarios": scenarios, "failed": dict(failed), "numbers": numbers}, indent=1)
