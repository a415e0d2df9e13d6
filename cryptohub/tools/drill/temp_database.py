"""Temporary database for the drill, of the same kind as the hub's, and its environment."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.db import connection


@contextmanager
def scratch() -> Iterator[dict[str, str]]:
    """Create the environment of the worker processes; their cache is a table of the scratch database."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
        "DJANGO_SETTINGS_MODULE": "cryptohub.settings",
        "ALLOW_PRIVATE_UPSTREAMS": "true",
        "SECRET_KEY": secrets.token_urlsafe(40),
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    }
    make = _postgres if connection.vendor == "postgresql" else _sqlite
    with make() as url:
        yield environment | {"DATABASE_URL": url}


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="cryptohub-drill-", ignore_cleanup_errors=True) as folder:
        yield f"sqlite:///{folder}/drill.sqlite3"


@contextmanager
def _postgres() -> Iterator[str]:
    """Create a database on the hub's server, dropped afterwards."""
    name = f"cryptohub_drill_{secrets.token_hex(4)}"
    _run(f"CREATE DATABASE {name}")
    try:
        yield urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    finally:
        _run(f"DROP DATABASE {name} WITH (FORCE)")
        shutil.rmtree(settings.KEY_FOLDER / f"fleet-{name}", ignore_errors=True)


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
