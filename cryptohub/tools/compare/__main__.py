"""Run bench and short drill of two checkouts in alternation: ``python -m cryptohub.tools.compare BEFORE``."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from cryptohub.tools.compare.figures import Comparison, bench_figures, compare, drill_figures

ROOT = Path(__file__).resolve().parents[3]
ROUNDS = 7
TIMEOUT_S = 600.0
COMMANDS = (
    (bench_figures, ("bench", "--json", "--seconds", "0.5", "--rounds", "2")),
    (drill_figures, ("drill", "--short", "--json")),
)


def main() -> None:
    """Measure both checkouts, first one and then the other first, and print medians; exit with 1 if any is worse."""
    parser = argparse.ArgumentParser(prog="compare", description="Compare bench and drill of two checkouts.")
    parser.add_argument("before", type=Path, help="the earlier checkout, with a .venv of its own")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="medians are over so many (default: %(default)s)")
    options = parser.parse_args()
    measured: dict[Path, list[dict[str, float]]] = {options.before.resolve(): [], ROOT: []}
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("measuring", total=2 * options.rounds)
        for number in range(options.rounds):
            for root in sorted(measured, reverse=number % 2 == 1):
                measured[root].append(measure(root))
                bar.advance(task)
    before, now = measured.values()
    comparisons = compare(before, now)
    Console(width=120).print(_table(comparisons, options.rounds))
    sys.exit(any(comparison.is_worse for comparison in comparisons))


def measure(root: Path) -> dict[str, float]:
    """Run both commands once in a checkout and return their figures."""
    figures: dict[str, float] = {}
    for read, arguments in COMMANDS:
        figures |= read(_run(root, arguments))
    return figures


def _run(root: Path, arguments: tuple[str, ...]) -> Mapping[str, Any]:
    """Run a management command; status 1 only means that a target was missed. Raises ValueError without a report."""
    command = [str(root / ".venv" / "bin" / "python"), "manage.py", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    report: Mapping[str, Any] = json.loads(done.stdout)
    return report


def _table(comparisons: list[Comparison], rounds: int) -> Table:
    heads = ("figure", "before", "lowest", "highest", "now", "better", "")
    table = Table(*heads, title=f"Medians of {rounds} rounds in alternation")
    for row in comparisons:
        numbers = [f"{value:.4g}" for value in (row.before, row.lowest, row.highest, row.now)]
        table.add_row(row.name, *numbers, "more" if row.more_is_better else "less", "worse" if row.is_worse else "")
    return table


if __name__ == "__main__":
    main()
