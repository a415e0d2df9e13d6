"""Host names to addresses, within a bound: the system's resolver has none of its own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

FRESH_S, USABLE_S = 60.0, 600.0
"""How long addresses are used without asking again, and how long while it is asked behind the caller's back. Later
they stay the fallback for a failing resolver.
"""
PATIENCE_S = 0.25
"""How long the resolver is waited for when there is a fallback."""

Address = tuple[socket.AddressFamily, tuple[str, int]]

_known: dict[tuple[str, int], tuple[float, list[Address]]] = {}
_asking: dict[tuple[str, int], Future[list[Address]]] = {}
_lock = threading.Lock()


def resolve(host: str, port: int, within: float, wait_on: Callable[[threading.Event], None]) -> list[Address]:
    """The host's addresses. Raises TimeoutError after ``within`` seconds, socket.gaierror if there are none.

    Who has to wait tells ``wait_on`` the event it waits for; once that is set, the waiting is over.
    """
    key = (host, port)
    known = _known.get(key)
    age = time.monotonic() - known[0] if known is not None else 0.0
    if known is not None and age < FRESH_S:
        return known[1]
    asked = _ask(key)
    if known is not None and age < USABLE_S:
        return known[1]
    try:
        return _await(asked, within if known is None else min(within, PATIENCE_S), wait_on)
    except (TimeoutError, socket.gaierror):
        if known is not None:
            return known[1]
        raise


def _await(asked: Future[list[Address]], within: float, wait_on: Callable[[threading.Event], None]) -> list[Address]:
    over = threading.Event()
    asked.add_done_callback(lambda _: over.set())
    wait_on(over)
    over.wait(within)
    return asked.result(timeout=0)


def _ask(key: tuple[str, int]) -> Future[list[Address]]:
    """One question per name at a time, in a thread that may hang as long as the system lets it."""
    with _lock:
        future = _asking.get(key)
        if future is None:
            future = _asking[key] = Future()
            threading.Thread(target=_answer, args=(key, future), name=f"resolve-{key[0]}", daemon=True).start()
        return future


def _answer(key: tuple[str, int], future: Future[list[Address]]) -> None:
    """Whatever comes of it is the future's: who waits must hear of it."""
    try:
        found = socket.getaddrinfo(*key, type=socket.SOCK_STREAM)
        addresses: list[Address] = [(family, (str(at[0]), key[1])) for family, _, _, _, at in found]
    except Exception as error:  # noqa: BLE001 - it is handed on, see below
        with _lock:
            _asking.pop(key, None)
        future.set_exception(error)
        return
    with _lock:
        _known[key] = (time.monotonic(), addresses)
        _asking.pop(key, None)
    future.set_result(addresses)
