"""One category's memory in one process: fresh values, last known ones, and the fetches under way.

1. Up to ``cache_s`` a value is served as it is; up to twice that it is served while a newer one is fetched behind it.
2. What is missing is fetched: once in the process (flights), once in the fleet (turns), through the engine.
3. Where a last known good is at hand a caller waits ``SOFT_S`` at most, and then gets that one, marked stale.
4. At most ``MAX_MISSES`` callers wait for upstreams at a time. Where nothing is known a caller waits ``SOFT_S`` for a
   place among them; while upstreams hang at most ``MOST_WAITING`` do, so the other threads go on answering.
"""

from __future__ import annotations

import logging
import math
import operator
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, TypeVar

from markets.feeds import explain_context
from markets.feeds.bulkhead import Bulkhead
from markets.feeds.cache_stats import CacheCounters, CacheStats
from markets.feeds.codecs import Codec, Entry, pack, unpack
from markets.feeds.singleflight import InflightFetch, InflightFetches
from providers.domain.adapter import Item
from providers.domain.categories import Category
from providers.domain.config import ChainConf
from providers.domain.scope_keys import in_category, provider_key
from providers.engine import thread_pool
from providers.engine.decide import Engine
from providers.engine.query import Answered, Names, Query, Result
from providers.resilience.breaker import is_shut
from providers.state.record_buffer import LastKnownValue, read_last_known
from providers.state.runtime import RuntimeState
from providers.state.shared_fetch import shared_fetch

SOFT_S = 0.3
"""How long a caller waits for a fresh answer when a last known good is at hand."""
REVALIDATE_FACTOR = 2.0
"""Up to this many cache times an answer is served while a newer one is fetched behind it."""
SHARED_FETCH_WAIT_S = 1.0
"""How long a process waits for another that is fetching the same, before it fetches for itself."""
MAX_ENTRIES = 5000
"""Values one feed remembers; the oldest tenth goes when there are more."""
MAX_MISSES = 16
"""Callers that may wait for upstreams at a time: half of the server's threads."""
MAX_WAITING = 8
"""Callers that may wait for a place among those: a quarter of the threads is left in any case."""

GRACE_S = 0.1
"""How much longer than a fetch may take its other callers wait for it: its outcome is theirs too."""

log = logging.getLogger(__name__)

I = TypeVar("I", bound=Item)

misses = Bulkhead(MAX_MISSES, MAX_WAITING)


@dataclass(frozen=True, slots=True)
class Freshness:
    """What a caller wants: under which chain, how young (seconds; None for the chain's own time), asked when."""

    chain: ChainConf
    max_age: float | None
    asked_at: float

    def is_young(self, entry: Entry, now: float) -> bool:
        """Whether an entry is served as it is, without asking anybody."""
        limit = self.chain.cache_s if self.max_age is None else min(self.max_age, self.chain.cache_s)
        return not entry.answer.stale_reason and entry.age(now) <= limit


@dataclass(slots=True)
class CacheResult(Generic[I]):
    """What a caller gets: entries by item, why some are stale, and why some are missing.

    ``why`` holds the code and, where there is one, the engine's result that left an item without a fresh value;
    ``results`` those of this call's own fetch.
    """

    entries: dict[I, Entry] = field(default_factory=dict)
    stale: dict[I, str] = field(default_factory=dict)
    missing: dict[I, str] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)


