"""Print the structure of this checkout beside that of an earlier one."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cryptohub.tools.picture.imports import back_edges, circles, folder_imports, import_graph, read_modules
from cryptohub.tools.picture.sizes import sizes_by_app

ROOT = Path(__file__).resolve().parents[3]


def main() -> None:
    """Print two tables: the import picture, and the lengths of functions and files per app."""
    parser = argparse.ArgumentParser(prog="picture", description="Structure of the source tree in figures.")
    parser.add_argument("before", nargs="?", type=Path, help="an earlier checkout to compare with")
    before = parser.parse_args().before
    checkouts = ([("before", before)] if before else []) + [("now", ROOT)]
    console = Console()
    console.print(_import_table(checkouts))
    console.print(_size_table(checkouts))


def import_figures(root: Path) -> dict[str, str]:
    """Figures of the import graph of a checkout, by label."""
    modules = read_modules(root)
    graph = import_graph(modules)
    counts = folder_imports(modules, graph)
    per_folder = Counter(module.folder for module in modules.values() if module.tree.body)
    module_circles = circles(graph)
    folder_graph = {folder: frozenset(b for a, b in counts if a == folder) for folder in _folders(counts)}
    upward = back_edges(counts)
    return {
        "modules": str(len(modules)),
        "folders": str(len(per_folder)),
        "modules in the largest folder": "{1} ({0})".format(*per_folder.most_common(1)[0]),
        "imports between modules": str(sum(map(len, graph.values()))),
        "imports between folders": f"{len(counts)} pairs, {counts.total()} imports",
        "module circles": _shown(module_circles),
        "folder circles": _shown(circles(folder_graph)),
        "imports running back up": f"{sum(upward.values())} in {len(upward)} folder pairs",
    }


def _folders(counts: Counter[tuple[str, str]]) -> set[str]:
    return {folder for pair in counts for folder in pair}


def _shown(groups: list[list[str]]) -> str:
    return f"{len(groups)}" + (f" ({', '.join(str(len(group)) for group in groups)} members)" if groups else "")


def _import_table(checkouts: list[tuple[str, Path]]) -> Table:
    table = Table("figure", *(label for label, _ in checkouts), title="Imports at module level")
    figures = [import_figures(root) for _, root in checkouts]
    for label in figures[0]:
        table.add_row(label, *(found[label] for found in figures))
    return table


def _size_table(checkouts: list[tuple[str, Path]]) -> Table:
    table = Table("app", "", "functions", "median / p90 / longest", "files", "median / p90 / longest", title="Lines")
    sizes = [(label, sizes_by_app(read_modules(root).values())) for label, root in checkouts]
    for app in sizes[0][1]:
        for label, found in sizes:
            cells = [(str(s.count), f"{s.median:g} / {s.p90} / {s.longest}") for s in found[app]]
            table.add_row(app, label, *cells[0], *cells[1])
    return table


if __name__ == "__main__":
    main()
