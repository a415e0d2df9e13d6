"""Reference sweep: fetch the assets in use from another lineage once a minute, in one batch.

Without it the first provider of the chain would have no peers, and a wrong price could not be detected. What the peers
contradict is confirmed first (``engine.confirmation``); what is wrong is quarantined and never becomes a peer.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from providers.domain.adapter import Lookup
from providers.domain.categories import Category
from providers.domain.config import ChainConf
from providers.domain.market_data import Instrument
from providers.domain.outcomes import Failure
from providers.engine import attempt, thread_pool
from providers.engine.confirmation import confirm, record_wrong
from providers.engine.decide import Engine
from providers.engine.query import Names, lookup_for
from providers.resilience.selection import Candidate, Skip, candidates
from providers.state import peer_prices
from providers.state.health_registry import AttemptContext
from providers.transport import http

log = logging.getLogger(__name__)

INTERVAL_S = 60.0
TIMEOUT_S = 5.0
MIN_BATCH = 10
"""Providers that take fewer items per call than this are used only for as many items as they take."""


class Sweeper:
    """Sweeps the lineages in turn, so that several have reported within a few minutes.

    The stored peer prices tell which lineage is next, so another process continues where this one stopped.
    """

    def __init__(self, engine: Engine, names: Names) -> None:
        self.engine = engine
        self._names = names
        self._idle = threading.Lock()
        self._last = max(peer_prices.last_reported().values(), default=0.0)

    def turn(self, items: Sequence[Instrument], now: float) -> bool:
        """Start a sweep in a pool thread if one is due; return True if it was started."""
        chain = self.engine.state.current().chains.get(Category.MARKET_PRICE)
        if not items or chain is None or 0 <= now - self._last < INTERVAL_S or not self._idle.acquire(blocking=False):
            return False
        if not thread_pool.pool.run(lambda: self._run(chain, items)):
            self._idle.release()
            return False
        self._last = now
        return True

    def _run(self, chain: ChainConf, items: Sequence[Instrument]) -> None:
        try:
            self._sweep(chain, items)
        finally:
            self._idle.release()

    def _sweep(self, chain: ChainConf, items: Sequence[Instrument]) -> int:
        view = self.engine.view(chain.category)
        steps = [step for step in candidates(chain, view) if not isinstance(step, Skip) and not step.last_resort]
        others = _first_endpoint_each([step for step in steps if step.link.lineage != steps[0].link.lineage])
        last_reported = peer_prices.last_reported()
        for candidate in sorted(others, key=lambda other: last_reported.get(other.link.lineage, 0.0)):
            count = self._fetch(candidate, items)
            if count:
                return count
        return 0

    def _fetch(self, candidate: Candidate, items: Sequence[Instrument]) -> int:
        lookups = self._lookups(candidate, items)
        if not lookups:
            return 0
        context = self.engine.context(Category.MARKET_PRICE)
        at = AttemptContext(candidate.provider, candidate.endpoint, context.category, time.time(), probe=True)
        try:
            call = http.Call(time.monotonic() + TIMEOUT_S)
            success = attempt.perform(context, candidate, lookups, call, probe=True)
        except Failure as failure:
            attempt.record_failure(context, at, lookups, failure)
            return 0
        found = confirm(self.engine, self._names, candidate, at, success)
        is_wrong = record_wrong(self.engine, at, found)
        attempt.record_success(context, at, lookups, success, corroborated=not is_wrong and bool(found.believed))
        quotes = list(found.believed.values())
        peer_prices.write(quotes, candidate.link.lineage, datetime.now(UTC))
        log.info("reference sweep: %d prices from %s", len(quotes), candidate.provider.slug)
        return len(quotes)

    def _lookups(self, candidate: Candidate, items: Sequence[Instrument]) -> list[Lookup[Any]]:
        """Return the items that one call to this provider can carry, without unknown and doubtful names."""
        handler = attempt.handler_of(candidate.provider, Category.MARKET_PRICE)
        names, slug, now = self._names(candidate.provider.slug), candidate.provider.slug, time.time()
        if handler.max_items < min(MIN_BATCH, len(items)):
            return []
        candidates_ = (lookup_for(item, names) for item in items)
        lookups = [ask for ask in candidates_ if ask is not None and handler.accepts(ask)]
        cache = self.engine.negative_cache
        lookups = [a for a in lookups if not cache.is_unknown(slug, a, now) and not cache.is_doubtful(slug, a, now)]
        return lookups[: handler.max_items]


def _first_endpoint_each(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the first endpoint of each provider."""
    first: dict[int, Candidate] = {}
    for candidate in candidates:
        first.setdefault(candidate.provider.id, candidate)
    return list(first.values())
