"""The page about threats names guards and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [line.split("|")[1:-1] for line in PAGE.splitlines() if re.match(r"\| (?!Threat|Who)", line)]


def named(text: str, folder: str) -> list[Path]:
    """The files and folders between backticks, seen from a folder."""
    return [ROOT / folder / name for name in re.findall(r"`([\w./]+(?:\.py|/))`", text)]


def test_every_guard_and_every_test_that_is_named_exists() -> None:
    paths = [path for row in ROWS for path in (*named(row[1], ""), *named(row[2], "tests"))]
    assert len(paths) > 40
    assert [str(path) for path in paths if not path.exists()] == []


def test_every_threat_has_a_test() -> None:
    threats = [row for row in ROWS if named(row[2], "tests")]
    assert len(threats) >= 24
