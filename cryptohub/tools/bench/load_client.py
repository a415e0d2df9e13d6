"""A closed-loop client: so many connections kept alive, each asks again as soon as it has been answered.

One thread over raw sockets, with as little work for each answer as will tell where it ends: a client that is slower
than the server would measure itself. It is bounded in time and in count.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
CHUNK = 1 << 18
PATIENCE_S = 10.0


class _Connection:
    """One connection, and how much of the present answer is still to come."""

    __slots__ = ("_held", "_left", "began", "socket", "status")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self.status = b""
        self._held = b""
        self._left = 0

    def ask(self, question: bytes) -> None:
        self.began = time.perf_counter()
        self.socket.sendall(question)

    def is_answered(self) -> bool:
        """Read what has come; whether that was the last of the answer. Raises ConnectionError."""
        data = self.socket.recv(CHUNK)
        if not data:
            raise ConnectionError("the server closed a connection")
        if self._left > 0:
            self._left -= len(data)
            return self._left <= 0
        data = self._held + data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            self._held = data
            return False
        self._held, self.status = b"", data[9:12]
        length = _LENGTH.search(data, 0, end + 2)
        body = int(length[1]) if length and self.status != b"304" else 0
        self._left = end + 4 + body - len(data)
        return self._left <= 0


def hammer(
    port: int, path: str, headers: Mapping[str, str], connections: int, seconds: float, most: int
) -> dict[str, Any]:
    """Ask for one path until the time or the count is over: answers in a second, percentiles in milliseconds, and how
    many there were of each status.
    """
    question = _question(path, {"Host": f"127.0.0.1:{port}", "Accept": "*/*", **headers})
    asking = [_Connection(port) for _ in range(connections)]
    with selectors.DefaultSelector() as selector:
        try:
            for each in asking:
                selector.register(each.socket, selectors.EVENT_READ, each)
            return _drive(selector, asking, question, seconds, most)
        finally:
            for each in asking:
                each.socket.close()


def _question(path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _drive(
    selector: selectors.BaseSelector, asking: list[_Connection], question: bytes, seconds: float, most: int
) -> dict[str, Any]:
    taken: list[float] = []
    statuses: Counter[bytes] = Counter()
    worked, began = time.process_time(), time.perf_counter()
    now = began
    for each in asking:
        each.ask(question)
    while now - began < seconds and len(taken) < most:
        ready = selector.select(PATIENCE_S)
        if not ready:
            raise TimeoutError(f"no answer within {PATIENCE_S:g} s")
        for key, _ in ready:
            each = key.data
            if each.is_answered():
                now = time.perf_counter()
                taken.append(now - each.began)
                statuses[each.status] += 1
                each.ask(question)
    ended, busy = now - began, time.process_time() - worked
    taken.sort()
    return {
        "count": len(taken),
        "per_s": len(taken) / ended,
        "p50": _quantile(taken, 0.5),
        "p99": _quantile(taken, 0.99),
        "busy": busy / ended,
        "statuses": {status.decode(): count for status, count in statuses.items()},
    }


def _quantile(ordered: list[float], share: float) -> float:
    """In milliseconds."""
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def once(port: int, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """One answer: its status, its length and its tag."""
    connection = _Connection(port)
    with connection.socket:
        connection.ask(_question(path, {"Host": f"127.0.0.1:{port}", "Connection": "close", **headers}))
        said = b"".join(iter(lambda: connection.socket.recv(CHUNK), b""))
    head, _, body = said.partition(b"\r\n\r\n")
    tag = re.search(rb"\r\netag: *([^\r]+)", head, re.IGNORECASE)
    return {"status": int(head[9:12]), "bytes": len(body), "tag": tag[1].decode() if tag else ""}
