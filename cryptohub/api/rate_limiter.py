"""How often a client may ask: leases of tokens from the count that all processes share, spent without asking anyone.

A process leases a block of a client's tokens with one atomic statement and spends it from memory; when it is used up,
it leases the next, until the shared sum has reached the quota. A process that serves leases the next one behind its
callers as soon as a quarter is left: only a client's first request, or one that outruns it, waits for a statement.
So, over all processes and threads,

* what is let through in a window never exceeds the quota, since a token is spent only after it was leased;
* at most a block and a quarter is left unspent in each process but the last to ask, so a client whose requests are
  spread over processes may be refused that much early;
* most requests cost no statement, and refused ones none at all.

Windows are as long as the rate says and begin at another moment for each client, so that not all return at once. They
are told by each process's own clock: clocks that differ by a second blur a window's edge by that second. While the
shared count cannot be reached each process goes on counting for itself from what it last heard, so that each may let a
quota through: an answer matters more than a limit. This is logged once.
"""

from __future__ import annotations

import logging
import math
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from cryptohub.api.rate_counters import Tallies, Unreachable, shared
from cryptohub.api.rates import Rate
from providers.state.runtime import runtime

log = logging.getLogger(__name__)

MOST_LEASES = 20_000
MOST_BLOCK = 1000
Behind = Callable[[Callable[[], None]], bool]
"""Has a job done by another thread; False when it will not be."""
AGAIN_S = 1.0
"""How long a shared count that could not be reached is left alone."""


class RateLimitStatus(NamedTuple):
    """Where a client stands after a request."""

    allowed: bool
    rate: Rate
    remaining: int
    reset_s: int
    """Whole seconds until the window ends, rounded up."""


@dataclass(slots=True)
class _Lease:
    """What a process holds of one client's tokens in one window."""

    ends: int = 0
    left: int = 0
    taken: int = 0
    """What all processes had leased when this one last asked."""
    coming: bool = False
    """Whether the next block is being leased behind the callers."""
    lock: threading.Lock = field(default_factory=threading.Lock)


class Limiter:
    """One process's leases."""

    def __init__(
        self, tallies: Tallies, clock: Callable[[], float] = time.monotonic, behind: Behind | None = None
    ) -> None:
        self._tallies = tallies
        self._behind = behind
        self._clock = clock
        self._away_until = 0.0
        self._away = False
        self._leases: OrderedDict[str, _Lease] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, client: str, rate: Rate, now: float) -> RateLimitStatus:
        """Count one request of ``client`` at ``now`` (unix seconds); whether it is let through, and what is left."""
        name = f"{client}/{rate.window_s}"
        ends = window_end(name, rate, now)
        lease = self._lease(name)
        with lease.lock:  # only the same client's requests wait for each other
            if lease.ends < ends:
                lease.ends, lease.left, lease.taken = ends, 0, 0
            if not lease.left and lease.taken < rate.quota:
                self._lease_more(name, lease, rate)
            allowed = lease.left > 0
            lease.left -= allowed
            remaining = lease.left + max(0, rate.quota - lease.taken)
            standing = RateLimitStatus(allowed, rate, remaining, max(1, math.ceil(lease.ends - now)))
        self._look_ahead(name, lease, rate)
        return standing

    def _lease_more(self, name: str, lease: _Lease, rate: Rate) -> None:
        """Lease a block; whoever calls holds the lease's lock."""
        tokens = block(rate)
        self._add(lease, self._sum(name, lease, tokens), tokens, rate)

    @staticmethod
    def _add(lease: _Lease, taken: int, tokens: int, rate: Rate) -> None:
        """A block that brought the shared sum to ``taken`` is this process's, as far as the quota goes."""
        lease.taken = max(lease.taken, taken)
        lease.left += max(0, min(tokens, rate.quota - (taken - tokens)))

    def _look_ahead(self, name: str, lease: _Lease, rate: Rate) -> None:
        """Have the next block leased behind the callers once a quarter of one is left."""
        if self._behind is None or lease.left > block(rate) // 4:
            return
        with lease.lock:
            if lease.coming or lease.taken >= rate.quota:
                return
            lease.coming, ends = True, lease.ends
        if not self._behind(lambda: self._lease_ahead(name, lease, rate, ends)):
            lease.coming = False

    def _lease_ahead(self, name: str, lease: _Lease, rate: Rate, ends: int) -> None:
        """While the shared count cannot be reached, nothing: whoever asks next counts on."""
        tokens = block(rate)
        try:
            taken = self._tallies.take(name, ends, tokens)
            with lease.lock:
                if lease.ends == ends:
                    self._add(lease, taken, tokens, rate)
        except Unreachable:
            self._lost()
        finally:
            lease.coming = False

    def _sum(self, name: str, lease: _Lease, tokens: int) -> int:
        """What the fleet has leased; while it cannot be asked, what it had when last asked and what this process took
        since.
        """
        if self._clock() >= self._away_until:
            try:
                taken = self._tallies.take(name, lease.ends, tokens)
            except Unreachable:
                self._lost()
            else:
                self._found()
                return taken
        return lease.taken + tokens

    def _lost(self) -> None:
        self._away_until = self._clock() + AGAIN_S
        if not self._away:
            log.warning("the shared count of requests cannot be reached: this process counts for itself")
        self._away = True

    def _found(self) -> None:
        if self._away:
            log.info("the shared count of requests is back")
        self._away = False

    def _lease(self, name: str) -> _Lease:
        lease = self._leases.get(name)
        if lease is None:
            with self._lock:
                lease = self._leases.setdefault(name, _Lease())
                while len(self._leases) > MOST_LEASES:  # the oldest: at worst it leases a block once more
                    self._leases.popitem(last=False)
        return lease


def block(rate: Rate) -> int:
    """How many tokens are leased at once: a tenth of the quota, within bounds."""
    return max(1, min(rate.quota // 10, MOST_BLOCK))


def window_end(name: str, rate: Rate, now: float) -> int:
    """When the client's current window ends, in unix seconds."""
    offset = zlib.crc32(name.encode()) % rate.window_s
    return (int(now) - offset) // rate.window_s * rate.window_s + offset + rate.window_s


_limiter: Limiter | None = None


def limiter() -> Limiter:
    """This process's."""
    global _limiter  # noqa: PLW0603 - made when it is first needed, after the settings are there
    if _limiter is None:
        _limiter = Limiter(shared(), behind=_behind)
    return _limiter


def _behind(job: Callable[[], None]) -> bool:
    """Have it done by the thread that writes to the database; False where there is none, as in a command."""
    writer = runtime().writer
    if writer.running:
        writer.submit(job)
    return writer.running


def reset(tallies: Tallies | None = None) -> None:
    """Forget every lease, as a restarted process would; count with these from now on (tests)."""
    global _limiter  # noqa: PLW0603 - the other place that replaces it
    _limiter = Limiter(tallies) if tallies is not None else None
