"""Counts SQL statements by the thread that runs them, to tell users' paths from what goes on behind them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

BEHIND = frozenset({"snapshot", "writer", "prober"})
"""Threads whose statements nobody waits for."""


class SqlCount:
    """Counts from its making on, in every connection that is opened after it."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        connection_created.connect(self._attach)
        connections.close_all()  # ours is opened again, and counted

    def _attach(self, connection: BaseDatabaseWrapper, **_: Any) -> None:
        connection.execute_wrappers.append(self._count)  # for good: execute_wrapper() would take it off again

    def _count(self, execute: Callable[..., Any], *statement: Any) -> Any:
        self._counts[threading.current_thread().name] += 1
        return execute(*statement)

    def on_users_paths(self) -> int:
        """Statements so far of threads that users wait for."""
        return sum(count for thread, count in self._counts.items() if thread not in BEHIND)
