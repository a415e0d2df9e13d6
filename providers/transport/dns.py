"""Name resolution with a timeout and a cache; the system's resolver has neither."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

FRESH_S, USABLE_S = 60.0, 600.0
"""Age up to which addresses are used as they are, and up to which they are used while being refreshed.

Older addresses are used only if the resolver fails.
"""
FALLBACK_WAIT_S = 0.25
"""Seconds to wait for the resolver if older addresses could be used."""

Address = tuple[socket.AddressFamily, tuple[str, int]]

_resolved: dict[tuple[str, int], tuple[float, list[Address]]] = {}
_pending: dict[tuple[str, int], Future[list[Address]]] = {}
_lock = threading.Lock()


def resolve(host: str, port: int, timeout: float, wait_on: Callable[[threading.Event], None]) -> list[Address]:
    """Return the host's addresses. Raises TimeoutError after ``timeout`` seconds, socket.gaierror if there are none.

    ``wait_on`` receives the event on which the caller blocks; setting the event ends the wait.
    """
    key = (host, port)
    cached = _resolved.get(key)
    age = time.monotonic() - cached[0] if cached is not None else 0.0
    if cached is not None and age < FRESH_S:
        return cached[1]
    lookup = _start_lookup(key)
    if cached is not None and age < USABLE_S:
        return cached[1]
    try:
        return _await(lookup, timeout if cached is None else min(timeout, FALLBACK_WAIT_S), wait_on)
    except (TimeoutError, socket.gaierror):
        if cached is not None:
            return cached[1]
        raise


def _await(lookup: Future[list[Address]], timeout: float, wait_on: Callable[[threading.Event], None]) -> list[Address]:
    done = threading.Event()
    lookup.add_done_callback(lambda _: done.set())
    wait_on(done)
    done.wait(timeout)
    return lookup.result(timeout=0)


def _start_lookup(key: tuple[str, int]) -> Future[list[Address]]:
    """Start a lookup in a thread, or return the one under way. The thread may hang as long as the system allows."""
    with _lock:
        future = _pending.get(key)
        if future is None:
            future = _pending[key] = Future()
            threading.Thread(target=_look_up, args=(key, future), name=f"resolve-{key[0]}", daemon=True).start()
        return future


def _look_up(key: tuple[str, int], future: Future[list[Address]]) -> None:
    """Resolve the name; report the result or the error in the future."""
    try:
        results = socket.getaddrinfo(*key, type=socket.SOCK_STREAM)
        addresses: list[Address] = [(family, (str(at[0]), key[1])) for family, _, _, _, at in results]
    except Exception as error:  # noqa: BLE001 - it is handed on, see below
        with _lock:
            _pending.pop(key, None)
        future.set_exception(error)
        return
    with _lock:
        _resolved[key] = (time.monotonic(), addresses)
        _pending.pop(key, None)
    future.set_result(addresses)
