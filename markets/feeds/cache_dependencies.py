"""What an answer stands on: while all of it stands, whoever asks gets the same answer, and its bytes can be sent again.

Grounds say of the feeds' values what the feeds themselves would: an answer that is kept is never older than one that
is made anew. Beside them an answer stands on the operator's configuration and on how coins are called (``World``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from markets.assets import registry
from markets.feeds import explain_context
from markets.feeds.category_cache import REVALIDATE_FACTOR, CacheResult, CategoryCache
from providers.resilience.breaker import is_shut
from providers.state.runtime import runtime


class CacheDependency(Protocol):
    """``until`` is when it stands no more in any case (unix seconds)."""

    @property
    def valid_until(self) -> float: ...

    def is_valid(self, now: float) -> bool:
        """Whether whoever asks ``now`` (unix seconds) would get the same again, without waiting."""

    def count_use(self) -> None:
        """What stands on it was sent again: its values are counted as looked up."""


CacheDependencies = tuple[CacheDependency, ...] | None
"""None: part of it is stale or missing or was asked for once, so the answer may change without a sign."""


def combine(many: Iterable[CacheDependencies]) -> CacheDependencies:
    """The grounds of all of them; none where one has none."""
    whole: list[CacheDependency] = []
    for grounds in many:
        if grounds is None:
            return None
        whole += grounds
    return tuple(whole)


@dataclass(frozen=True, slots=True)
class ConfigEpoch:
    """What every answer stands on: the operator's configuration and the coins' names, each one object until it changes.

    It is looked at before an answer is made: what is edited, or only noticed, meanwhile is then seen to be another.
    """

    configuration: object
    names: object

    @classmethod
    def current(cls) -> ConfigEpoch:
        return cls(runtime().configuration, registry.last_index())

    def is_current(self) -> bool:
        return runtime().current() is self.configuration and registry.current_index() is self.names


@dataclass(frozen=True, slots=True)
class ValidUntil:
    """A stretch of time."""

    valid_until: float

    def is_valid(self, now: float) -> bool:
        return now < self.valid_until

    def count_use(self) -> None:
        """There is nothing to count."""


class CachedEntries:
    """Values of a feed, served fresh.

    1. While all are young, no source of theirs has been found to lie, and nothing has been kept in the feed since the
       last look, they stand.
    2. When something has been kept, they stand if the feed still holds these very ones.
    3. When one is not young any more, the feed says; it fetches what is aging anew behind the caller.
    """

    def __init__(
        self, feed: CategoryCache[Any], served: CacheResult[Any], max_age: float | None, cache_s: float
    ) -> None:
        self._feed = feed
        self._entries = served.entries
        self._max_age = max_age
        fetched = [entry.answer.fetched_at.timestamp() for entry in served.entries.values()]
        young_s = cache_s if max_age is None else min(max_age, cache_s)
        self._young_until = min(fetched, default=math.inf) + young_s
        self.valid_until = min(fetched, default=math.inf) + (
            REVALIDATE_FACTOR * cache_s if max_age is None else young_s
        )
        self._sources = _sources(feed, served)
        self._changes: object = None

    def is_valid(self, now: float) -> bool:
        if now > self._young_until or any(self._lied(key, oldest, now) for key, oldest in self._sources.items()):
            return self._feed.would_serve(self._entries, self._max_age)
        changes = self._feed.changes
        if changes is not self._changes:
            if not self._feed.has_entries(self._entries):
                return False
            self._changes = changes
        return True

    def count_use(self) -> None:
        self._feed.counters.count(len(self._entries))

    def _lied(self, key: str, oldest: float, now: float) -> bool:
        breaker = self._feed.state.health.breakers.get(key)
        return breaker is not None and (is_shut(breaker, now) or oldest < (breaker.closed_at or 0.0))


def _sources(feed: CategoryCache[Any], served: CacheResult[Any]) -> dict[str, float]:
    """The breakers for implausible answers of who gave the values, each with when the oldest of its was fetched."""
    found: dict[str, float] = {}
    for entry in served.entries.values():
        key = feed.outlier_key(entry.answer.provider)
        fetched = entry.answer.fetched_at.timestamp()
        found[key] = min(fetched, found.get(key, fetched))
    return found


def dependencies_of(
    feed: CategoryCache[Any], served: CacheResult[Any], max_age: float | None = None
) -> CacheDependencies:
    """What was served stands on."""
    chain = feed.state.configuration.chains.get(feed.category)
    if explain_context.is_active() or served.stale or served.missing or chain is None:
        return None
    return (CachedEntries(feed, served, max_age, chain.cache_s),)
