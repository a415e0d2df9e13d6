"""The values of one category in one process: fresh ones, last known ones, and the fetches in progress.

1. Up to ``cache_s`` a value is served as it is; up to twice that it is served while a newer one is fetched in the
   background.
2. Missing values are fetched through the engine, once per process (``InflightFetches``) and once per fleet
   (``shared_fetch``).
3. A caller with a last known good waits ``SOFT_DEADLINE_S`` at most, then gets that value, marked stale.
4. At most ``MAX_MISSES`` callers wait for upstreams at a time. A caller with no last known good queues
   ``SOFT_DEADLINE_S`` for a slot; while upstreams hang at most ``MAX_QUEUED`` do, so other threads go on answering.
"""

from __future__ import annotations

import logging
import math
import operator
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from markets.feeds import provenance
from markets.feeds.codecs import Codec, pack, unpack
from markets.feeds.concurrency import Bulkhead, CacheCounters, CacheStats, InflightFetch, InflightFetches
from markets.feeds.provenance import CacheResult, Entry
from providers.domain.adapter import Item
from providers.domain.categories import Category
from providers.domain.config import ChainConf
from providers.domain.scope_keys import in_category, provider_key
from providers.engine import thread_pool
from providers.engine.decide import Engine
from providers.engine.query import Answered, Names, Query, Result
from providers.resilience.breaker import distrusted_before
from providers.state.record_buffer import LastKnownValue, read_last_known
from providers.state.runtime import RuntimeState
from providers.state.shared_fetch import shared_fetch

SOFT_DEADLINE_S = 0.3
"""Longest wait for a fresh value when there is a last known good."""
REVALIDATE_FACTOR = 2.0
"""Up to this many cache times a value is served while a newer one is fetched in the background."""
SHARED_FETCH_WAIT_S = 1.0
"""Longest wait for another process that is fetching the same items."""
MAX_ENTRIES = 5000
"""Values in one cache; the oldest tenth is evicted when there are more."""
MAX_MISSES = 16
"""Callers that may wait for upstreams at a time: half of the server's threads."""
MAX_QUEUED = 8
"""Callers that may queue for a slot while upstreams hang: a quarter of the threads stays free in any case."""
GRACE_S = 0.1
"""Added to the deadline of callers that wait for another's fetch, because its outcome is theirs too."""
FANOUT_WAIT_S = 2.0
"""Longest wait of a ``FanoutCache`` for slower items once it has any."""
POLL_S = 0.05
"""Interval at which an empty ``FanoutCache`` checks for items."""

log = logging.getLogger(__name__)

I = TypeVar("I", bound=Item)
misses = Bulkhead(MAX_MISSES, MAX_QUEUED)


@dataclass(frozen=True, slots=True)
class Freshness:
    """Freshness that a caller needs: ``max_age`` in seconds (None for the chain's), asked at a unix time."""

    chain: ChainConf
    max_age: float | None
    asked_at: float

    def is_fresh(self, entry: Entry, now: float) -> bool:
        """Tell if an entry is served with no fetch."""
        limit = self.chain.cache_s if self.max_age is None else min(self.max_age, self.chain.cache_s)
        return not entry.answer.stale_reason and entry.age(now) <= limit

    def may_revalidate(self, entry: Entry, now: float) -> bool:
        """Tell if an entry is served while a newer one is fetched in the background."""
        limit = REVALIDATE_FACTOR * self.chain.cache_s
        return self.max_age is None and not entry.answer.stale_reason and entry.age(now) <= limit


