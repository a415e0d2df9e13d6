"""Rate counters in memory, in place of the shared ones."""

from __future__ import annotations

import threading
from collections import Counter


class MemoryRateCounters:
    """Tokens taken by client and window, and the number of calls."""

    def __init__(self) -> None:
        self._taken: Counter[tuple[str, int]] = Counter()
        self._lock = threading.Lock()
        self.calls = 0

    def take(self, client: str, ends: int, tokens: int) -> int:
        with self._lock:
            self.calls += 1
            self._taken[client, ends] += tokens
            return self._taken[client, ends]
