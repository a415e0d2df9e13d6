"""A feed whose items are questions of their own: all are asked at once, and a slow one does not hold up the rest.

Outlets are such items: each has its own articles, and none can stand in for another.
"""

from __future__ import annotations

import time
from typing import TypeVar

from markets.feeds.category_cache import SOFT_S, CategoryCache, Freshness
from markets.feeds.singleflight import InflightFetch
from providers.domain.adapter import Item
from providers.domain.config import ChainConf
from providers.engine import thread_pool
from providers.engine.query import Result

FANOUT_WAIT_S = 2.0
"""How long a caller waits for the slower ones once it has any."""
POLL_S = 0.05
"""How often it is looked whether another than the one waited for has come."""

I = TypeVar("I", bound=Item)


class FanoutCache(CategoryCache[I]):
    """See the module's docstring. Each item's fetch is a decision of its own, kept with its entry."""

    def _fetch_once(self, items: list[I], wish: Freshness, known: bool, soft: bool) -> tuple[list[Result], float]:
        """Ask for each item in a thread of its own; wait until all have landed, or some have and patience is out."""
        chain = wish.chain
        flights: set[InflightFetch] = set()
        for item in items:
            flights |= self._begin(item, chain)
        self._wait(flights, SOFT_S if soft else min(FANOUT_WAIT_S, chain.deadline_s))
        if not self._entries:
            self._await_any(flights, chain.deadline_s)
        return [], min([wish.asked_at, *(flight.since for flight in flights)])

    def _begin(self, item: I, chain: ChainConf) -> set[InflightFetch]:
        """The flight that will bring this item: one under way, or a new one."""
        mine, flight, others = self._join([item], chain)
        if not mine:
            return others
        # what is known to be failing is left to the prober: the other items are worth more than a last resort's wait
        if not thread_pool.helpers.run(lambda: self._fetch_and_complete(mine, flight, chain, "miss", True)):
            self._fetch_and_complete(mine, flight, chain, "miss", True)
        return {flight}

    def _await_any(self, flights: set[InflightFetch], at_most: float) -> None:
        """Wait on until one has brought something, or all have landed."""
        until = min(flight.started for flight in flights) + at_most
        while not self._entries and time.monotonic() < until:
            pending = [flight for flight in flights if not flight.done.is_set()]
            if not pending:
                return
            pending[0].done.wait(POLL_S)
