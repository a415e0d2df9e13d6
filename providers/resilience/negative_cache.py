"""What a provider said it does not know, remembered for a while so that it is not asked again. Thread-safe.

Many APIs refuse a whole batch for one unknown name without saying which. Then every name of the batch that this
provider has not answered before becomes doubtful, and later calls carry only half as many doubtful names as the
refused one did: so a few calls, each of use to somebody, find the one it was.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from providers.domain.adapter import Lookup

REMEMBER_S = 6 * 3600.0
"""A listing takes longer than this to matter."""
SLIP_S = 60.0
"""How long a name is left alone that was answered before: an upstream's slip must not cost it a coin for hours."""

Entry = tuple[str, str, str]


class NegativeCache:
    """By provider, its name for the asset, and the item."""

    def __init__(self) -> None:
        self._unknown: dict[Entry, float] = {}
        self._doubtful: dict[Entry, float] = {}
        self._answered: set[Entry] = set()
        self._most: dict[str, int] = {}
        self._lock = threading.Lock()

    @staticmethod
    def _entry(provider: str, lookup: Lookup[Any]) -> Entry:
        return provider, lookup.name, lookup.item.key

    def is_unknown(self, provider: str, lookup: Lookup[Any], now: float) -> bool:
        return self._unknown.get(self._entry(provider, lookup), 0.0) > now

    def is_doubtful(self, provider: str, lookup: Lookup[Any], now: float) -> bool:
        return self._doubtful.get(self._entry(provider, lookup), 0.0) > now

    def askable(self, provider: str, lookups: Sequence[Lookup[Any]], now: float) -> list[Lookup[Any]]:
        """What of these one call should carry: all that is not doubtful, and of that no more than is wise."""
        doubtful = [ask for ask in lookups if self.is_doubtful(provider, ask, now)]
        late = {ask.item for ask in doubtful[self._most.get(provider, 1) :]}
        return [ask for ask in lookups if ask.item not in late]

    def refused(self, provider: str, lookups: Sequence[Lookup[Any]], now: float) -> None:
        """The provider refused these asks as unknown, without saying which."""
        with self._lock:
            entries = [self._entry(provider, ask) for ask in lookups]
            fresh = [entry for entry in entries if entry not in self._answered] or entries
            if len(fresh) == 1:
                self._unknown[fresh[0]] = now + self._memory(fresh[0])
                self._doubtful.pop(fresh[0], None)
                return
            self._most[provider] = max(1, len(fresh) // 2)
            for entry in fresh:  # all answered before, yet refused: one was delisted, and all are doubtful
                self._doubtful[entry] = now + REMEMBER_S
                self._answered.discard(entry)

    def absent(self, provider: str, lookup: Lookup[Any], now: float) -> None:
        """A valid answer that simply left this one out."""
        with self._lock:
            entry = self._entry(provider, lookup)
            self._unknown[entry] = now + self._memory(entry)

    def forget(self, provider: str) -> None:
        """Another definition asks it otherwise: what it said before says nothing any more."""
        with self._lock:
            for known in (self._unknown, self._doubtful):
                for entry in [entry for entry in known if entry[0] == provider]:
                    del known[entry]
            self._answered = {entry for entry in self._answered if entry[0] != provider}
            self._most.pop(provider, None)

    def _memory(self, entry: Entry) -> float:
        return SLIP_S if entry in self._answered else REMEMBER_S

    def answered(self, provider: str, lookups: Sequence[Lookup[Any]]) -> None:
        entries = [self._entry(provider, ask) for ask in lookups]
        held = (self._doubtful, self._unknown)
        if self._answered.issuperset(entries) and all(known.keys().isdisjoint(entries) for known in held):
            return
        with self._lock:
            self._answered.update(entries)
            if [entry for entry in entries if self._doubtful.pop(entry, None)]:
                self._most[provider] = self._most.get(provider, 1) * 2
            for entry in entries:
                self._unknown.pop(entry, None)
