"""Liveness and readiness routes: /healthz and /readyz."""

from __future__ import annotations

from collections.abc import Callable

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from cryptohub import heartbeat
from providers.state.runtime import runtime

Check = Callable[[], str | None]
"""Returns what is wrong, or None."""


def alive(request: HttpRequest) -> JsonResponse:
    """Answer 200: the process runs. Database and cache are not checked, as a restart would not repair them."""
    return _uncached(JsonResponse({"status": "ok"}))


def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 if every check passes, else 503; the body lists each part and what is wrong with it."""
    details = {name: check() for name, check in CHECKS.items()}
    parts = {name: {"ready": text is None, **({"detail": text} if text else {})} for name, text in details.items()}
    is_ready = not any(details.values())
    body = {"status": "ready" if is_ready else "not ready", "parts": parts}
    return _uncached(JsonResponse(body, status=200 if is_ready else 503))


def _uncached(response: JsonResponse) -> JsonResponse:
    response["Cache-Control"] = "no-store"
    return response


def database() -> str | None:
    """Check that the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "cannot be reached"
    return None


def migrations() -> str | None:
    """Check that all migrations are applied."""
    try:
        executor = MigrationExecutor(connection)
        unapplied = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "cannot be read"
    return f"{len(unapplied)} not applied" if unapplied else None


def cache_works() -> str | None:
    """Check that the cache returns a value that was stored."""
    try:
        cache.set("readyz", "1", 30)
        return None if cache.get("readyz") == "1" else "does not return what was stored"
    except Exception:  # noqa: BLE001 - each cache backend raises its own exceptions
        return "cannot be reached"


def snapshot() -> str | None:
    """Check that configuration and health are loaded in this process."""
    return None if runtime().is_loaded else "not loaded yet"


def worker() -> str | None:
    """Check that the background worker has started a task lately."""
    try:
        age = heartbeat.age()
    except Exception:  # noqa: BLE001 - the check of the cache reports it
        return "unknown: the cache cannot be reached"
    if age is None:
        return "no task has been started yet"
    return f"last task started {age:.0f} s ago" if age > heartbeat.LIMIT_S else None


CHECKS: dict[str, Check] = {
    "database": database,
    "migrations": migrations,
    "cache": cache_works,
    "snapshot": snapshot,
    "worker": worker,
}
