"""Rate limits per client: a process leases tokens in blocks from the shared counters and spends them from memory.

1. A process leases a block of a client's tokens with one atomic statement.
2. Requests spend it without I/O. When it is used up, the process leases the next block, until the shared sum has
   reached the quota.
3. A process that serves leases the next block in the background once a quarter is left, so only a client's first
   request, or one that overtakes the background lease, waits for a statement.

Over all processes and threads:

* The requests allowed in a window never exceed the quota, because a token is leased before it is spent.
* Each process but the last to lease leaves at most a block and a quarter unspent, so a client whose requests are spread
  over processes may be refused that much early.
* Most requests cost no statement, and refused ones none at all.

A window is as long as the rate says. It begins at a different moment for each client, so that not all windows end at
once. Each process uses its own clock: clocks that differ by a second blur a window's edge by that second. If the
shared counters are unreachable, each process counts locally from the last sum it read and may allow a full quota: an
answer matters more than a limit. This is logged once.
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

from cryptohub.api.rate_counters import RateCounters, Unreachable, rate_counters
from cryptohub.conf.rates import Rate
from providers.state.runtime import runtime

log = logging.getLogger(__name__)

MAX_LEASES = 20_000
MAX_BLOCK = 1000
SMALLEST_AHEAD = 4
"""Smallest block leased in the background: of a small limit, a token on its way would refuse a request early."""
RETRY_S = 1.0
"""Pause before the shared counters are tried again after a failure."""
Submit = Callable[[Callable[[], None]], bool]
"""Passes a job to another thread; False when no thread will run it."""


class RateLimitStatus(NamedTuple):
    """The result of counting a request: allowed or not, and what is left of the client's limit."""

    allowed: bool
    rate: Rate
    remaining: int
    reset_s: int
    """Whole seconds until the window ends, rounded up."""


@dataclass(slots=True)
class _Lease:
    """The tokens of one client in one window that this process may spend."""

    ends: int = 0
    left: int = 0
    taken: int = 0
    """The shared sum when this process last leased."""
    renewing: bool = False
    """True while the next block is being leased in the background."""
    lock: threading.Lock = field(default_factory=threading.Lock)


class Limiter:
    """The leases of one process."""

    def __init__(
        self, counters: RateCounters, clock: Callable[[], float] = time.monotonic, submit: Submit | None = None
    ) -> None:
        self._counters = counters
        self._submit = submit
        self._clock = clock
        self._retry_at = 0.0
        self._unreachable = False
        self._leases: OrderedDict[str, _Lease] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, client: str, rate: Rate, now: float) -> RateLimitStatus:
        """Count one request of `client` at `now` (unix seconds) and return whether it is allowed."""
        name = f"{client}/{rate.window_s}"
        ends = window_end(name, rate, now)
        lease = self._lease(name)
        with lease.lock:  # only requests of the same client wait for each other
            if lease.ends != ends:
                lease.ends, lease.left, lease.taken = ends, 0, 0
            if not lease.left and lease.taken < rate.quota:
                tokens = block_size(rate)
                self._add(lease, self._shared_sum(name, lease, tokens), tokens, rate)
            allowed = lease.left > 0
            lease.left -= allowed
            remaining = lease.left + max(0, rate.quota - lease.taken)
            status = RateLimitStatus(allowed, rate, remaining, max(1, math.ceil(lease.ends - now)))
        self._renew_ahead(name, lease, rate)
        return status

    @staticmethod
    def _add(lease: _Lease, taken: int, tokens: int, rate: Rate) -> None:
        """Add a leased block that brought the shared sum to `taken`, cut off at the quota."""
        lease.taken = max(lease.taken, taken)
        lease.left += max(0, min(tokens, rate.quota - (taken - tokens)))

    def _renew_ahead(self, name: str, lease: _Lease, rate: Rate) -> None:
        """Lease the next block in the background once a quarter of a block is left."""
        block = block_size(rate)
        if self._submit is None or block < SMALLEST_AHEAD or lease.left > block // 4:
            return
        with lease.lock:
            if lease.renewing or lease.taken >= rate.quota:
                return
            lease.renewing, ends = True, lease.ends
        if not self._submit(lambda: self._renew(name, lease, rate, ends)):
            lease.renewing = False

    def _renew(self, name: str, lease: _Lease, rate: Rate, ends: int) -> None:
        """Lease a block. If the shared counters are unreachable, the next request counts locally."""
        tokens = block_size(rate)
        try:
            taken = self._counters.take(name, ends, tokens)
            with lease.lock:
                if lease.ends == ends:
                    self._add(lease, taken, tokens, rate)
        except Unreachable:
            self._mark_unreachable()
        finally:
            lease.renewing = False

    def _shared_sum(self, name: str, lease: _Lease, tokens: int) -> int:
        """Lease `tokens` and return the shared sum; if it is unreachable, the last known sum plus `tokens`."""
        if self._clock() >= self._retry_at:
            try:
                taken = self._counters.take(name, lease.ends, tokens)
            except Unreachable:
                self._mark_unreachable()
            else:
                self._mark_reachable()
                return taken
        return lease.taken + tokens

    def _mark_unreachable(self) -> None:
        self._retry_at = self._clock() + RETRY_S
        if not self._unreachable:
            log.warning("the shared rate counters are unreachable: this process counts locally")
        self._unreachable = True

    def _mark_reachable(self) -> None:
        if self._unreachable:
            log.info("the shared rate counters are reachable again")
        self._unreachable = False

    def _lease(self, name: str) -> _Lease:
        lease = self._leases.get(name)
        if lease is None:
            with self._lock:
                lease = self._leases.setdefault(name, _Lease())
                while len(self._leases) > MAX_LEASES:  # drop the oldest: at worst its client leases one block more
                    self._leases.popitem(last=False)
        return lease


def block_size(rate: Rate) -> int:
    """Return how many tokens are leased at once: a tenth of the quota, from 1 to MAX_BLOCK."""
    return max(1, min(rate.quota // 10, MAX_BLOCK))


def window_end(name: str, rate: Rate, now: float) -> int:
    """Return the end of a client's current window, in unix seconds; `name` shifts the windows of each client."""
    offset = zlib.crc32(name.encode()) % rate.window_s
    return (int(now) - offset) // rate.window_s * rate.window_s + offset + rate.window_s


_limiter: Limiter | None = None


def limiter() -> Limiter:
    """Return the limiter of this process, made on first use."""
    global _limiter  # noqa: PLW0603 - made after the settings are loaded
    if _limiter is None:
        _limiter = Limiter(rate_counters(), submit=_submit_to_writer)
    return _limiter


def _submit_to_writer(job: Callable[[], None]) -> bool:
    """Pass a job to the database writer thread; False if it does not run, as in a command."""
    writer = runtime().writer
    if writer.is_running:
        writer.submit(job)
    return writer.is_running


def reset(counters: RateCounters | None = None) -> None:
    """Drop all leases, as a restart would, and use `counters` from now on (for tests)."""
    global _limiter  # noqa: PLW0603 - the other place that replaces it
    _limiter = Limiter(counters) if counters is not None else None
