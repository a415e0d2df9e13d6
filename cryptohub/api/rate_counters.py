"""The count that processes share: one atomic statement adds to what a client has taken in a window, and says the sum.

In the database, or in Redis where there is one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

import redis
from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import connection

from cryptohub.models import RateCounter

DATABASE = "database"
"""What ``settings.TALLIES`` may say beside the URL of a Redis."""
PATIENCE_S = 0.25
"""How long a request waits for the count before it is let through uncounted by the others."""
KEEP_S = 600
SWEEP_S = 600


class Unreachable(Exception):  # noqa: N818 - the field's own word
    """The shared count cannot be reached now."""


class Tallies(Protocol):
    def take(self, client: str, ends: int, tokens: int) -> int:
        """Add ``tokens`` to what ``client`` has taken in the window that ends then; the sum. Raises Unreachable."""
        ...


class DatabaseTallies:
    """One row a client, one statement a lease. SQLite takes its write lock for that statement alone."""

    _TAKE = """
        INSERT INTO cryptohub_ratecounter AS kept (client, ends, taken) VALUES (%s, %s, %s)
        ON CONFLICT (client) DO UPDATE SET
            taken = excluded.taken + CASE WHEN kept.ends < excluded.ends THEN 0 ELSE kept.taken END,
            ends = CASE WHEN kept.ends < excluded.ends THEN excluded.ends ELSE kept.ends END
        RETURNING taken
    """

    def __init__(self) -> None:
        self._swept_at = time.monotonic()

    def take(self, client: str, ends: int, tokens: int) -> int:
        try:
            with _impatient(), connection.cursor() as cursor:
                cursor.execute(self._TAKE, [client, ends, tokens])
                [(taken,)] = cursor.fetchall()
        except DatabaseTrouble as trouble:
            raise Unreachable from trouble
        self._sweep()
        return int(taken)

    def _sweep(self) -> None:
        """Now and then, rows of clients that have not been back."""
        if time.monotonic() - self._swept_at <= SWEEP_S:
            return
        self._swept_at = time.monotonic()
        with suppress(DatabaseTrouble), _impatient():
            RateCounter.objects.filter(ends__lt=int(time.time()) - KEEP_S).delete()


@contextmanager
def _impatient() -> Iterator[None]:
    """SQLite's writers queue up for 20 s; a request that is only counted does not wait that long."""
    if connection.vendor != "sqlite":
        yield
        return
    usual = connection.settings_dict["OPTIONS"].get("timeout", 5)
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {int(PATIENCE_S * 1000)}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {int(usual * 1000)}")


class RedisTallies:
    """A key per client and window, which lapses with it."""

    _TAKE = """
        local taken = redis.call('INCRBY', KEYS[1], ARGV[1])
        redis.call('EXPIREAT', KEYS[1], ARGV[2])
        return taken
    """

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S)
        self._take = self._client.register_script(self._TAKE)

    def take(self, client: str, ends: int, tokens: int) -> int:
        try:
            return int(self._take(keys=[f"cryptohub:tally:{client}:{ends}"], args=[tokens, ends + KEEP_S]))
        except redis.RedisError as trouble:
            raise Unreachable from trouble


def shared() -> Tallies:
    """The count the settings name."""
    where = str(settings.TALLIES)
    return DatabaseTallies() if where == DATABASE else RedisTallies(where)
