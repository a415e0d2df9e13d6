"""Clients that ask for what is not known yet, many at a time, and come back when they are told to."""

from __future__ import annotations

import http.client
import itertools
import threading
from collections import Counter
from collections.abc import Sequence

PATIENCE_S = 30.0
PAUSE_S = 0.25
"""Between two questions of one client, however the first was answered."""
LEAVE_S = 40.0


class Crowd:
    """Threads of their own until told to go; each takes the next question."""

    def __init__(self) -> None:
        self._going = threading.Event()
        self._threads: list[threading.Thread] = []
        self._statuses: Counter[str] = Counter()

    def come(self, port: int, paths: Sequence[str], clients: int) -> None:
        self._going.clear()
        self._statuses.clear()
        questions = itertools.cycle(paths)
        self._threads = [
            threading.Thread(target=self._client, args=(port, questions), daemon=True) for _ in range(clients)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def answered(self) -> int:
        """How many answers there have been."""
        return sum(self._statuses.values())

    def go(self) -> dict[str, int]:
        """Have all of them leave; how many answers of each status they had."""
        self._going.set()
        for thread in self._threads:
            thread.join(LEAVE_S)
        return dict(self._statuses)

    def _client(self, port: int, questions: itertools.cycle[str]) -> None:
        pause = 0.0
        while not self._going.wait(pause):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
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
