"""The engine: one per process, over its state. Every question to an upstream comes through ``ask``."""

from __future__ import annotations

import itertools
import random
import secrets
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from providers.adapters import ADAPTERS
from providers.domain.adapter import Lookup
from providers.domain.categories import Category, Strategy
from providers.domain.config import ChainConf, ProviderConf
from providers.domain.outcomes import Failure
from providers.engine import attempt
from providers.engine.execution import Execution
from providers.engine.pending import InflightAttempt
from providers.engine.query import Checks, Query, Result, lookup_for
from providers.resilience.answer_checks import NearPrice, NoPeers, QuoteChecks, best_prices, last_trade
from providers.resilience.decision import Decision
from providers.resilience.negative_cache import NegativeCache
from providers.resilience.news_checks import MoodChecks, NewsChecks, SocialChecks
from providers.resilience.quota import QuotaUsage
from providers.resilience.selection import Candidate, View
from providers.state.peer_prices import PeerPriceFollower
from providers.state.runtime import RuntimeState, runtime
from providers.transport import http

GOLDEN = 0.6180339887498949
"""Steps of the golden ratio fill [0, 1) evenly: shares of traffic come out exact, not just on average."""
KEEP_DECISIONS = 1000
NO_CHAIN = (Strategy.PRIORITY, 1.0, 0.0, 0.0, (), "none")


class Engine:
    """Plans, races and records. Holds what one process learns: unknown names, peers, recent decisions.

    ``send`` is the road to the network; a fake of it is a function.
    """

    def __init__(self, state: RuntimeState, send: attempt.Send = http.send) -> None:
        self.state = state
        self._send = send
        self.unknown = NegativeCache()
        self.recent: deque[Decision] = deque(maxlen=KEEP_DECISIONS)
        self._quotes = QuoteChecks()
        self._others = NoPeers()
        self._checks: dict[Category, Checks] = {
            Category.MARKET_PRICE: self._quotes,
            Category.MARKET_OHLCV: NearPrice(self._quotes.peers, last_trade),
            Category.MARKET_ORDERBOOK: NearPrice(self._quotes.peers, best_prices),
            Category.NEWS: NewsChecks(),
            Category.SENTIMENT: MoodChecks(),
            Category.SOCIAL: SocialChecks(),
        }
        self._start = random.random()  # noqa: S311  # where a sequence of shares begins, no secret
        self._count = itertools.count()
        self._prefix = secrets.token_hex(5)
        self._numbers = itertools.count()
        self._peers = PeerPriceFollower(self._quotes.peers)
        self._wordings: dict[str, Mapping[Category, str]] = {}
        state.add_follower(self._peers.follow)
        state.add_follower(self._forget_old_wordings)

    def checks_for(self, category: Category) -> Checks:
        return self._checks.get(category, self._others)

    def view(self, category: Category) -> View:
        """What selection may look at, now."""
        now = time.time()
        book = self.state.health
        return View(
            category,
            now,
            (self._start + next(self._count) * GOLDEN) % 1.0,
            book.breakers,
            book.cooldowns,
            ADAPTERS,
            self._used,
            lambda links: book.fastest_first(links, category, now),
            self.state.is_prober_running(now),
        )

    def _forget_old_wordings(self) -> None:
        """A provider whose definitions were edited may know what it seemed not to know."""
        wordings = {
            slug: one.fingerprint for slug, one in self.state.configuration.providers.items() if one.generic_adapter
        }
        for slug, wording in wordings.items():
            if self._wordings.get(slug, wording) != wording:
                self.unknown.forget(slug)
        self._wordings = wordings

    def _new_id(self) -> str:
        """A decision's id: random digits of this engine, and a count; drawing each would cost 20 microseconds."""
        return f"{self._prefix}{next(self._numbers):06x}"

    def _used(self, provider: ProviderConf) -> QuotaUsage:
        return self.state.health.quota_usage(provider, attempt.adapter_of(provider).budget, time.time())

    def decide(self, query: Query) -> Result:
        """Ask the category's chain. Never raises for what upstreams do: see ``Result.missing``."""
        chain = self.state.current().chains.get(query.category)
        if chain is None:
            chain = ChainConf(query.category, *NO_CHAIN)
        decision = Decision(
            self._new_id(), query.category, time.time(), chain.generation, tuple(i.key for i in query.items)
        )
        result = Execution(self, chain, query, decision).run()
        self.recent.append(decision)
        self.state.record_decision(decision)
        return result

    def make_attempt(
        self, checks: Checks, candidate: Candidate, category: Category, lookups: Sequence[Lookup[Any]], call: http.Call
    ) -> attempt.Success:
        """One call on a user's behalf. Raises Failure; records nothing."""
        return attempt.make(self.state, checks, candidate, category, lookups, call, send=self._send)

    def record_failure(self, flight: InflightAttempt, failure: Failure) -> None:
        """Count a failure that was found out after the attempt: a lost hedge, a contradicted value."""
        attempt.record_failure(self.state, self.unknown, flight.candidate, flight.at, flight.lookups, failure)

    def somebody_may_know(self, item: Any, chain: ChainConf, query: Query) -> bool:
        """Whether any provider of the chain could answer the item, were it well."""
        now = time.time()
        for link in chain.links:
            adapter = link.provider.resolve_adapter(ADAPTERS)
            if adapter is None or query.category not in adapter.handlers:
                continue
            ask = lookup_for(item, query.names(link.provider.slug))
            if ask is None or self.unknown.is_unknown(link.provider.slug, ask, now):
                continue
            if adapter.handlers[query.category].accepts(ask):
                return True
        return False


_engine: Engine | None = None
_making = threading.Lock()


def engine() -> Engine:
    """This process's engine, over its state; made on first use, and anew for a new state."""
    global _engine  # noqa: PLW0603 - a process has one
    held = _engine
    if held is None or held.state is not runtime():
        with _making:
            held = _engine
            if held is None or held.state is not runtime():
                held = _engine = Engine(runtime())
    return held
