"""Dependencies of a cached response, and the check that it is still what a view would answer.

A response is valid while the values it was built from would still be served by their caches, and while the operator's
configuration and the coins' names are unchanged (``ConfigEpoch``). So it is never older than one built anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from markets.assets import registry
from markets.feeds import provenance
from markets.feeds.category_cache import REVALIDATE_FACTOR, CategoryCache
from markets.feeds.provenance import CacheResult
from providers.domain.moments import is_within
from providers.resilience.breaker import distrusted_before
from providers.state.runtime import runtime


class CacheDependency(Protocol):
    """A part of what a response was built from. It is not valid after ``valid_until`` (unix seconds) in any case."""

    @property
    def valid_until(self) -> float:
        """The last moment it can be valid (unix seconds)."""

    def is_valid(self, now: float) -> bool:
        """Tell if a view called ``now`` (unix seconds) would get the same values, without waiting."""

    def count_use(self) -> None:
        """Count the values as cache hits, because a response built from them was served again."""


CacheDependencies = tuple[CacheDependency, ...] | None
"""None: part of the response is stale, missing or explained, so it must not be cached."""


def combine(parts: Iterable[CacheDependencies]) -> CacheDependencies:
    """Return the dependencies of all parts; None if one part must not be cached."""
    combined: list[CacheDependency] = []
    for dependencies in parts:
        if dependencies is None:
            return None
        combined += dependencies
    return tuple(combined)


@dataclass(frozen=True, slots=True)
class ConfigEpoch:
    """The operator's configuration and the coins' names, each one object that is replaced when it changes.

    Read the epoch before building the answer, so that a concurrent edit invalidates it.
    """

    configuration: object
    index: object

    @classmethod
    def current(cls) -> ConfigEpoch:
        """Return the epoch as this process knows it, without looking for changes."""
        return cls(runtime().configuration, registry.last_index())

    def is_current(self) -> bool:
        """Tell if nothing has changed; looks for changes where that is due."""
        return runtime().current() is self.configuration and registry.current_index() is self.index


@dataclass(frozen=True, slots=True)
class ValidUntil:
    """A dependency on time alone."""

    valid_until: float

    def is_valid(self, now: float) -> bool:
        """Tell if ``now`` (unix seconds) is earlier."""
        return now < self.valid_until

    def count_use(self) -> None:
        """Do nothing: there is no cache behind it."""


class CachedEntries:
    """A dependency on fresh values of a category cache.

    1. While all are young, no source of theirs is distrusted, and the cache has stored nothing since, they are valid.
    2. When the cache has stored something, they are valid if they are still the cache's own entries.
    3. When one is no longer young, the cache decides (``would_serve``), and fetches aging values in the background.
    """

    def __init__(
        self, cache: CategoryCache[Any], result: CacheResult[Any], max_age: float | None, cache_s: float
    ) -> None:
        self._cache = cache
        self._entries = result.entries
        self._max_age = max_age
        fetched_at = min((entry.answer.fetched_at.timestamp() for entry in result.entries.values()), default=math.inf)
        young_s = cache_s if max_age is None else min(max_age, cache_s)
        self._fetched_at, self._young_s = fetched_at, young_s
        self.valid_until = fetched_at + (REVALIDATE_FACTOR * cache_s if max_age is None else young_s)
        self._outlier_keys = _outlier_keys(cache, result)
        self._changes: object = None

    def is_valid(self, now: float) -> bool:
        """See the class's docstring."""
        is_young = is_within(self._fetched_at, now, self._young_s)
        if not is_young or any(self._is_outlier(*source, now) for source in self._outlier_keys.items()):
            return self._cache.would_serve(self._entries, self._max_age)
        changes = self._cache.changes
        if changes is not self._changes:
            if not self._cache.has_entries(self._entries):
                return False
            self._changes = changes
        return True

    def count_use(self) -> None:
        """Count each value as a hit of its cache."""
        self._cache.counters.count(len(self._entries))

    def _is_outlier(self, key: str, fetched_at: float, now: float) -> bool:
        breaker = self._cache.state.health.breakers.get(key)
        return breaker is not None and fetched_at < distrusted_before(breaker, now)


def _outlier_keys(cache: CategoryCache[Any], result: CacheResult[Any]) -> dict[str, float]:
    """Return the outlier breakers of the values' providers, each with its oldest value's fetch time (unix seconds)."""
    oldest: dict[str, float] = {}
    for entry in result.entries.values():
        key = cache.outlier_key(entry.answer.provider)
        fetched_at = entry.answer.fetched_at.timestamp()
        oldest[key] = min(fetched_at, oldest.get(key, fetched_at))
    return oldest


def dependencies_of(
    cache: CategoryCache[Any], result: CacheResult[Any], max_age: float | None = None
) -> CacheDependencies:
    """Return the dependency on a cache result; None if part of it is stale, missing or explained."""
    chain = cache.state.configuration.chains.get(cache.category)
    if provenance.is_explaining() or result.stale or result.missing or chain is None:
        return None
    return (CachedEntries(cache, result, max_age, chain.cache_s),)
