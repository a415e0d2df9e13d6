"""A connection: reads calls and answers them, faults included, down to the socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Callable
from typing import cast

from providers.sandbox.faults import Kind
from providers.sandbox.http1 import BadRequestError, Call, Reply, keeps_alive, read_call, write_head
from providers.sandbox.world import CallResult

Decide = Callable[[Call, float], CallResult]
SETTLE = 0.05
"""Seconds for bytes to arrive before a reset, which would discard them."""


def reset_on_close(sock: socket.socket) -> None:
    """Make closing the socket send a RST instead of a FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Connection(asyncio.Protocol):
    """Protocol that reads one call at a time; a ``mute`` connection reads and never answers."""

    def __init__(self, decide: Decide, peers: set[Connection], mute: CallResult | None = None) -> None:
        self._decide = decide
        self._peers = peers
        self._mute = mute
        self._buffer = bytearray()
        self._busy = mute is not None
        self._alive = True
        self._result = mute
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register the connection."""
        self._transport = cast(asyncio.Transport, transport)
        self._peers.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Note the end in the log."""
        self._peers.discard(self)
        if self._timer:
            self._timer.cancel()
        if self._result and self._result.entry:
            self._result.entry.close(time.time(), cut=True)

    def data_received(self, data: bytes) -> None:
        """Buffer data and answer the next complete call."""
        if self._mute:
            return
        self._buffer += data
        if not self._busy:
            self._next()

    def abort(self) -> None:
        """Close with a RST."""
        reset_on_close(self._transport.get_extra_info("socket"))
        self._transport.abort()

    def cut(self) -> None:
        """Close immediately: the transport alone would report the end before it happens."""
        with contextlib.suppress(OSError):  # closed by the peer
            self._transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self.abort()

    def _next(self) -> None:
        """Read and answer the next call in the buffer, if it is complete."""
        try:
            found = read_call(self._buffer)
        except BadRequestError as wrong:
            self._send(CallResult(Reply(400, f"{wrong}\n".encode(), "text/plain")), alive=False)
            return
        if found is None:
            return
        call, length = found
        del self._buffer[:length]
        self._busy = True
        self._alive = keeps_alive(call)
        self._result = result = self._decide(call, time.time())
        if result.plan.delay:
            self._later(result.plan.delay, lambda: self._carry_out(result))
        else:
            self._carry_out(result)

    def _carry_out(self, result: CallResult) -> None:
        ending = result.plan.ending
        match ending.kind if ending else None:
            case Kind.HANG:
                return
            case Kind.RESET if result.reply is None:
                self._finish(result)
                self.abort()
            case Kind.RESET:
                self._part(result)
                self._later(SETTLE, self.abort)
            case Kind.TRUNCATED if ending and ending.cut == "length":
                self._part(result)
                self._transport.close()
            case Kind.DRIP if ending:
                self._drip(result, ending.at == "headers", ending.ms / 1000)
            case _:
                self._send(result, self._alive)

    def _send(self, result: CallResult, alive: bool) -> None:
        """Send the complete answer."""
        reply = cast(Reply, result.reply)
        body = _cut(reply.body, result)
        self._transport.write(write_head(reply, time.time(), len(body), alive) + body)
        self._done(result, alive)

    def _part(self, result: CallResult) -> None:
        """Send the head with the full length, and half of the body."""
        reply = cast(Reply, result.reply)
        self._transport.write(
            write_head(reply, time.time(), max(len(reply.body), 2)) + reply.body[: len(reply.body) // 2]
        )
        self._finish(result)

    def _drip(self, result: CallResult, whole: bool, pause: float) -> None:
        """Send one byte at a time: only the body, or everything."""
        reply = cast(Reply, result.reply)
        head = write_head(reply, time.time(), alive=self._alive)
        if not whole:
            self._transport.write(head)
        self._drop(result, (head if whole else b"") + reply.body, 0, pause)

    def _drop(self, result: CallResult, data: bytes, written: int, pause: float) -> None:
        self._transport.write(data[written : written + 1])
        if written + 1 < len(data):
            self._later(pause, lambda: self._drop(result, data, written + 1, pause))
            return
        self._done(result, self._alive)

    def _done(self, result: CallResult, alive: bool) -> None:
        """Close after a complete answer, or continue with the next call."""
        self._finish(result)
        self._busy = False
        if not alive:
            self._transport.close()
        elif self._buffer:
            self._next()

    def _finish(self, result: CallResult) -> None:
        if result.entry:
            result.entry.close(time.time())

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, action)


def _cut(body: bytes, result: CallResult) -> bytes:
    """Half of the body for a fault that truncates it at the right length."""
    ending = result.plan.ending
    return body[: len(body) // 2] if ending and ending.kind is Kind.TRUNCATED else body
