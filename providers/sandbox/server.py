"""The sandbox as a process: one event loop, a port for control and a port for each endpoint."""

from __future__ import annotations

import asyncio
import gc
import math
import os
import resource
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from providers.sandbox.coins import read_coins
from providers.sandbox.connection import Connection, Decide, reset_on_close
from providers.sandbox.control import Control
from providers.sandbox.faults import Kind
from providers.sandbox.http1 import Call
from providers.sandbox.listener import HOST, Listener
from providers.sandbox.world import ADDRESSES, Address, CallResult, SandboxState

CATALOGUE = Path(__file__).resolve().parents[2] / "markets" / "assets" / "asset_catalogue.csv"
PARENT_CHECK = 0.25
ENOUGH_FILES = 65_536


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the server.

    ``port`` is the control port, which the endpoints' ports follow; 0 lets the system choose. The server stops with
    the process ``parent``, if given.
    """

    port: int = 0
    seed: int = 1
    parent: int | None = None


class Server:
    """Sandbox server: keeps every port in the state that the faults require."""

    def __init__(self, options: Options) -> None:
        self.world = SandboxState(options.seed, read_coins(CATALOGUE.read_text(encoding="utf-8")))
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[object]] = set()
        self._peers: dict[Address, set[Connection]] = {address: set() for address in ADDRESSES}
        self._timer: asyncio.TimerHandle | None = None
        self._control_peers: set[Connection] = set()
        self._control_port = Listener(options.port, self._welcome_control)
        self._ports = {
            address: Listener(options.port and options.port + offset, partial(self._welcome, address))
            for offset, address in enumerate(ADDRESSES, start=1)
        }
        urls = {address: f"http://{HOST}:{port.port}" for address, port in self._ports.items()}
        self._control = Control(self.world, urls, self.reconcile)
        self.url = f"http://{HOST}:{self._control_port.port}"

    def start(self) -> None:
        """Open the ports."""
        self.reconcile()
        self._control_port.set("open")

    def stop(self) -> None:
        """Close the ports."""
        for port in (self._control_port, *self._ports.values()):
            port.close()

    def reconcile(self) -> None:
        """Set the ports to their present states, and schedule the next change."""
        now = time.time()
        for address, port in self._ports.items():
            mode = self.world.listener(address, now)
            if port.set(mode) and mode == "refuse":
                for connection in tuple(self._peers[address]):
                    connection.cut()
        if self._timer:
            self._timer.cancel()
        change = self.world.next_change(now)
        self._timer = None if math.isinf(change) else self._loop.call_later(change - now + 0.001, self.reconcile)

    def _welcome_control(self, sock: socket.socket) -> None:
        self._converse(sock, self._answer_control, self._control_peers)

    def _answer_control(self, call: Call, now: float) -> CallResult:
        return CallResult(self._control.answer(call, now))

    def _welcome(self, address: Address, sock: socket.socket) -> None:
        result = self.world.on_connect(address, time.time())
        if result and result.plan.ending and result.plan.ending.kind is Kind.RESET:
            reset_on_close(sock)
            sock.close()
            if result.entry:
                result.entry.close(time.time())
            return
        self._converse(sock, partial(self._answer, address), self._peers[address], result)

    def _answer(self, address: Address, call: Call, now: float) -> CallResult:
        return self.world.answer(address, call, now)

    def _converse(
        self, sock: socket.socket, decide: Decide, peers: set[Connection], mute: CallResult | None = None
    ) -> None:
        factory: Callable[[], Connection] = partial(Connection, decide, peers, mute)
        task: asyncio.Task[object] = self._loop.create_task(self._loop.connect_accepted_socket(factory, sock))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def serve(options: Options, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM, SIGINT or the end of the parent. Raises OSError if a port is taken."""
    _raise_file_limit()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = Server(options)
    server.start()
    gc.freeze()  # long-lived objects need not be scanned by the garbage collector again
    announce(f"Sandbox ready on {server.url} ({len(ADDRESSES)} endpoints, seed {options.seed})")
    watcher = None if options.parent is None else loop.create_task(_watch_parent(options.parent, stopped))
    await stopped.wait()
    if watcher:
        watcher.cancel()
    server.stop()


async def _watch_parent(parent: int, stopped: asyncio.Event) -> None:
    """Stop when the parent process id changes, which means that the parent has ended."""
    while os.getppid() == parent:
        await asyncio.sleep(PARENT_CHECK)
    stopped.set()


def _raise_file_limit() -> None:
    """Raise the limit of open files: hung connections stay open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(hard, ENOUGH_FILES)
    if soft != resource.RLIM_INFINITY and soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
