"""Log of upstream calls, read by tests and drills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CAPACITY = 250_000


@dataclass(slots=True)
class Entry:
    """An upstream call.

    ``outcome`` is "ok" or the fault that was applied; ``status`` None without an answer; ``caller`` the User-Agent;
    ``done`` the time of the last byte or of the end of the connection; ``cut`` True if the caller left before.
    """

    seq: int
    t: float
    provider: str
    n: int
    method: str
    path: str
    status: int | None = None
    outcome: str = "ok"
    caller: str = ""
    done: float | None = None
    cut: bool = False

    def close(self, now: float, cut: bool = False) -> None:
        """Note the end of the call; only the first note counts."""
        if self.done is None:
            self.done, self.cut = now, cut

    def describe(self) -> dict[str, Any]:
        """Entry as JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


class Journal:
    """Bounded list of entries; sequence numbers count from 1 and are unique."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.last = 0
        self._capacity = capacity
        self._entries: list[Entry] = []
        self.lost = 0

    def add(self, t: float, provider: str, n: int, method: str, path: str) -> Entry:
        """Add an entry; when full, the oldest quarter is dropped and ``lost`` is the last dropped number."""
        if len(self._entries) >= self._capacity:
            dropped = max(1, self._capacity // 4)
            self.lost = self._entries[dropped - 1].seq
            del self._entries[:dropped]
        self.last += 1
        entry = Entry(self.last, t, provider, n, method, path)
        self._entries.append(entry)
        return entry

    def read(self, since: int = 0, provider: str | None = None, n: int | None = None) -> list[Entry]:
        """Entries after a sequence number, of one provider or endpoint if named."""
        start = max(0, since - self.last + len(self._entries))
        return [entry for entry in self._entries[start:] if provider in (None, entry.provider) and n in (None, entry.n)]

    def clear(self) -> None:
        """Drop the entries; numbers continue."""
        self._entries.clear()
        self.lost = 0
