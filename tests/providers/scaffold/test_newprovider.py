"""``manage.py newprovider``: files that lint, tests that say what to fill in, and no change to an existing file."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from providers.scaffold.scaffold import KINDS, build_files, registry_entries

ROOT = Path(__file__).parents[3]
COPIED = ("cryptohub", "providers", "markets", "alerts", "tests", "pyproject.toml", "manage.py")
NAMES = {"exchange": "coral", "aggregator": "amber", "news": "slate_daily"}


def new_provider(root: Path, slug: str, **options: str) -> str:
    out = StringIO()
    call_command("newprovider", slug, root=root, stdout=out, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_is_written_and_every_registry_is_named(tmp_path: Path, kind: str) -> None:
    printed = new_provider(tmp_path, NAMES[kind], kind=kind)
    files = build_files(NAMES[kind], "Any", kind)
    assert {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.py")} == set(files)
    payloads = tmp_path / "tests/providers/adapters" / NAMES[kind] / "payloads"
    assert payloads.is_dir()
    assert list(payloads.iterdir()) == []
    assert all(path in printed for path in files)
    for entry in registry_entries(NAMES[kind], "Any", kind):
        assert entry.path in printed
        assert (ROOT / entry.path).exists() or entry.path.startswith("tests/")


@pytest.mark.parametrize("kind", KINDS)
def test_every_python_file_parses(kind: str) -> None:
    for path, text in build_files(NAMES[kind], "Any Name (EU)", kind).items():
        ast.parse(text, path)


@pytest.mark.parametrize(
    "slug", ["", "ab", "Binance", "1inch", "two words", "../x", "x-y", "class", "generic", "x_", "é"]
)
def test_a_bad_name_is_refused_and_nothing_is_written(tmp_path: Path, slug: str) -> None:
    with pytest.raises(CommandError, match=r"provider name|reserved"):
        new_provider(tmp_path, slug)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ['"', "a\nb", "$slug", "x" * 61])
def test_a_bad_display_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError, match="display name"):
        new_provider(tmp_path, "coral", name=name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("existing", ["providers/sandbox/fakes/coral.py", "tests/providers/adapters/coral/x.py"])
def test_an_existing_file_is_refused_and_nothing_is_written(tmp_path: Path, existing: str) -> None:
    file = tmp_path / existing
    file.parent.mkdir(parents=True)
    file.write_text("mine")
    with pytest.raises(CommandError, match="exists already; nothing was written"):
        new_provider(tmp_path, "coral")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]
    assert file.read_text() == "mine"


def test_no_shipped_file_has_a_place_left_to_fill_in() -> None:
    marker = "FILL" + " IN"
    folders = ("providers/adapters", "providers/sandbox", "tests/providers/adapters")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    assert [str(file.relative_to(ROOT)) for file in files if marker in file.read_text()] == []


@pytest.mark.slow
def test_the_files_lint_and_their_tests_say_what_to_fill_in(tmp_path: Path) -> None:
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    written = [path for kind, slug in NAMES.items() for path in build_files(slug, "Any", kind)]
    for kind, slug in NAMES.items():
        new_provider(tmp_path, slug, kind=kind)
    for command in (["check"], ["format", "--check"], ["check", "--select", "C90"]):
        lint = run(tmp_path, sys.executable, "-m", "ruff", *command, "--no-cache", *written)
        assert lint.returncode == 0, lint.stdout
    folders = [f"tests/providers/adapters/{slug}" for slug in NAMES.values()]
    unregistered = failures(tmp_path, folders)
    for slug in NAMES.values():
        assert f"FILL IN: add {slug} to ADAPTERS in providers/adapters/__init__.py" in unregistered
    register(tmp_path)
    assert set(re.findall(r"NotImplementedError: FILL IN (\w+)", failures(tmp_path, folders))) >= {
        "ticker_request",
        "request",
    }


def failures(root: Path, folders: list[str]) -> str:
    """What pytest prints about these folders, in which no test passes."""
    tests = run(root, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *folders)
    assert tests.returncode == 1, tests.stdout
    assert "passed" not in tests.stdout.splitlines()[-1]
    return tests.stdout


def register(root: Path) -> None:
    for registry, name, folder in (("adapters", "ADAPTER", None), ("sandbox/fakes", "FAKE", "providers.sandbox.fakes")):
        file = root / "providers" / registry / "__init__.py"
        added = [
            f"from {folder or f'providers.adapters.{KINDS[kind]}'} import {slug}\n{name}S['{slug}'] = {slug}.{name}"
            for kind, slug in NAMES.items()
        ]
        file.write_text("\n".join([file.read_text(), *added, ""]))


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
