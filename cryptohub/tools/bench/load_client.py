"""Closed-loop load client: kept-alive connections, each sends the next request as soon as it is answered.

One thread over raw sockets with minimal work per answer: a client slower than the server would measure itself. It is
bounded in time and in count.
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
TIMEOUT_S = 10.0


class _Connection:
    """A connection with the state of the answer being read."""

    __slots__ = ("_buffer", "_left", "began", "socket", "status")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self.status = b""
        self._buffer = b""
        self._left = 0

    def send(self, request: bytes) -> None:
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Read available data; returns True at the end of the answer. Raises ConnectionError."""
        data = self.socket.recv(CHUNK)
        if not data:
            raise ConnectionError("the server closed a connection")
        if self._left > 0:
            self._left -= len(data)
            return self._left <= 0
        data = self._buffer + data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            self._buffer = data
            return False
        self._buffer, self.status = b"", data[9:12]
        length = _LENGTH.search(data, 0, end + 2)
        body = int(length[1]) if length and self.status != b"304" else 0
        self._left = end + 4 + body - len(data)
        return self._left <= 0


def run_load(
    port: int, path: str, headers: Mapping[str, str], connections: int, seconds: float, max_requests: int
) -> dict[str, Any]:
    """Request one path until the time or the count is over.

    Returns requests per second, percentiles in milliseconds and counts by status.
    """
    request = _request(path, {"Host": f"127.0.0.1:{port}", "Accept": "*/*", **headers})
    clients = [_Connection(port) for _ in range(connections)]
    with selectors.DefaultSelector() as selector:
        try:
            for each in clients:
                selector.register(each.socket, selectors.EVENT_READ, each)
            return _drive(selector, clients, request, seconds, max_requests)
        finally:
            for each in clients:
                each.socket.close()


def _request(path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _drive(
    selector: selectors.BaseSelector, connections: list[_Connection], request: bytes, seconds: float, max_requests: int
) -> dict[str, Any]:
    times: list[float] = []
    statuses: Counter[bytes] = Counter()
    worked, began = time.process_time(), time.perf_counter()
    now = began
    for each in connections:
        each.send(request)
    while now - began < seconds and len(times) < max_requests:
        ready = selector.select(TIMEOUT_S)
        if not ready:
            raise TimeoutError(f"no answer within {TIMEOUT_S:g} s")
        for key, _ in ready:
            each = key.data
            if each.receive():
                now = time.perf_counter()
                times.append(now - each.began)
                statuses[each.status] += 1
                each.send(request)
    ended, busy = now - began, time.process_time() - worked
    times.sort()
    return {
        "count": len(times),
        "per_s": len(times) / ended,
        "p50": _quantile(times, 0.5),
        "p99": _quantile(times, 0.99),
        "busy": busy / ended,
        "statuses": {status.decode(): count for status, count in statuses.items()},
    }


def _quantile(ordered: list[float], share: float) -> float:
    """Quantile in milliseconds."""
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def once(port: int, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """Send one request; returns status, length and ETag."""
    connection = _Connection(port)
    with connection.socket:
        connection.send(_request(path, {"Host": f"127.0.0.1:{port}", "Connection": "close", **headers}))
        response = b"".join(iter(lambda: connection.socket.recv(CHUNK), b""))
    head, _, body = response.partition(b"\r\n\r\n")
    tag = re.search(rb"\r\netag: *([^\r]+)", head, re.IGNORECASE)
    return {"status": int(head[9:12]), "bytes": len(body), "tag": tag[1].decode() if tag else ""}
