"""Secrets made once and kept in a file beside the database, for whoever has not set their own."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet


def secret_key(folder: Path) -> str:
    """Django's signing key."""
    return read_or_create(folder / "secret_key", lambda: secrets.token_urlsafe(64))


def field_key(folder: Path) -> str:
    """The key that API keys are encrypted with."""
    return read_or_create(folder / "field_key", lambda: Fernet.generate_key().decode())


def read_or_create(file: Path, make: Callable[[], str]) -> str:
    """The file's content, made on first use.

    Of several processes that start at once exactly one wins: each writes a file of its own and links it to the
    final name, which fails when the name is taken. So a reader sees a whole key or none, and all see the same.
    """
    try:
        if not file.exists():
            _publish(file, make())
        value = file.read_text().strip()
    except OSError as error:
        raise SystemExit(f"CryptoHub cannot start: {file} cannot be kept ({error.strerror})") from error
    if not value:
        raise SystemExit(f"CryptoHub cannot start: {file} is empty; delete it to have a new key made")
    return value


def _publish(file: Path, value: str) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(value + "\n")
        os.link(draft, file)
    except FileExistsError:
        pass  # another process was first: its key is the one
    finally:
        draft.unlink()
