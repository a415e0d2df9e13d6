"""Brings the database and the static files up to date, before anything serves."""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import sys
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

FRESH = 10
"""Exit code: all is well, and nobody is the operator yet."""


def main(arguments: list[str]) -> int:
    """1. Migrations. 2. The cache's table. 3. Static files. 4. The catalogue: only what is missing. 5. Schedules."""
    parser = argparse.ArgumentParser(prog="cryptohub.launch.prepare")
    parser.add_argument("--sandbox", metavar="URL")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cryptohub.settings")
    django.setup()
    database()
    static_files()
    catalogue(options.sandbox)
    schedules()
    return 0 if operator_exists() else FRESH


def database() -> None:
    from django.db import DatabaseError

    try:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
    except DatabaseError as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise SystemExit(f"CryptoHub cannot start: the database cannot be prepared: {first}") from None


def static_files() -> None:
    """Collect and hash them when one has changed; telling takes milliseconds, collecting takes seconds.

    One launcher at a time: another that starts in the same folder waits, and then finds the work done.
    """
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    stamp, digest = root / ".digest", _static_digest()
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == digest:
            return
        _print("collecting static files")
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(digest)


def _static_digest() -> str:
    """Changes when a static file is added, removed or touched."""
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def catalogue(sandbox: str | None) -> None:
    """Add the shipped providers, chains and assets that are missing, never over an operator's edit."""
    said = StringIO()
    call_command("catalogue", "seed", *(["--sandbox", sandbox] if sandbox else []), stdout=said)
    if changes := said.getvalue().splitlines():
        _print(f"catalogue: {len(changes)} changes, the last: {changes[-1]}")


def schedules() -> None:
    """Have the queue start its loops: probes and price alerts."""
    from alerts import tasks as alerting
    from markets import tasks as probing

    probing.ensure_schedules()
    alerting.ensure_schedules()


def operator_exists() -> bool:
    from django.contrib.auth import get_user_model

    return get_user_model().objects.filter(is_superuser=True, is_active=True).exists()


def _print(text: str) -> None:
    sys.stdout.write(f"setup   | {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
