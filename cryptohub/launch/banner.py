"""What the launcher says once the hub answers: where to go, and how to become the operator."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from cryptohub.conf.env import without_password

ROOT = Path(__file__).resolve().parent.parent.parent


def lines(host: str, port: int, *, sandbox: bool, fresh: bool) -> list[str]:
    where = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 - compared with, not bound to
    said = [f"CryptoHub answers on {where}/  (Ctrl-C stops all of it)"]
    if sandbox:
        said.append("SANDBOX: every provider is a fake on this machine; prices are invented. Its database is its own.")
    if fresh:
        said.append("Nobody is the operator yet. To become it, in another terminal:")
        said.append(f"    {operator_command(sandbox)}")
        said.append(f"and then sign in on {where}/admin/")
    return said


def operator_command(sandbox: bool) -> str:
    """The exact command for the database this run uses; a password in its URL is never repeated."""
    python = Path(sys.executable)
    shown = python.relative_to(ROOT) if python.is_relative_to(ROOT) else python
    command = f"{shlex.quote(str(shown))} manage.py createsuperuser"
    url = "sqlite:///var/sandbox.sqlite3" if sandbox else os.environ.get("DATABASE_URL", "")
    return f"DATABASE_URL={shlex.quote(without_password(url))} {command}" if url else command
