"""An endpoint's port: open, refusing, or letting connections hang before they are made."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

HOST = "127.0.0.1"
BACKLOG = 1024
Welcome = Callable[[socket.socket], None]


class Listener:
    """A port that stays reserved while its listening socket opens and closes.

    A second socket, bound but not listening, reserves the port; connections to it are refused by the
    kernel. "connect" listens without accepting and fills its queue, so that further SYNs are dropped.
    """

    def __init__(self, port: int, welcome: Welcome) -> None:
        self._welcome = welcome
        _check_free(port)
        self._holder = _bound(port)
        self.port: int = self._holder.getsockname()[1]
        self.mode = "refuse"
        self._sockets: list[socket.socket] = []

    def set(self, mode: str) -> bool:
        """Set the mode of the port; returns True if it changed."""
        if mode == self.mode:
            return False
        self._close_sockets()
        self.mode = mode
        if mode == "open":
            self._open()
        elif mode == "connect":
            self._stop_up()
        return True

    def close(self) -> None:
        """Close all sockets and release the port."""
        self._close_sockets()
        self._holder.close()

    def _open(self) -> None:
        sock = _bound(self.port)
        sock.listen(BACKLOG)
        sock.setblocking(False)
        self._sockets = [sock]
        asyncio.get_running_loop().add_reader(sock, self._accept, sock)

    def _accept(self, sock: socket.socket) -> None:
        while True:
            try:
                connection, _ = sock.accept()
            except BlockingIOError:
                return
            connection.setblocking(False)
            self._welcome(connection)

    def _stop_up(self) -> None:
        sock = _bound(self.port)
        sock.listen(0)
        self._sockets = [sock]
        for _ in range(2):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex((HOST, self.port))
            self._sockets.append(filler)

    def _close_sockets(self) -> None:
        for sock in self._sockets:
            asyncio.get_running_loop().remove_reader(sock)
            sock.close()
        self._sockets = []


def _check_free(port: int) -> None:
    """Raises OSError for a port that somebody listens on: sharing ports, as below, would let two sandboxes have it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))


def _bound(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.bind((HOST, port))
    return sock
