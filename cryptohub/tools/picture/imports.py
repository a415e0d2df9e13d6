"""Import graph of a checkout, read from the syntax trees. Standard library only; nothing is imported."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

APPS = ("providers", "markets", "alerts", "cryptohub")

Graph = Mapping[str, frozenset[str]]
"""Modules or folders by dotted name, with what each imports."""


@dataclass(frozen=True, slots=True)
class Module:
    """A source file by its dotted name."""

    name: str
    file: Path
    tree: ast.Module

    @property
    def folder(self) -> str:
        """Dotted name of the folder that holds the file."""
        return self.name if self.file.name == "__init__.py" else self.name.rpartition(".")[0]


def read_modules(root: Path) -> dict[str, Module]:
    """Every module of the four apps by dotted name, migrations left out."""
    modules = {}
    for app in APPS:
        for file in sorted((root / app).rglob("*.py")):
            if "migrations" not in file.parts:
                parts = file.relative_to(root).with_suffix("").parts
                name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                modules[name] = Module(name, file, ast.parse(file.read_text(encoding="utf-8")))
    return modules


def import_graph(modules: Mapping[str, Module]) -> Graph:
    """Imports between modules at module level, those for type checking included, those inside functions left out."""
    return {name: frozenset(_imported(module, modules.keys())) - {name} for name, module in modules.items()}


def folder_imports(modules: Mapping[str, Module], graph: Graph) -> Counter[tuple[str, str]]:
    """Number of imports from one folder to another, by (importing, imported)."""
    return Counter(
        (modules[name].folder, modules[target].folder)
        for name, targets in graph.items()
        for target in targets
        if modules[name].folder != modules[target].folder
    )


def circles(graph: Graph) -> list[list[str]]:
    """Groups of nodes that reach each other, each sorted: strongly connected components of more than one node.

    Tarjan's algorithm, with an explicit stack (SIAM Journal on Computing 1(2), 1972).
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: list[str] = []
    found = []
    for start in graph:
        work = [] if start in index else [(start, iter(sorted(graph[start])))]
        if work:
            index[start] = low[start] = len(index)
            on_stack.append(start)
        while work:
            node, targets = work[-1]
            following = next(targets, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    at = on_stack.index(node)
                    if len(on_stack) - at > 1:
                        found.append(sorted(on_stack[at:]))
                    del on_stack[at:]
            elif following not in index:
                index[following] = low[following] = len(index)
                on_stack.append(following)
                work.append((following, iter(sorted(graph[following]))))
            elif following in on_stack:
                low[node] = min(low[node], index[following])
    return sorted(found)


def back_edges(counts: Counter[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Imports that run back up, by folder pair: where two folders import each other, the rarer direction."""
    pairs = {tuple(sorted(pair)) for pair in counts if pair[::-1] in counts}
    return {(a, b): min(counts[a, b], counts[b, a]) for a, b in sorted(pairs)}


def _imported(module: Module, known: Iterable[str]) -> set[str]:
    names = set(known)
    found = set()
    for node in _module_level(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in names else node.module)
    return found & names


def _module_level(tree: ast.AST) -> Iterable[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from _module_level(node)
