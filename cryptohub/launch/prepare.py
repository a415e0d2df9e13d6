"""Prepare the database and the static files before the processes start: `python -m cryptohub.launch.prepare`."""

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
"""Exit code: prepared, and there is no operator yet."""


def main(arguments: list[str]) -> int:
    """Migrate, create the cache table, collect static files, seed the catalogue and schedule the loops."""
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
    """Apply migrations and create the cache table; exit with one line if the database fails."""
    from django.db import DatabaseError

    try:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
    except DatabaseError as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise SystemExit(f"CryptoHub cannot start: the database cannot be prepared: {first}") from None


def static_files() -> None:
    """Collect the static files if one has changed (checking takes milliseconds, collecting seconds).

    A lock file lets one launcher at a time do this; a second one waits and finds the work done.
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
    """Return a digest of names, sizes and times of all static files."""
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def catalogue(sandbox: str | None) -> None:
    """Add missing providers, chains and assets of the shipped catalogue; operators' edits stay."""
    output = StringIO()
    call_command("catalogue", "seed", *(["--sandbox", sandbox] if sandbox else []), stdout=output)
    if changes := output.getvalue().splitlines():
        _print(f"catalogue: {len(changes)} changes, the last: {changes[-1]}")


def schedules() -> None:
    """Schedule the background loops (probes and price alerts) and the daily pruning."""
    from alerts import tasks as alert_tasks
    from cryptohub.ops import pruning
    from markets import tasks as market_tasks

    market_tasks.ensure_schedules()
    alert_tasks.ensure_schedules()
    pruning.ensure_schedule()


def operator_exists() -> bool:
    """Return whether an active superuser exists."""
    from django.contrib.auth import get_user_model

    return get_user_model().objects.filter(is_superuser=True, is_active=True).exists()


def _print(text: str) -> None:
    sys.stdout.write(f"setup   | {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
