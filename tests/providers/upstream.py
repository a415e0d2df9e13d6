"""A bare upstream for tests of the door: it says what it is told to, and remembers who came."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Answer = Callable[[str, socket.socket], None]


class Upstream(socketserver.ThreadingTCPServer):
    """Reads requests off its connections and has each answered by ``answer(path, connection)``."""

    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.answer = answer
        self.connections = 0
        self.requests: list[str] = []
        self.heads: list[str] = []
        self.arrived = threading.Semaphore(0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Connection(socketserver.BaseRequestHandler):
    server: Upstream

    def handle(self) -> None:
        self.server.connections += 1
        stream = self.request.makefile("rb")
        while line := stream.readline():
            head = [line.decode()]
            while (header := stream.readline()) not in (b"\r\n", b""):
                head.append(header.decode())
            length = next((int(h.partition(":")[2]) for h in head if h.lower().startswith("content-length:")), 0)
            stream.read(length)
            method, path, _ = line.decode().split()
            self.server.requests.append(f"{method} {path}")
            self.server.heads.append("".join(head))
            self.server.arrived.release()
            try:
                self.server.answer(path, self.request)
            except OSError:
                return  # the caller has hung up


@contextmanager
def serving(answer: Answer) -> Iterator[Upstream]:
    with Upstream(answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def reply(body: bytes = b"{}", status: str = "200 OK", *headers: str) -> Answer:
    """Always the same whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    whole = ("\r\n".join(lines) + "\r\n\r\n").encode() + body
    return lambda _, connection: connection.sendall(whole)


def raw(whole: bytes) -> Answer:
    """These bytes, and then the connection is closed."""

    def answer(path: str, connection: socket.socket) -> None:
        connection.sendall(whole)
        connection.shutdown(socket.SHUT_RDWR)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """One answer after the other."""
    left = iter(answers)

    def answer(path: str, connection: socket.socket) -> None:
        next(left)(path, connection)

    return answer
