"""Counters of requests that all processes share, in the database or in Redis.

`settings.RATE_COUNTERS` names the class (BACKEND) and where it connects to (LOCATION).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

import redis
from django.conf import settings
from django.db import Error as DatabaseFailure
from django.db import connection
from django.utils.module_loading import import_string

from cryptohub.models import RateCounter

TIMEOUT_S = 0.25
"""Longest wait of a request for the shared counters before the process counts locally."""
KEEP_S = 600
SWEEP_S = 600


class Unreachable(Exception):  # noqa: N818 - the field's own word
    """The shared counters cannot be reached now."""


class RateCounters(Protocol):
    """Count the tokens leased to each client, per window."""

    def take(self, client: str, ends: int, tokens: int) -> int:
        """Add `tokens` to the count of `client` in the window that ends at `ends`; return the sum.

        `ends` is in unix seconds. Raises Unreachable.
        """
        ...


class DatabaseRateCounters:
    """Counters in the database: a row per client and a statement per lease.

    SQLite holds its write lock for that statement only.
    """

    _TAKE = """
        INSERT INTO cryptohub_ratecounter AS stored (client, ends, taken) VALUES (%s, %s, %s)
        ON CONFLICT (client) DO UPDATE SET
            taken = excluded.taken + CASE WHEN stored.ends < excluded.ends THEN 0 ELSE stored.taken END,
            ends = CASE WHEN stored.ends < excluded.ends THEN excluded.ends ELSE stored.ends END
        RETURNING taken
    """

    def __init__(self, location: str = "") -> None:
        self._swept_at = time.monotonic()

    def take(self, client: str, ends: int, tokens: int) -> int:
        """Add `tokens` and return the sum; a row of an older window starts again at zero."""
        try:
            with _short_lock_timeout(), connection.cursor() as cursor:
                cursor.execute(self._TAKE, [client, ends, tokens])
                [(taken,)] = cursor.fetchall()
        except DatabaseFailure as error:
            raise Unreachable from error
        self._sweep()
        return int(taken)

    def _sweep(self) -> None:
        """Delete rows of windows long past, at most once in SWEEP_S."""
        if time.monotonic() - self._swept_at <= SWEEP_S:
            return
        self._swept_at = time.monotonic()
        with suppress(DatabaseFailure), _short_lock_timeout():
            RateCounter.objects.filter(ends__lt=int(time.time()) - KEEP_S).delete()


@contextmanager
def _short_lock_timeout() -> Iterator[None]:
    """Wait at most TIMEOUT_S for SQLite's write lock instead of the usual 20 s."""
    if connection.vendor != "sqlite":
        yield
        return
    usual_s = connection.settings_dict["OPTIONS"].get("timeout", 5)
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {int(TIMEOUT_S * 1000)}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {int(usual_s * 1000)}")


class RedisRateCounters:
    """Counters in Redis: a key per client and window, which expires after the window.

    `location` is the URL of the Redis server.
    """

    _TAKE = """
        local taken = redis.call('INCRBY', KEYS[1], ARGV[1])
        redis.call('EXPIREAT', KEYS[1], ARGV[2])
        return taken
    """

    def __init__(self, location: str) -> None:
        self._client = redis.Redis.from_url(location, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)
        self._take = self._client.register_script(self._TAKE)

    def take(self, client: str, ends: int, tokens: int) -> int:
        """Add `tokens` and return the sum."""
        try:
            return int(self._take(keys=[f"cryptohub:tally:{client}:{ends}"], args=[tokens, ends + KEEP_S]))
        except redis.RedisError as error:
            raise Unreachable from error


def rate_counters() -> RateCounters:
    """Return new counters of the class that the settings name."""
    backend = settings.RATE_COUNTERS
    counters: RateCounters = import_string(backend["BACKEND"])(backend["LOCATION"])
    return counters
