"""The engine: answers queries over the process's runtime state. Each process has one, behind all upstream queries."""

from __future__ import annotations

import itertools
import random
import secrets
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from providers.adapters import ADAPTERS
from providers.domain.categories import Category, Strategy
from providers.domain.config import ChainConf, ProviderConf
from providers.engine.attempt import EngineContext, Send, adapter_of
from providers.engine.execution import Execution
from providers.engine.query import Checks, Query, Result
from providers.models import DecisionRecord
from providers.resilience.answer_checks import (
    BOOK_MAX_AGE,
    LISTING_MAX_AGE,
    VOLUME_MAX_AGE,
    AgeChecks,
    MoodChecks,
    NearPrice,
    NewsChecks,
    NoPeers,
    QuoteChecks,
    SocialChecks,
    best_prices,
    last_trade,
)
from providers.resilience.decision import Decision
from providers.resilience.negative_cache import NegativeCache
from providers.resilience.quota import QuotaUsage
from providers.resilience.selection import View
from providers.state.peer_prices import PeerPriceFollower
from providers.state.runtime import RuntimeState, runtime
from providers.transport import http

GOLDEN_RATIO = 0.6180339887498949
"""Multiples of it fill [0, 1) evenly, so shares of traffic come out exact and not just on average."""
RECENT_DECISIONS = 1000
NO_CHAIN = (Strategy.PRIORITY, 1.0, 0.0, 0.0, (), "none")


class Engine:
    """Answers queries. Holds what one process learns: unknown names, peer prices, recent decisions.

    ``send`` is the function that reaches the network; tests pass a fake.
    """

    def __init__(self, state: RuntimeState, send: Send = http.send) -> None:
        self.state = state
        self._send = send
        self.negative_cache = NegativeCache()
        self.recent: deque[Decision] = deque(maxlen=RECENT_DECISIONS)
        quotes = QuoteChecks()
        self._no_peers = NoPeers()
        self._checks: dict[Category, Checks] = {
            Category.MARKET_PRICE: quotes,
            Category.MARKET_OHLCV: NearPrice(quotes.peers, last_trade),
            Category.MARKET_ORDERBOOK: NearPrice(quotes.peers, best_prices, BOOK_MAX_AGE),
            Category.MARKET_VOLUME: AgeChecks(VOLUME_MAX_AGE),
            Category.MARKET_METADATA: AgeChecks(LISTING_MAX_AGE),
            Category.NEWS: NewsChecks(),
            Category.SENTIMENT: MoodChecks(),
            Category.SOCIAL: SocialChecks(),
        }
        self._contexts = {category: self._context(category) for category in Category}
        self._first_ticket = random.random()  # noqa: S311  # start of a sequence of shares, no secret
        self._tickets = itertools.count()
        self._id_prefix = secrets.token_hex(5)
        self._ids = itertools.count()
        self._fingerprints: dict[str, Mapping[Category, str]] = {}
        state.add_follower(PeerPriceFollower(quotes.peers).follow)
        state.add_follower(self._forget_changed_providers)

    def context(self, category: Category) -> EngineContext:
        """Return what attempts in this category work with."""
        return self._contexts[category]

    def checks_for(self, category: Category) -> Checks:
        """Return the checks that values of this category pass."""
        return self._checks.get(category, self._no_peers)

    def view(self, category: Category) -> View:
        """Return the facts that selection works on, as of now."""
        now = time.time()
        health = self.state.health
        return View(
            category,
            now,
            (self._first_ticket + next(self._tickets) * GOLDEN_RATIO) % 1.0,
            health.breakers,
            health.cooldowns,
            ADAPTERS,
            self._used,
            lambda links: health.fastest_first(links, category, now),
            self.state.is_prober_running(now),
        )

    def decide(self, query: Query) -> Result:
        """Answer a query from its category's chain. Upstream failures never raise: see ``Result.missing``."""
        chain = self.state.current().chains.get(query.category)
        if chain is None:
            chain = ChainConf(query.category, *NO_CHAIN)
        decision = Decision(
            self._new_id(), query.category, time.time(), chain.generation, tuple(item.key for item in query.items)
        )
        result = Execution(self._contexts[query.category], chain, query, decision).run()
        self.recent.append(decision)
        self.state.record_decision(decision)
        return result

    def _context(self, category: Category) -> EngineContext:
        return EngineContext(
            category,
            self.state,
            self.checks_for(category),
            self.negative_cache,
            self._send,
            lambda: self.view(category),
        )

    def _forget_changed_providers(self) -> None:
        """Forget what providers did not know if their definitions were edited since."""
        fingerprints = {
            slug: provider.fingerprint
            for slug, provider in self.state.configuration.providers.items()
            if provider.generic_adapter
        }
        for slug, fingerprint in fingerprints.items():
            if self._fingerprints.get(slug, fingerprint) != fingerprint:
                self.negative_cache.forget(slug)
        self._fingerprints = fingerprints

    def _new_id(self) -> str:
        """Return a decision id: random digits of this engine and a count; drawing each one anew would cost 20 us."""
        return f"{self._id_prefix}{next(self._ids):06x}"

    def _used(self, provider: ProviderConf) -> QuotaUsage:
        return self.state.health.quota_usage(provider, adapter_of(provider).budget, time.time())


_engine: Engine | None = None
_creating = threading.Lock()


def engine() -> Engine:
    """Return this process's engine; it is created on first use, and again for a new runtime state."""
    global _engine  # noqa: PLW0603 - a process has one
    current = _engine
    if current is None or current.state is not runtime():
        with _creating:
            current = _engine
            if current is None or current.state is not runtime():
                current = _engine = Engine(runtime())
    return current


def find_decision(decision_id: str) -> dict[str, Any] | None:
    """Return a decision's full record from memory or the database; None if it was not sampled, or has expired."""
    for decision in reversed(engine().recent):
        if decision.id == decision_id:
            return decision.body()
    if not decision_id.isprintable():
        return None  # not one of our ids, and not every database accepts it in a query
    body = DecisionRecord.objects.filter(pk=decision_id).values_list("body", flat=True).first()
    return body if isinstance(body, dict) else None
