"""Faulty items by scope: one may be a dead market or a broken row, several are evidence against their source. Pure."""

from __future__ import annotations

from collections.abc import Iterable

FAULTS_S = 300.0
"""Seconds for which a faulty item is remembered."""


class ItemFaults:
    """The items whose answers were faulty at each scope. Not thread-safe: the owner holds a lock."""

    def __init__(self) -> None:
        self._since: dict[str, dict[str, float]] = {}

    def note(self, scope: str, items: Iterable[str], now: float) -> int:
        """Note faulty items (by key) of a scope; return the number of different ones within FAULTS_S."""
        known = {item: since for item, since in self._since.get(scope, {}).items() if abs(now - since) < FAULTS_S}
        self._since[scope] = known | dict.fromkeys(items, now)
        return len(self._since[scope])

    def forget(self, scopes: Iterable[str]) -> None:
        """Forget the items of scopes that have given another item rightly."""
        for scope in scopes:
            self._since.pop(scope, None)