class CategoryCache(Generic[I]):
    """See the module's docstring. Items are hashable values of one category."""

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
        """Another object whenever something has been kept: then what is held may be another."""
        self.counters = CacheCounters(datetime.now(UTC))
        self._load()

    def stats(self) -> CacheStats:
        """What its memory holds, and was good for so far."""
        return self.counters.stats(len(self._entries))

    def get(self, items: Sequence[I], max_age: float | None = None) -> CacheResult[I]:
        """Fresh entries from memory, the rest fetched; what cannot be had in time as last known, said to be stale."""
        chain = self.state.current().chains.get(self.category)
        if chain is None:
            return CacheResult(missing=dict.fromkeys(items, "not_available"))
        wanted = list(dict.fromkeys(items))
        wish = Freshness(chain, max_age, time.time())
        ready = {} if explain_context.is_active() else self._ready(wanted, wish)
        if len(ready) == len(wanted):
            self.counters.count(len(ready))
            return CacheResult(ready)
        lacking = [item for item in wanted if item not in ready]
        results, since = self._fetch(lacking, wish)
        explain_context.note(results)
        served: CacheResult[I] = CacheResult(results=results)
        now = time.time()
        for item in wanted:
            self._serve(item, ready.get(item) or self._usable(item, wish, since), chain, now, served)
        self.counters.count(len(ready), len(lacking), len(served.stale), len(served.missing))
        return served

    def _serve(self, item: I, entry: Entry | None, chain: ChainConf, now: float, served: CacheResult[I]) -> None:
        stale = entry.answer.stale_reason if entry is not None else None
        if entry is None:
            entry = self._last_known(item, chain, now)
            stale = self.reason(item)
        if entry is None:
            served.missing[item] = self.reason(item)
            return
        served.entries[item] = entry
        if stale is not None:
            served.stale[item] = stale

    def has_entries(self, entries: Mapping[I, Entry]) -> bool:
        """Whether these very entries are the ones in memory."""
        return all(map(operator.is_, map(self._entries.get, entries), entries.values()))  # on the warm path: no frames

    def would_serve(self, entries: Mapping[I, Entry], max_age: float | None) -> bool:
        """Whether ``get`` would answer with these very entries, at once. What is aging is fetched again behind it."""
        chain = self.state.current().chains.get(self.category)
        if chain is None:
            return False
        ready = self._ready(list(entries), Freshness(chain, max_age, time.time()))
        return len(ready) == len(entries) and all(ready[item] is entry for item, entry in entries.items())

    def outlier_key(self, slug: str) -> str:
        """The breaker that is shut while a provider is found to lie in this category."""
        provider = self.state.configuration.providers.get(slug)
        return in_category(provider_key(provider), self.category) if provider is not None else ""

    def reason(self, item: I) -> str:
        """Why there is no fresh value: a word of ``provenance.REASONS``."""
        why = self._reasons.get(item)
        if why is None:
            return "waiting"
        word, result = why
        if word == "unknown":
            return "not_available"
        if word == "unconfirmed":
            return word
        return "deadline" if result.decision.status == "deadline" else "unavailable"

    def failure(self, item: I) -> Result | None:
        """The result that left this item without a value."""
        why = self._reasons.get(item)
        return why[1] if why is not None else None

    # -- memory ------------------------------------------------------------------------------------------------------

    def _ready(self, items: Sequence[I], wish: Freshness) -> dict[I, Entry]:
        """What need not be waited for; what is older than its cache time is fetched again behind it."""
        chain, now = wish.chain, wish.asked_at
        distrusted = self._distrusted(chain, now)
        ready, aging = {}, []
        for item in items:
            entry = self._entries.get(item)
            if entry is None or entry.generation != chain.generation or is_distrusted(entry, distrusted):
                continue
            if wish.is_young(entry, now):
                ready[item] = entry
            elif (
                wish.max_age is None
                and not entry.answer.stale_reason
                and entry.age(now) <= REVALIDATE_FACTOR * chain.cache_s
            ):
                ready[item] = entry
                aging.append(item)
        if aging:
            self._revalidate(aging, chain)
        return ready

    def _distrusted(self, chain: ChainConf, now: float) -> dict[str, float]:
        """The chain's sources that have been found to lie, and until when (unix seconds) what they gave is worth
        nothing: while their breaker for implausible answers is shut all of it, then what is from before its closing.
        """
        breakers, found = self.state.health.breakers, {}
        for link in chain.links:
            breaker = breakers.get(in_category(provider_key(link.provider), chain.category))
            if breaker is not None and (is_shut(breaker, now) or breaker.closed_at is not None):
                found[link.provider.slug] = math.inf if is_shut(breaker, now) else breaker.closed_at or 0.0
        return found

    def _revalidate(self, items: list[I], chain: ChainConf) -> None:
        mine, flight, _ = self._join(items, chain)
        self.counters.count_revalidations(len(mine))
        if mine and not thread_pool.helpers.run(
            lambda: self._fetch_and_complete(mine, flight, chain, "revalidated", True)
        ):
            self._inflight.complete(_keys(mine, chain), flight)

    def _usable(self, item: I, wish: Freshness, since: float) -> Entry | None:
        """A value fetched since then, or one that is young enough all the same."""
        entry = self._entries.get(item)
        now = time.time()
        if entry is None or entry.generation not in (wish.chain.generation, self._generation()):
            return None
        is_good = entry.answer.fetched_at.timestamp() >= since or wish.is_young(entry, now)
        return entry if is_good and not is_distrusted(entry, self._distrusted(wish.chain, now)) else None

    def _generation(self) -> str:
        """The chain's generation by now: it may have been edited since a caller came."""
        chain = self.state.configuration.chains.get(self.category)
        return chain.generation if chain is not None else ""

    def _last_known(self, item: I, chain: ChainConf, now: float) -> Entry | None:
        """The newest valid value, unless it is too old, or its source has been switched off or found to lie since."""
        entry = self._entries.get(item)
        if entry is None or entry.age(now) > chain.stale_s or not chain.source_is_on(entry.answer.provider):
            return None
        return None if is_distrusted(entry, self._distrusted(chain, now)) else entry

    # -- fetching ----------------------------------------------------------------------------------------------------

    def _fetch(self, items: list[I], wish: Freshness) -> tuple[list[Result], float]:
        """Fetch what nobody is fetching yet, and wait for the rest: who asked for an age until the deadline, whatever
        is last known.

        The results of this call's own fetch, and the time since which values count as fetched for it.
        """
        known = all(self._last_known(item, wish.chain, wish.asked_at) for item in items)
        if not misses.enter(0.0 if known else SOFT_S):
            return [], wish.asked_at  # the server's other threads are for those who can be answered
        try:
            if explain_context.is_active():
                return [self._decide(items, wish.chain, "miss", known)], wish.asked_at
            return self._fetch_once(items, wish, known, known and wish.max_age is None)
        finally:
            misses.leave()

    def _fetch_once(self, items: list[I], wish: Freshness, known: bool, soft: bool) -> tuple[list[Result], float]:
        chain = wish.chain
        mine, flight, others = self._join(items, chain, wish)
        results: list[Result] = []
        if (
            mine
            and soft
            and thread_pool.helpers.run(lambda: self._fetch_and_complete(mine, flight, chain, "miss", True))
        ):
            others.add(flight)
        elif mine:
            own = self._fetch_and_complete(mine, flight, chain, "miss", known)
            results = [own] if own is not None else []
        self._wait(others, SOFT_S if soft else chain.deadline_s + GRACE_S)
        return results, min([wish.asked_at, flight.since, *(other.since for other in others)])

    def _join(
        self, items: list[I], chain: ChainConf, wish: Freshness | None = None
    ) -> tuple[list[I], InflightFetch, set[InflightFetch]]:
        """Split items into those to fetch now, and the flights that others already are.

        What has landed between a caller's look at the memory and its boarding need not be fetched again.
        """
        keys, flight, others = self._inflight.join(_keys(items, chain))
        mine = [item for _, item in keys]
        landed = [item for item in mine if self._usable(item, wish, wish.asked_at)] if wish is not None else []
        self._inflight.leave(_keys(landed, chain), flight)
        return [item for item in mine if item not in landed], flight, others

    def _decide(
        self, items: Sequence[I], chain: ChainConf, made: str, known: bool, within: float | None = None
    ) -> Result:
        """Ask the engine, and keep what it found."""
        result = self.engine.decide(Query(self.category, tuple(items), self._names, within, last_resort=not known))
        self._store(result, chain, made)
        return result

    @staticmethod
    def _wait(flights: set[InflightFetch], at_most: float) -> None:
        """Wait for each flight until it is ``at_most`` old."""
        for flight in flights:
            flight.done.wait(max(0.0, flight.started + at_most - time.monotonic()))

    def _fetch_and_complete(
        self, items: list[I], flight: InflightFetch, chain: ChainConf, made: str, known: bool
    ) -> Result | None:
        """Fetch, or take over what another process has just fetched; keep it, and let the waiting go on.

        None when it was another's answer: there is no decision of ours behind it.
        """
        question = f"{self.category.value}|{chain.generation}|{'|'.join(sorted(item.key for item in items))}"
        patience = min(SHARED_FETCH_WAIT_S, chain.deadline_s / 2)
        try:
            with shared_fetch().turn(question, flight.started_at, patience) as turn:
                if turn.answer is not None:
                    flight.since = min(flight.since, self._take_over(turn.answer))
                    return None
                waited = time.monotonic() - flight.started
                result = self._decide(items, chain, made, known, chain.deadline_s - min(waited, patience))
                if result.answered:
                    turn.share(pack({item: self._entries[item] for item in result.answered}, self._codec))
                return result
        finally:
            self._inflight.complete(_keys(items, chain), flight)

    def _take_over(self, answer: bytes) -> float:
        """Another process's entries, where they are newer than ours; when the oldest of them was fetched."""
        taken = unpack(answer, self._codec)
        for item, entry in taken.items():
            held = self._entries.get(item)
            if held is None or held.answer.fetched_at < entry.answer.fetched_at:
                self._entries[item] = entry
                self._reasons.pop(item, None)
        self.changes = object()
        return min((entry.answer.fetched_at.timestamp() for entry in taken.values()), default=math.inf)

    def _store(self, result: Result, chain: ChainConf, made: str) -> None:
        decision, now_in_force = result.decision, self._generation()
        kept = {}
        for item, answer in result.answered.items():
            entry = Entry(answer, chain.generation, decision.id, len(decision.attempts), made)
            held = self._entries.get(item)
            if answer.stale_reason is not None and held is not None and held.answer.fetched_at > answer.fetched_at:
                continue
            is_newer = held is not None and held.answer.fetched_at.timestamp() >= decision.made_at
            if held is not None and is_newer and held.generation == now_in_force != chain.generation:
                continue  # asked before an edit, answered after somebody who knew of it
            self._entries[item] = entry
            self._reasons.pop(item, None)
            value = self._codec.encode(answer.value)
            kept[self._key(item)] = LastKnownValue(
                self.category, answer.provider, answer.host, value, answer.fetched_at
            )
        for item, why in result.missing.items():
            self._reasons[item] = (why, result)
        self.state.records.add_last_known(kept)
        if len(self._entries) > MAX_ENTRIES:
            self._evict_oldest()
        self.changes = object()

    def _evict_oldest(self) -> None:
        oldest = sorted(self._entries.items(), key=lambda held: held[1].answer.fetched_at)
        for item, _ in oldest[: MAX_ENTRIES // 10]:
            self._entries.pop(item, None)
        self._reasons = {item: why for item, why in self._reasons.items() if item in self._entries}

    def _key(self, item: I) -> str:
        return f"{self.category.value}:{item.key}"

    def _load(self) -> None:
        """Take over what was last known before this process began; a row that cannot be read costs only itself."""
        for key, provider, endpoint, value, fetched_at in read_last_known(self.category):
            try:
                item = self._codec.item(key.partition(":")[2])
                answer = Answered(self._codec.decode(value), provider, provider, endpoint, fetched_at, False)
            except (ValueError, LookupError, TypeError, ArithmeticError):
                log.warning("the last known good of %s cannot be read", key)
            else:
                self._entries[item] = Entry(answer, "", "", 0, "last_known_good")


def _keys(items: Sequence[I], chain: ChainConf) -> list[tuple[str, I]]:
    """What is fetched under another generation is another thing."""
    return [(chain.generation, item) for item in items]


def is_distrusted(entry: Entry, distrusted: Mapping[str, float]) -> bool:
    until = distrusted.get(entry.answer.provider)
    return until is not None and entry.answer.fetched_at.timestamp() < until
