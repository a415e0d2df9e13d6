"""Count SQL statements by thread, to separate user paths from background work."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

BACKGROUND = frozenset({"snapshot", "writer", "prober"})
"""Background threads."""


class SqlCount:
    """Counter of statements in every connection opened after its creation."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        connection_created.connect(self._attach)
        connections.close_all()  # reopened connections are counted

    def _attach(self, connection: BaseDatabaseWrapper, **_: Any) -> None:
        connection.execute_wrappers.append(self._count)  # for good: execute_wrapper() would take it off again

    def _count(self, execute: Callable[..., Any], *statement: Any) -> Any:
        self._counts[threading.current_thread().name] += 1
        return execute(*statement)

    def on_users_paths(self) -> int:
        """Number of statements so far by threads that users wait for."""
        return sum(count for thread, count in self._counts.items() if thread not in BACKGROUND)
