"""The import picture: graph, circles and imports that run back up, on a small tree."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from cryptohub.tools.picture.imports import back_edges, circles, folder_imports, import_graph, read_modules

FILES = {
    "providers/__init__.py": "",
    "providers/low.py": (
        '"""Low."""\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from providers.sub import high\n'
    ),
    "providers/sub/__init__.py": "",
    "providers/sub/high.py": '"""High."""\nimport providers.low\nfrom providers.sub.side import X\n',
    "providers/sub/side.py": '"""Side."""\nX = 1\ndef late() -> None:\n    from providers import low\n',
}


def tree(folder: Path) -> Path:
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_imports_for_type_checking_count_and_those_inside_functions_do_not(tmp_path: Path) -> None:
    graph = import_graph(read_modules(tree(tmp_path)))
    assert graph["providers.low"] == {"providers.sub.high"}
    assert graph["providers.sub.high"] == {"providers.low", "providers.sub.side"}
    assert graph["providers.sub.side"] == frozenset()


def test_modules_that_reach_each_other_are_one_circle(tmp_path: Path) -> None:
    assert circles(import_graph(read_modules(tree(tmp_path)))) == [["providers.low", "providers.sub.high"]]
    graph = {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("a"), "d": frozenset("a"), "e": frozenset()}
    assert circles(graph) == [["a", "b", "c"]]


def test_the_rarer_direction_between_two_folders_runs_back_up(tmp_path: Path) -> None:
    modules = read_modules(tree(tmp_path))
    assert back_edges(folder_imports(modules, import_graph(modules))) == {("providers", "providers.sub"): 1}
    assert back_edges(Counter({("a", "b"): 5, ("b", "a"): 2, ("a", "c"): 1})) == {("a", "b"): 2}