class CategoryCache(Generic[I]):
    """See the module's docstring. Items are hashable values of one category."""

    last_resort = True
    """Whether endpoints behind a shut breaker are asked, within the budget, when no other can answer."""

    def __init__(self, engine: Engine, category: Category, names: Names, codec: Codec) -> None:
        self.engine = engine
        self.category = category
        self.state: RuntimeState = engine.state
        self._names = names
        self._codec = codec
        self._entries: dict[I, Entry] = {}
        self._reasons: dict[I, tuple[str, Result]] = {}
        self._inflight: InflightFetches[tuple[str, I]] = InflightFetches()
        self.changes: object = object()
        """Replaced whenever entries were stored, so that dependents know when to compare theirs."""
        self.counters = CacheCounters(datetime.now(UTC))
        self._load()

    def stats(self) -> CacheStats:
        """Return the number of entries, and the hits and misses so far."""
        return self.counters.stats(len(self._entries))

    def get(self, items: Sequence[I], max_age: float | None = None) -> CacheResult[I]:
        """Return fresh entries from memory, fetch the rest, and fill up with last known ones, marked stale."""
        chain = self.state.current().chains.get(self.category)
        if chain is None:
            return CacheResult(self.category, missing=dict.fromkeys(items, "not_available"))
        items, freshness = list(dict.fromkeys(items)), Freshness(chain, max_age, time.time())
        fresh = {} if provenance.fetches_anew() else self._fresh(items, freshness)
        if len(fresh) == len(items):
            self.counters.count(len(fresh))
            provenance.record_explained((), (entry.decision for entry in fresh.values()))
            return CacheResult(self.category, fresh)
        absent = [item for item in items if item not in fresh]
        results, since = self._fetch(absent, freshness)
        result: CacheResult[I] = CacheResult(self.category, results=results)
        now = time.time()
        for item in items:
            self._add(item, fresh.get(item) or self._usable(item, freshness, since), chain, now, result)
        self.counters.count(len(fresh), len(absent), len(result.stale), len(result.missing))
        provenance.record_explained([*results, *result.failures], (row.decision for row in result.entries.values()))
        return result

    def _add(self, item: I, entry: Entry | None, chain: ChainConf, now: float, result: CacheResult[I]) -> None:
        """Add an item's entry to the result, or its last known one, or why there is none."""
        stale = entry.answer.stale_reason if entry is not None else None
        if entry is None:
            entry = self._last_known(item, chain, now)
            stale = self._reason(item)
        if entry is not None:
            result.entries[item] = entry
            if stale is not None:
                result.stale[item] = stale
            return
        result.missing[item] = self._reason(item)
        if item in self._reasons:
            result.failures.append(self._reasons[item][1])

    def _reason(self, item: I) -> str:
        """Return why there is no fresh value: a key of ``provenance.REASONS``."""
        if item not in self._reasons:
            return "waiting"
        code, result = self._reasons[item]
        if code == "unknown":
            return "not_available"
        if code == "unconfirmed":
            return code
        return "deadline" if result.decision.status == "deadline" else "unavailable"

    def has_entries(self, entries: Mapping[I, Entry]) -> bool:
        """Tell if these very entries are the current ones."""
        return all(map(operator.is_, map(self._entries.get, entries), entries.values()))  # on the warm path: no frames

    def would_serve(self, entries: Mapping[I, Entry], max_age: float | None) -> bool:
        """Tell if ``get`` would return these very entries at once. Aging ones are fetched in the background."""
        chain = self.state.current().chains.get(self.category)
        if chain is None:
            return False
        fresh = self._fresh(list(entries), Freshness(chain, max_age, time.time()))
        return len(fresh) == len(entries) and all(fresh[item] is entry for item, entry in entries.items())

    def outlier_key(self, slug: str) -> str:
        """Return the breaker that opens when a provider's values in this category are implausible."""
        provider = self.state.configuration.providers.get(slug)
        return in_category(provider_key(provider), self.category) if provider is not None else ""

    # -- memory ------------------------------------------------------------------------------------------------------

    def _fresh(self, items: Sequence[I], freshness: Freshness) -> dict[I, Entry]:
        """Return what need not be waited for; what is older than its cache time is fetched in the background."""
        chain, now = freshness.chain, freshness.asked_at
        distrusted = self._distrusted(chain, now)
        fresh, aging = {}, []
        for item in items:
            entry = self._entries.get(item)
            if entry is None or entry.generation != chain.generation or is_distrusted(entry, distrusted):
                continue
            if freshness.is_fresh(entry, now):
                fresh[item] = entry
            elif freshness.may_revalidate(entry, now):
                fresh[item] = entry
                aging.append(item)
        if aging:
            self._revalidate(aging, chain)
        return fresh

    def _distrusted(self, chain: ChainConf, now: float) -> dict[str, float]:
        """Return the providers whose values fetched before a unix time are not served.

        While their outlier breaker is open, that is all values; then those fetched before it closed.
        """
        breakers, until = self.state.health.breakers, {}
        for link in chain.links:
            breaker = breakers.get(in_category(provider_key(link.provider), chain.category))
            if breaker is not None:
                until[link.provider.slug] = distrusted_before(breaker, now)
        return until

    def _usable(self, item: I, freshness: Freshness, since: float) -> Entry | None:
        """Return a trusted entry fetched at ``since`` (unix seconds) or later, or one that is fresh all the same."""
        entry = self._entries.get(item)
        now = time.time()
        if entry is None or entry.generation not in (freshness.chain.generation, self._generation()):
            return None
        is_usable = entry.is_since(since, now) or freshness.is_fresh(entry, now)
        return entry if is_usable and not is_distrusted(entry, self._distrusted(freshness.chain, now)) else None

    def _generation(self) -> str:
        """Return the chain's current generation: it may have been edited since the caller came."""
        chain = self.state.configuration.chains.get(self.category)
        return chain.generation if chain is not None else ""

    def _last_known(self, item: I, chain: ChainConf, now: float) -> Entry | None:
        """Return the newest valid entry, unless it is too old, or its source is now disabled or distrusted."""
        entry = self._entries.get(item)
        if entry is None or entry.age(now) > chain.stale_s or not chain.source_is_on(entry.answer.provider):
            return None
        return None if is_distrusted(entry, self._distrusted(chain, now)) else entry

    # -- fetching ----------------------------------------------------------------------------------------------------

    def _fetch(self, items: list[I], freshness: Freshness) -> tuple[list[Result], float]:
        """Fetch what nobody is fetching yet, and wait for the rest: with a ``max_age`` until the deadline.

        Returns the results of this call's own fetch, and the time since which values count as fresh for it.
        """
        has_known = all(self._last_known(item, freshness.chain, freshness.asked_at) for item in items)
        if not misses.enter(0.0 if has_known else SOFT_DEADLINE_S):
            return [], freshness.asked_at  # the server's other threads are for callers that can be answered
        try:
            if provenance.fetches_anew():
                return [self._decide(items, freshness.chain, "miss")], freshness.asked_at
            return self._fetch_once(items, freshness, has_known)
        finally:
            misses.leave()

    def _fetch_once(self, items: list[I], freshness: Freshness, has_known: bool) -> tuple[list[Result], float]:
        chain, soft = freshness.chain, has_known and freshness.max_age is None
        own, others = self._join(items, chain, freshness)
        results: list[Result] = []
        if own.keys and soft and self._run_in_background(own, chain, "miss"):
            others.add(own)
        elif own.keys:
            result = self._run(own, chain, "miss")
            results = [result] if result is not None else []
        _wait(others, SOFT_DEADLINE_S if soft else chain.deadline_s + GRACE_S)
        return results, min([freshness.asked_at, own.since, *(other.since for other in others)])

    def _join(
        self, items: list[I], chain: ChainConf, freshness: Freshness | None = None
    ) -> tuple[InflightFetch[tuple[str, I]], set[InflightFetch[tuple[str, I]]]]:
        """Return this call's own fetch, and those in progress for the other items.

        Items that arrived between the caller's look at the memory and this call are not fetched again.
        """
        own, others = self._inflight.join([(chain.generation, item) for item in items])
        if freshness is not None:
            arrived = [key for key in own.keys if self._usable(key[1], freshness, freshness.asked_at)]
            self._inflight.leave(own, arrived)
        return own, others

    def _revalidate(self, items: list[I], chain: ChainConf) -> None:
        own, _ = self._join(items, chain)
        self.counters.count_revalidations(len(own.keys))
        if own.keys and not self._run_in_background(own, chain, "revalidated"):
            self._inflight.complete(own)

    def _run_in_background(self, fetch: InflightFetch[tuple[str, I]], chain: ChainConf, cache_status: str) -> bool:
        """Run a fetch in a pool thread; return False if none is free."""
        return thread_pool.pool.run(lambda: self._run(fetch, chain, cache_status))

    def _run(self, fetch: InflightFetch[tuple[str, I]], chain: ChainConf, cache_status: str) -> Result | None:
        """Fetch, or adopt what another process has just fetched; store it and wake the callers that wait.

        Returns None if it was another process's answer, which has no decision here.
        """
        items = [item for _, item in fetch.keys]
        question = f"{self.category.value}|{chain.generation}|{'|'.join(sorted(item.key for item in items))}"
        patience = min(SHARED_FETCH_WAIT_S, chain.deadline_s / 2)
        try:
            with shared_fetch().turn(question, fetch.started_at, patience) as turn:
                if turn.answer is not None:
                    fetch.since = min(fetch.since, self._adopt(turn.answer))
                    return None
                waited = min(time.monotonic() - fetch.started, patience)
                result = self._decide(items, chain, cache_status, chain.deadline_s - waited)
                if result.answered:
                    turn.share(pack({item: self._entries[item] for item in result.answered}, self._codec))
                return result
        finally:
            self._inflight.complete(fetch)

    def _decide(self, items: Sequence[I], chain: ChainConf, cache_status: str, limit_s: float | None = None) -> Result:
        """Ask the engine, and store its answers."""
        query = Query(self.category, tuple(items), self._names, limit_s, self.last_resort)
        result = self.engine.decide(query)
        self._store(result, chain, cache_status)
        return result

    def _adopt(self, answer: bytes) -> float:
        """Take another process's entries where they are newer; return when the oldest was fetched (unix seconds)."""
        shared = unpack(answer, self._codec)
        for item, entry in shared.items():
            current = self._entries.get(item)
            if current is None or not current.is_since(entry.answer.fetched_at.timestamp(), time.time()):
                self._entries[item] = entry
                self._reasons.pop(item, None)
        self.changes = object()
        return min((entry.answer.fetched_at.timestamp() for entry in shared.values()), default=math.inf)

    def _store(self, result: Result, chain: ChainConf, cache_status: str) -> None:
        decision, generation = result.decision, self._generation()
        known = {}
        for item, answer in result.answered.items():
            entry = Entry(answer, chain.generation, decision.id, len(decision.attempts), cache_status)
            current = self._entries.get(item)
            if answer.stale_reason is not None and current and current.answer.fetched_at > answer.fetched_at:
                continue
            is_newer = current is not None and current.is_since(decision.made_at, time.time())
            if current is not None and is_newer and current.generation == generation != chain.generation:
                continue  # asked before an edit, answered after a fetch that knew of it
            self._entries[item] = entry
            self._reasons.pop(item, None)
            value = self._codec.encode(answer.value)
            key = f"{self.category.value}:{item.key}"
            known[key] = LastKnownValue(self.category, answer.provider, answer.host, value, answer.fetched_at)
        for item, code in result.missing.items():
            self._reasons[item] = (code, result)
        self.state.records.add_last_known(known)
        if len(self._entries) > MAX_ENTRIES:
            self._evict_oldest()
        self.changes = object()

    def _evict_oldest(self) -> None:
        oldest = sorted(self._entries.items(), key=lambda row: row[1].answer.fetched_at)
        for item, _ in oldest[: MAX_ENTRIES // 10]:
            self._entries.pop(item, None)
        self._reasons = {item: reason for item, reason in self._reasons.items() if item in self._entries}

    def _load(self) -> None:
        """Load the last known values of earlier processes; an unreadable row is logged and left out."""
        for key, provider, endpoint, value, fetched_at in read_last_known(self.category):
            try:
                item = self._codec.item(key.partition(":")[2])
                answer = Answered(self._codec.decode(value), provider, provider, endpoint, fetched_at, False)
            except (ValueError, LookupError, TypeError, ArithmeticError):
                log.warning("the last known good of %s cannot be read", key)
            else:
                self._entries[item] = Entry(answer, "", "", 0, "last_known_good")


class FanoutCache(CategoryCache[I]):
    """A cache whose items are fetched side by side, each by a decision of its own, so that a slow one delays no other.

    News outlets are such items: each has its own articles, and none can replace another. Failing ones are left to the
    prober: the other items are worth more than waiting for a last resort.
    """

    last_resort = False

    def _fetch_once(self, items: list[I], freshness: Freshness, has_known: bool) -> tuple[list[Result], float]:
        """Fetch each item in a thread of its own; wait until all have arrived, or some have and time is up."""
        chain, soft = freshness.chain, has_known and freshness.max_age is None
        fetches: set[InflightFetch[tuple[str, I]]] = set()
        for item in items:
            fetches |= self._begin(item, chain)
        _wait(fetches, SOFT_DEADLINE_S if soft else min(FANOUT_WAIT_S, chain.deadline_s))
        until = min(fetch.started for fetch in fetches) + chain.deadline_s
        while not self._entries and time.monotonic() < until:
            pending = [fetch for fetch in fetches if not fetch.done.is_set()]
            if not pending:
                break
            pending[0].done.wait(POLL_S)
        return [], min([freshness.asked_at, *(fetch.since for fetch in fetches)])

    def _begin(self, item: I, chain: ChainConf) -> set[InflightFetch[tuple[str, I]]]:
        """Return the fetch that will bring this item: one in progress, or a new one."""
        own, others = self._join([item], chain)
        if not own.keys:
            return others
        if not self._run_in_background(own, chain, "miss"):
            self._run(own, chain, "miss")
        return {own}


def _wait(fetches: set[InflightFetch[tuple[str, I]]], max_age_s: float) -> None:
    """Wait until each fetch is done, or ``max_age_s`` old."""
    for fetch in fetches:
        fetch.done.wait(max(0.0, fetch.started + max_age_s - time.monotonic()))


def is_distrusted(entry: Entry, distrusted: Mapping[str, float]) -> bool:
    """Tell if an entry's provider is distrusted for values as old as this one."""
    until = distrusted.get(entry.answer.provider)
    return until is not None and entry.answer.fetched_at.timestamp() < until
