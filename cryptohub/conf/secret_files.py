"""Secrets generated on first use and stored in files beside the database, unless the environment sets them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet


def secret_key(folder: Path) -> str:
    """Return Django's signing key."""
    return read_or_create(folder / "secret_key", lambda: secrets.token_urlsafe(64))


def field_key(folder: Path) -> str:
    """Return the key that encrypts providers' API keys."""
    return read_or_create(folder / "field_key", lambda: Fernet.generate_key().decode())


def read_or_create(file: Path, make: Callable[[], str]) -> str:
    """Return the file's content; create it with `make` on first use. Exits if it cannot be read or written.

    Each of several processes that start at once writes its own draft and links it to the final name, which fails if
    the name exists. So exactly one wins, and all read the same complete key.
    """
    try:
        if not file.exists():
            _publish(file, make())
        value = file.read_text().strip()
    except OSError as error:
        raise SystemExit(f"CryptoHub cannot start: {file} cannot be used ({error.strerror})") from error
    if not value:
        raise SystemExit(f"CryptoHub cannot start: {file} is empty; delete it to generate a new key")
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
        pass  # another process was first; its key is used
    finally:
        draft.unlink()
