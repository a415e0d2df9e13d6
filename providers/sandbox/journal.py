"""The log of upstream calls: the peer that tests and drills read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

KEPT = 250_000


@dataclass(slots=True)
class Entry:
    """One upstream call, written when it was read. ``outcome`` is "ok" or the fault that struck it; ``status`` what
    was answered, None if nothing was; ``caller`` the User-Agent it named itself by; ``done`` when the last byte was
    handed over, or the connection ended; ``cut`` whether the caller left before that."""

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
        return {name: getattr(self, name) for name in self.__slots__}


class Journal:
    """Entries in the order of their sequence numbers, which count from 1 and are never given twice."""

    def __init__(self, kept: int = KEPT) -> None:
        self.last = 0
        self._kept = kept
        self._entries: list[Entry] = []
        self.lost = 0

    def add(self, t: float, provider: str, n: int, method: str, path: str) -> Entry:
        """Begin a call's entry. When full, the oldest quarter goes; ``lost`` is the last number that went."""
        if len(self._entries) >= self._kept:
            goes = max(1, self._kept // 4)
            self.lost = self._entries[goes - 1].seq
            del self._entries[:goes]
        self.last += 1
        entry = Entry(self.last, t, provider, n, method, path)
        self._entries.append(entry)
        return entry

    def read(self, since: int = 0, provider: str | None = None, n: int | None = None) -> list[Entry]:
        """Entries after a sequence number, of one provider or endpoint if named."""
        start = max(0, since - self.last + len(self._entries))
        return [entry for entry in self._entries[start:] if provider in (None, entry.provider) and n in (None, entry.n)]

    def clear(self) -> None:
        """Forget the entries; numbers go on."""
        self._entries.clear()
        self.lost = 0
