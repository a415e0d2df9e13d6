"""One connection: calls are read off it and answered in the way their verdict says, down to the socket."""

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
from providers.sandbox.world import Verdict

Decide = Callable[[Call, float], Verdict]
SETTLE = 0.05
"""Seconds for bytes to reach the other side before a reset, which would take them back."""


def reset_on_close(sock: socket.socket) -> None:
    """Make closing the socket send a RST instead of a FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Connection(asyncio.Protocol):
    """Reads one call at a time; a connection that is ``mute`` reads and never answers."""

    def __init__(self, decide: Decide, peers: set[Connection], mute: Verdict | None = None) -> None:
        self._decide = decide
        self._peers = peers
        self._mute = mute
        self._buffer = bytearray()
        self._busy = mute is not None
        self._alive = True
        self._verdict = mute
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._peers.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._peers.discard(self)
        if self._timer:
            self._timer.cancel()
        if self._verdict and self._verdict.entry:
            self._verdict.entry.close(time.time(), cut=True)

    def data_received(self, data: bytes) -> None:
        if self._mute:
            return
        self._buffer += data
        if not self._busy:
            self._next()

    def abort(self) -> None:
        """End it with a RST."""
        reset_on_close(self._transport.get_extra_info("socket"))
        self._transport.abort()

    def cut(self) -> None:
        """End it at once: the transport alone would let whoever asked for it hear that it is done before it is."""
        with contextlib.suppress(OSError):  # the other side was quicker
            self._transport.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self.abort()

    def _next(self) -> None:
        """Read and answer the next call in the buffer, if it is whole."""
        try:
            found = read_call(self._buffer)
        except BadRequestError as wrong:
            self._send(Verdict(Reply(400, f"{wrong}\n".encode(), "text/plain")), alive=False)
            return
        if found is None:
            return
        call, length = found
        del self._buffer[:length]
        self._busy = True
        self._alive = keeps_alive(call)
        self._verdict = verdict = self._decide(call, time.time())
        if verdict.plan.delay:
            self._later(verdict.plan.delay, lambda: self._carry_out(verdict))
        else:
            self._carry_out(verdict)

    def _carry_out(self, verdict: Verdict) -> None:
        ending = verdict.plan.ending
        match ending.kind if ending else None:
            case Kind.HANG:
                return
            case Kind.RESET if verdict.reply is None:
                self._finish(verdict)
                self.abort()
            case Kind.RESET:
                self._part(verdict)
                self._later(SETTLE, self.abort)
            case Kind.TRUNCATED if ending and ending.cut == "length":
                self._part(verdict)
                self._transport.close()
            case Kind.DRIP if ending:
                self._drip(verdict, ending.at == "headers", ending.ms / 1000)
            case _:
                self._send(verdict, self._alive)

    def _send(self, verdict: Verdict, alive: bool) -> None:
        """Answer in full, then go on to the next call."""
        reply = cast(Reply, verdict.reply)
        body = _cut(reply.body, verdict)
        self._transport.write(write_head(reply, time.time(), len(body), alive) + body)
        self._done(verdict, alive)

    def _part(self, verdict: Verdict) -> None:
        """The head, promising the whole body, and half of it."""
        reply = cast(Reply, verdict.reply)
        self._transport.write(
            write_head(reply, time.time(), max(len(reply.body), 2)) + reply.body[: len(reply.body) // 2]
        )
        self._finish(verdict)

    def _drip(self, verdict: Verdict, whole: bool, pause: float) -> None:
        """One byte at a time: of the body alone, or of everything."""
        reply = cast(Reply, verdict.reply)
        head = write_head(reply, time.time(), alive=self._alive)
        if not whole:
            self._transport.write(head)
        self._drop(verdict, (head if whole else b"") + reply.body, 0, pause)

    def _drop(self, verdict: Verdict, data: bytes, sent: int, pause: float) -> None:
        self._transport.write(data[sent : sent + 1])
        if sent + 1 < len(data):
            self._later(pause, lambda: self._drop(verdict, data, sent + 1, pause))
            return
        self._done(verdict, self._alive)

    def _done(self, verdict: Verdict, alive: bool) -> None:
        """The whole answer is out: close, or go on to the next call."""
        self._finish(verdict)
        self._busy = False
        if not alive:
            self._transport.close()
        elif self._buffer:
            self._next()

    def _finish(self, verdict: Verdict) -> None:
        if verdict.entry:
            verdict.entry.close(time.time())

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, action)


def _cut(body: bytes, verdict: Verdict) -> bytes:
    """Half the text for the fault that cuts it at the right length."""
    ending = verdict.plan.ending
    return body[: len(body) // 2] if ending and ending.kind is Kind.TRUNCATED else body
