"""Many clients that request cold answers and honour Retry-After."""

from __future__ import annotations

import http.client
import itertools
import threading
from collections import Counter
from collections.abc import Sequence

TIMEOUT_S = 30.0
PAUSE_S = 0.25
"""Seconds between two requests of one client."""
JOIN_S = 40.0


class ColdClients:
    """Client threads that run until stopped; each takes the next path."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._statuses: Counter[str] = Counter()

    def start(self, port: int, paths: Sequence[str], clients: int) -> None:
        """Start the clients."""
        self._stopping.clear()
        self._statuses.clear()
        questions = itertools.cycle(paths)
        self._threads = [
            threading.Thread(target=self._client, args=(port, questions), daemon=True) for _ in range(clients)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def answered(self) -> int:
        """Number of responses so far."""
        return sum(self._statuses.values())

    def stop(self) -> dict[str, int]:
        """Stop the clients; returns the number of responses by status."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(JOIN_S)
        return dict(self._statuses)

    def _client(self, port: int, questions: itertools.cycle[str]) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
            try:
                connection.request("GET", next(questions))
                response = connection.getresponse()
                response.read()
                pause = max(PAUSE_S, float(response.headers.get("Retry-After", 0)))
                self._statuses[str(response.status)] += 1
            except OSError:
                self._statuses["none"] += 1
            finally:
                connection.close()
