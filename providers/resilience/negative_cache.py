"""Negative cache: names that a provider does not know, so that they are not requested again for a while. Thread-safe.

Many APIs reject a whole batch for one unknown name without naming it. Every name of the batch that the provider has not
answered before then becomes doubtful, and later calls carry only half as many doubtful names as the rejected one: a few
calls find the unknown name by bisection, and still answer the other items.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from providers.domain.adapter import Lookup

REMEMBER_S = 6 * 3600.0
"""Seconds for which an unknown name is remembered; new listings may be noticed that late."""
FAULTY_S = 30.0
"""Seconds for which an item whose answer was faulty is not asked for there again."""
SLIP_S = 60.0
"""The same for a name that was answered before, as the rejection may be an upstream's error."""

Entry = tuple[str, str, str]
"""Provider slug, its name for the asset, key of the item."""


class NegativeCache:
    """Unknown and doubtful names by provider, and the most doubtful names that one call may carry."""

    def __init__(self) -> None:
        self._unknown: dict[Entry, float] = {}
        self._doubtful: dict[Entry, float] = {}
        self._answered: set[Entry] = set()
        self._faulty: dict[Entry, float] = {}
        self._max_doubtful: dict[str, int] = {}
        self._lock = threading.Lock()

    @staticmethod
    def _entry(provider: str, lookup: Lookup[Any]) -> Entry:
        return provider, lookup.name, lookup.item.key

    def is_unknown(self, provider: str, lookup: Lookup[Any], now: float) -> bool:
        """Return True if the provider does not know this name."""
        return self._unknown.get(self._entry(provider, lookup), 0.0) > now

    def is_faulty(self, provider: str, lookup: Lookup[Any], now: float) -> bool:
        """Return True if the provider's answer about this item was faulty a moment ago; the item is known there."""
        return self._faulty.get(self._entry(provider, lookup), 0.0) > now

    def faulty(self, provider: str, lookup: Lookup[Any], now: float) -> None:
        """Record that the provider's answer about this item was faulty."""
        with self._lock:
            self._faulty[self._entry(provider, lookup)] = now + FAULTY_S

    def is_doubtful(self, provider: str, lookup: Lookup[Any], now: float) -> bool:
        """Return True if the name was part of a rejected batch and not answered since."""
        return self._doubtful.get(self._entry(provider, lookup), 0.0) > now

    def select(self, provider: str, lookups: Sequence[Lookup[Any]], now: float) -> list[Lookup[Any]]:
        """Return the lookups that one call should carry: only as many doubtful names as are allowed."""
        doubtful = [lookup for lookup in lookups if self.is_doubtful(provider, lookup, now)]
        deferred = {lookup.item for lookup in doubtful[self._max_doubtful.get(provider, 1) :]}
        return [lookup for lookup in lookups if lookup.item not in deferred]

    def refused(self, provider: str, lookups: Sequence[Lookup[Any]], now: float) -> None:
        """Record that the provider rejected these lookups as unknown, without naming which."""
        with self._lock:
            entries = [self._entry(provider, lookup) for lookup in lookups]
            fresh = [entry for entry in entries if entry not in self._answered] or entries
            if len(fresh) == 1:
                self._unknown[fresh[0]] = now + self._memory(fresh[0])
                self._doubtful.pop(fresh[0], None)
                return
            self._max_doubtful[provider] = max(1, len(fresh) // 2)
            for entry in fresh:  # if all were answered before, one was delisted, and all are doubtful
                self._doubtful[entry] = now + REMEMBER_S
                self._answered.discard(entry)

    def absent(self, provider: str, lookup: Lookup[Any], now: float) -> None:
        """Record that a valid answer left this lookup out: the name is unknown."""
        with self._lock:
            entry = self._entry(provider, lookup)
            self._unknown[entry] = now + self._memory(entry)

    def forget(self, provider: str) -> None:
        """Forget everything about a provider, as after an edit of its definitions."""
        with self._lock:
            for known in (self._unknown, self._doubtful, self._faulty):
                for entry in [entry for entry in known if entry[0] == provider]:
                    del known[entry]
            self._answered = {entry for entry in self._answered if entry[0] != provider}
            self._max_doubtful.pop(provider, None)

    def _memory(self, entry: Entry) -> float:
        return SLIP_S if entry in self._answered else REMEMBER_S

    def answered(self, provider: str, lookups: Sequence[Lookup[Any]]) -> None:
        """Record that the provider answered these lookups: they are neither unknown nor doubtful."""
        entries = [self._entry(provider, lookup) for lookup in lookups]
        tables = (self._doubtful, self._unknown, self._faulty)
        if self._answered.issuperset(entries) and all(known.keys().isdisjoint(entries) for known in tables):
            return
        with self._lock:
            self._answered.update(entries)
            if [entry for entry in entries if self._doubtful.pop(entry, None)]:
                self._max_doubtful[provider] = self._max_doubtful.get(provider, 1) * 2
            for entry in entries:
                self._unknown.pop(entry, None)
                self._faulty.pop(entry, None)
