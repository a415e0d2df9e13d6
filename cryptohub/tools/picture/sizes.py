"""Lengths of functions and files of a checkout."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from cryptohub.tools.picture.imports import APPS, Module


@dataclass(frozen=True, slots=True)
class Lengths:
    """Median, 90th percentile and maximum of a list of lengths, in lines."""

    count: int
    median: float
    p90: int
    longest: int

    @classmethod
    def of(cls, lengths: Iterable[int]) -> Lengths:
        """Summarise ``lengths``; an empty list has zeros."""
        ordered = sorted(lengths)
        if not ordered:
            return cls(0, 0, 0, 0)
        return cls(len(ordered), median(ordered), ordered[int(0.9 * (len(ordered) - 1))], ordered[-1])


def function_lengths(module: Module) -> list[int]:
    """Length of every function in lines, docstring left out, in order of appearance."""
    return [
        (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring_lines(node)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def file_length(module: Module) -> int:
    """Number of lines of the file."""
    return len(module.file.read_text(encoding="utf-8").splitlines())


def sizes_by_app(modules: Iterable[Module]) -> dict[str, tuple[Lengths, Lengths]]:
    """Lengths of functions and of non-empty files, by app and in all."""
    functions: dict[str, list[int]] = {app: [] for app in (*APPS, "all")}
    files: dict[str, list[int]] = {app: [] for app in (*APPS, "all")}
    for module in modules:
        for app in (module.name.partition(".")[0], "all"):
            functions[app] += function_lengths(module)
            files[app] += [file_length(module)] if module.tree.body else []
    return {app: (Lengths.of(functions[app]), Lengths.of(files[app])) for app in functions}


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    text = ast.get_docstring(node, clean=False)
    return text.count("\n") + 1 if text else 0
