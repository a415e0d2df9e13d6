"""One fetch per key among all processes: one process fetches and shares its answer with those that wait.

On one host the processes share a directory: a file lock is the lease (the kernel frees it when its holder dies) and the
locked file holds the answer. With Redis, the lease is a key that expires and the answer another key, so the processes
may run on several hosts. Neither uses SQL. Each process queues its own callers first (``markets.feeds.concurrency``),
so at most one caller per process waits here.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import redis
from django.conf import settings
from django.utils.module_loading import import_string

LOCK_FILES = 512
"""Number of lock files; two keys that share a file only wait for each other."""
POLL_S = 0.004
"""Seconds between attempts to take a lease."""
ANSWER_TTL_S = 30


class Turn(Protocol):
    """A process's turn to fetch. ``answer`` is what another process has just fetched; None means to fetch."""

    answer: bytes | None

    def share(self, answer: bytes) -> None:
        """Share the fetched answer with the processes that wait."""


class SharedFetch(Protocol):
    """A way for processes to share a fetch; ``settings.SHARED_FETCH`` names the class."""

    def turn(self, fetch_key: str, since: float, timeout: float) -> contextlib.AbstractContextManager[Turn]:
        """Wait up to ``timeout`` seconds for a fetch under way, then take over its answer or the right to fetch.

        An answer is taken over only if it was fetched after ``since`` (unix seconds). After the timeout the caller
        fetches without the lease, because an answer matters more than one call too many.
        """
        ...


class UnsharedTurn:
    """A turn without lease: the process fetches for itself."""

    answer: bytes | None = None

    def share(self, answer: bytes) -> None:
        """Do nothing."""
        return


class _FileTurn:
    """Stores the answer in the locked file, after a line with key digest, time, length and content digest.

    The file is overwritten in place: creating or truncating it on each fetch would cost a quarter of a millisecond.
    """

    def __init__(self, file: int, digest: str, since: float) -> None:
        self._file = file
        self._digest = digest
        self.answer = self._read(since)

    def _read(self, since: float) -> bytes | None:
        size = os.fstat(self._file).st_size
        head, _, rest = os.pread(self._file, size, 0).partition(b"\n")
        try:
            question, at, length, digest = head.decode().split(" ")
            answer = rest[: int(length)]
            taken = question == self._digest and float(at) >= since and _digest(answer) == digest
        except ValueError:  # empty, or its writer was killed
            return None
        return answer if taken else None

    def share(self, answer: bytes) -> None:
        with contextlib.suppress(OSError):  # disk full: the others fetch for themselves
            self._write(answer)

    def _write(self, answer: bytes) -> None:
        content = f"{self._digest} {time.time()!r} {len(answer)} {_digest(answer)}\n".encode() + answer
        os.pwrite(self._file, content, 0)
        os.ftruncate(self._file, len(content))


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


class HostSharedFetch:
    """The processes of one host, through a directory they share."""

    def __init__(self, location: str) -> None:
        self._directory = Path(location)
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    @contextlib.contextmanager
    def turn(self, fetch_key: str, since: float, timeout: float) -> Iterator[Turn]:
        """Wait for the lock of a fetch on this host; see ``SharedFetch.turn``."""
        digest = _digest(fetch_key.encode())
        stripe = self._directory / f"{int(digest[:8], 16) % LOCK_FILES:03d}.lock"
        try:
            file = self._open(stripe)
        except OSError:  # no shared directory: each process fetches for itself
            yield UnsharedTurn()
            return
        try:
            locked = _lock_within(file, time.monotonic() + timeout)
            yield _FileTurn(file, digest, since) if locked else UnsharedTurn()
        finally:
            os.close(file)

    def _open(self, stripe: Path) -> int:
        """The lock's file, in a directory that a cleaner may have taken away."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            return os.open(stripe, flags, 0o600)
        except FileNotFoundError:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            return os.open(stripe, flags, 0o600)


def _lock_within(lock: int, until: float) -> bool:
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(POLL_S)
        else:
            return True


class _RedisTurn:
    def __init__(self, client: redis.Redis, key: str, since: float) -> None:
        self._client = client
        self._key = key
        stored = client.get(f"{key}:answer")
        stamp, _, answer = stored.partition(b"\n") if isinstance(stored, bytes) else (b"0", b"", b"")
        self.answer = answer if float(stamp) >= since else None

    def share(self, answer: bytes) -> None:
        with contextlib.suppress(redis.RedisError):  # the others fetch for themselves
            self._client.set(f"{self._key}:answer", f"{time.time()}\n".encode() + answer, ex=ANSWER_TTL_S)


class RedisSharedFetch:
    """The processes of all hosts, through Redis. Without it, each process fetches for itself."""

    def __init__(self, location: str) -> None:
        self._client = redis.Redis.from_url(location, socket_timeout=1.0, socket_connect_timeout=1.0)

    @contextlib.contextmanager
    def turn(self, fetch_key: str, since: float, timeout: float) -> Iterator[Turn]:
        """Wait for the lock of a fetch in the fleet; see ``SharedFetch.turn``."""
        key = "cryptohub:flight:" + _digest(fetch_key.encode())
        holder = secrets.token_hex(8)
        try:
            locked = self._acquire(key, holder, timeout)
            turn: Turn = _RedisTurn(self._client, key, since)
        except redis.RedisError:
            locked, turn = False, UnsharedTurn()
        try:
            yield turn
        finally:
            if locked:
                with contextlib.suppress(redis.RedisError):  # it expires by itself
                    self._client.eval(_RELEASE, 1, key, holder)

    def _acquire(self, key: str, holder: str, timeout: float) -> bool:
        until = time.monotonic() + timeout
        while not self._client.set(key, holder, nx=True, px=max(1, int(timeout * 1000))):
            if time.monotonic() >= until:
                return False
            time.sleep(POLL_S)
        return True


_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


_backends: dict[tuple[str, str], SharedFetch] = {}


def shared_fetch() -> SharedFetch:
    """Return this process's instance of the class that ``settings.SHARED_FETCH`` names."""
    backend, location = settings.SHARED_FETCH["BACKEND"], settings.SHARED_FETCH["LOCATION"]
    if (backend, location) not in _backends:
        _backends[backend, location] = import_string(backend)(location)
    return _backends[backend, location]
