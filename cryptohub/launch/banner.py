"""Lines the launcher prints once the hub answers: its address, and how to create the operator's account."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from cryptohub.conf.env import without_password
from cryptohub.launch import ports

ROOT = Path(__file__).resolve().parent.parent.parent

EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to


def lines(host: str, port: int, *, sandbox: bool, fresh: bool) -> list[str]:
    """Return the lines; `fresh` means that there is no operator yet."""
    address = f"http://{ports.in_url(host)}:{port}"
    text = [f"CryptoHub answers on {address}/  (Ctrl-C stops all of it)"]
    if sandbox:
        text.append("SANDBOX: every provider is a fake on this machine; prices are invented. It has its own database.")
    if fresh:
        text.append("There is no operator yet. To create the account, in another terminal:")
        text.append(f"    {operator_command(sandbox)}")
        text.append(f"and then sign in on {address}/admin/")
    if host in EVERY_ADDRESS and not os.environ.get("ALLOWED_HOSTS", "").strip():
        text.append(
            "Other machines are refused until ALLOWED_HOSTS names this hub as their browsers do: hub.example.org"
        )
    return text


def operator_command(sandbox: bool) -> str:
    """Return the command for the database of this run; a password in its URL is masked."""
    python = Path(sys.executable)
    path = python.relative_to(ROOT) if python.is_relative_to(ROOT) else python
    command = f"{shlex.quote(str(path))} manage.py createsuperuser"
    url = "sqlite:///var/sandbox.sqlite3" if sandbox else os.environ.get("DATABASE_URL", "")
    return f"DATABASE_URL={shlex.quote(without_password(url))} {command}" if url else command
