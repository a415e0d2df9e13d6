"""Liveness and readiness: whether the process answers, and whether everything it needs does."""

from __future__ import annotations

from collections.abc import Callable

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from cryptohub import heartbeat
from providers.state.runtime import runtime

Check = Callable[[], str | None]
"""Says what is missing, or None."""


def alive(request: HttpRequest) -> JsonResponse:
    """The process runs and answers. No database, no cache: a restart would not mend those."""
    return _uncached(JsonResponse({"status": "ok"}))


def ready(request: HttpRequest) -> JsonResponse:
    """200 when every part is there, else 503; either way the body says which part is not, and why."""
    missing = {name: check() for name, check in CHECKS.items()}
    parts = {name: {"ready": said is None, **({"detail": said} if said else {})} for name, said in missing.items()}
    whole = not any(missing.values())
    body = {"status": "ready" if whole else "not ready", "parts": parts}
    return _uncached(JsonResponse(body, status=200 if whole else 503))


def _uncached(response: JsonResponse) -> JsonResponse:
    response["Cache-Control"] = "no-store"
    return response


def database() -> str | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "cannot be reached"
    return None


def migrations() -> str | None:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "cannot be read"
    return f"{len(waiting)} not applied" if waiting else None


def cache_works() -> str | None:
    """A value that was put is there."""
    try:
        cache.set("readyz", "1", 30)
        return None if cache.get("readyz") == "1" else "does not keep what it is given"
    except Exception:  # noqa: BLE001 - each cache backend raises its own kinds; all mean the same here
        return "cannot be reached"


def snapshot() -> str | None:
    """The engine's picture of configuration and health has been loaded in this process."""
    return None if runtime().is_loaded else "not loaded yet"


def worker() -> str | None:
    """The background worker has run a task lately."""
    try:
        age = heartbeat.age()
    except Exception:  # noqa: BLE001 - the cache is named on its own line already
        return "unknown: the cache cannot be reached"
    if age is None:
        return "has not been heard of"
    return f"last heard of {age:.0f} s ago" if age > heartbeat.LIMIT_S else None


CHECKS: dict[str, Check] = {
    "database": database,
    "migrations": migrations,
    "cache": cache_works,
    "snapshot": snapshot,
    "worker": worker,
}
