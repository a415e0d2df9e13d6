"""Output of a bench: a table of cases, a table of targets, or JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.box import SIMPLE
from rich.table import Table

from cryptohub.tools.bench.cases import CASES
from cryptohub.tools.bench.runner import Bench, Options, machine
from cryptohub.tools.drill.report import Output, numbers

HEADS = ("case", "bytes", "requests/s", "p50 ms", "p99 ms", "bare/s", "bare p50", "bare p99", "ratio", "us", "SQL")


def summary(show: Output, bench: Bench) -> None:
    """Write the tables."""
    table = Table(title="Warm answers, beside a bare application on the same server", box=SIMPLE, padding=(0, 1, 0, 0))
    for i, head in enumerate(HEADS):
        table.add_column(head, justify="right" if i else "left")
    for name, found in bench.results.items():
        sides = [f"{number:,.{digits}f}" for side in (found.hub, found.bare) for number, digits in _figures(side)]
        last = (f"{found.ratio:.3f}", f"{found.hub_us:.0f}", str(found.statements))
        table.add_row(CASES[name].about, f"{found.bytes:,}", *sides, *last)
    show.table(table)
    if bound := [name for name, found in bench.results.items() if found.is_bound_by_client]:
        show.line(f"the client limited the bare application in: {', '.join(bound)}; those ratios are too high")
    if bench.hanging is not None:
        show.line(f"warm prices while every upstream hangs: {bench.hanging.describe()}")
    show.table(numbers(bench.lines()))


def _figures(side: object) -> list[tuple[float, int]]:
    return [(getattr(side, name), digits) for name, digits in (("per_s", 0), ("p50", 2), ("p99", 2))]


def as_json(bench: Bench, options: Options) -> str:
    """Format all results as JSON."""
    numbers_reached = {
        line.key: {"value": line.value, "aim": line.aim, "verdict": line.result.value, "case": line.scenario}
        for line in bench.lines()
    }
    whole = {
        "options": asdict(options),
        "machine": machine(),
        "stopped": bench.stopped,
        "cases": {name: asdict(found) for name, found in bench.results.items()},
        "hanging": asdict(bench.hanging) if bench.hanging else None,
        "numbers": numbers_reached,
    }
    return json.dumps(whole, indent=1)
