"""A count kept in memory, in place of the one that processes share."""

from __future__ import annotations

import threading
from collections import Counter


class MemoryRateCounters:
    """What was taken, by client and window, and how often it was asked."""

    def __init__(self) -> None:
        self._taken: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()
        self.asked = 0

    def take(self, client: str, ends: int, tokens: int) -> int:
        with self._lock:
            self.asked += 1
            self._taken[client, ends] += tokens
            return self._taken[client, ends]
