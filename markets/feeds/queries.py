"""The one way to market data for views, pages, alerts and tasks: from the cache, or through the failover engine.

Failures of upstreams raise nothing: ``missing`` says why a value is absent.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markets.assets import registry
from markets.feeds import codecs, provenance
from markets.feeds import news as outlets
from markets.feeds.cache_dependencies import CacheDependencies, dependencies_of
from markets.feeds.candles import CandleCache, CandleSeries
from markets.feeds.category_cache import CategoryCache, FanoutCache
from markets.feeds.concurrency import CacheStats
from markets.feeds.news import NewsDigest
from markets.feeds.provenance import CacheResult, Meta, Missing
from providers.domain.categories import Category
from providers.domain.market_data import ANY_DOLLAR, CandleQuery, Instrument, OrderBook, OrderBookQuery, Quote, Volume
from providers.domain.news import BuzzQuery, CommunityQuery, FearGreed, MoodQuery
from providers.engine.decide import engine

__all__ = [
    "Book",
    "CacheStats",
    "CandleSeries",
    "Listing",
    "Meta",
    "Missing",
    "Mood",
    "NewsDigest",
    "PriceRow",
    "Prices",
    "Social",
    "VolumeRow",
    "Volumes",
    "cache_stats",
    "candles",
    "listing",
    "mood",
    "news",
    "order_book",
    "prices",
    "social",
    "volumes",
]


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price and its provenance."""

    quote: Quote
    source: str
    endpoint: str
    fetched_at: datetime
    stale: bool
    stale_reason: str | None
    verified: bool

    def age(self, now: datetime) -> float:
        """Return the seconds since it was fetched."""
        return max(0.0, (now - self.fetched_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Prices:
    """Rows in the order requested, why others are missing, and the provenance of the whole."""

    rows: dict[Instrument, PriceRow]
    missing: dict[Instrument, Missing]
    meta: Meta
    dependencies: CacheDependencies = None


def prices(items: Sequence[Instrument], *, max_age: float | None = None) -> Prices:
    """Return the prices of these instruments, at most ``max_age`` seconds old."""
    cache = _cache_of(Category.MARKET_PRICE, codecs.QUOTES)
    result = cache.get(items, max_age)
    rows = {}
    for item, entry in result.entries.items():
        answer, reason = entry.answer, result.stale_reason(item)
        source = answer.provider, answer.host, answer.fetched_at
        rows[item] = PriceRow(answer.value, *source, reason is not None, reason, answer.verified)
    dependencies = dependencies_of(cache, result, max_age)
    return Prices(rows, provenance.all_missing(result), provenance.meta(result), dependencies)


def candles(
    asset: str, *, quote: str = ANY_DOLLAR, interval: str = "1h", limit: int = 100, end: datetime | None = None
) -> CandleSeries:
    """Return the newest ``limit`` candles of an asset that open before ``end``; the forming one is not ``closed``."""
    cache = _cache_of(Category.MARKET_OHLCV, codecs.CANDLES)
    candle_cache = _candle_caches.get(cache.category)
    if candle_cache is None or candle_cache.pages is not cache:
        with _lock:
            candle_cache = _candle_caches.get(cache.category)
            if candle_cache is None or candle_cache.pages is not cache:
                candle_cache = _candle_caches[cache.category] = CandleCache(cache)
    return candle_cache.get(CandleQuery(asset, quote, interval, limit, end))


@dataclass(frozen=True, slots=True)
class Book:
    """The order book of one venue, named in ``meta.source``; None with the reason in ``missing``."""

    value: OrderBook | None
    missing: Missing | None
    meta: Meta
    dependencies: CacheDependencies = None


def order_book(asset: str, *, quote: str = ANY_DOLLAR, levels: int = 20) -> Book:
    """Return the best ``levels`` of each side of one venue's book; books are never merged."""
    return Book(*_single(Category.MARKET_ORDERBOOK, codecs.BOOKS, OrderBookQuery(asset, quote, levels)))


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """The volume traded in 24 hours, and its provenance."""

    volume: Volume
    source: str
    endpoint: str
    fetched_at: datetime
    stale: bool
    stale_reason: str | None


@dataclass(frozen=True, slots=True)
class Volumes:
    """Rows in the order requested, why others are missing, and the provenance of the whole."""

    rows: dict[Instrument, VolumeRow]
    missing: dict[Instrument, Missing]
    meta: Meta
    dependencies: CacheDependencies = None


def volumes(items: Sequence[Instrument]) -> Volumes:
    """Return the 24-hour volumes of these instruments, each of the venue or market its row names."""
    cache = _cache_of(Category.MARKET_VOLUME, codecs.VOLUMES)
    result = cache.get(items)
    rows = {}
    for item, entry in result.entries.items():
        answer, reason = entry.answer, result.stale_reason(item)
        rows[item] = VolumeRow(
            answer.value, answer.provider, answer.host, answer.fetched_at, reason is not None, reason
        )
    return Volumes(rows, provenance.all_missing(result), provenance.meta(result), dependencies_of(cache, result))


def news() -> NewsDigest:
    """Return the newest articles of all outlets that answer; ``outlets`` tells which are missing, and why."""
    return outlets.digest(_cache_of(Category.NEWS, codecs.NEWS, FanoutCache))


@dataclass(frozen=True, slots=True)
class Listing:
    """List of one source, under its own ids; None with the reason in ``missing``."""

    value: Any
    missing: Missing | None
    meta: Meta
    dependencies: CacheDependencies = None


def listing(query: Any, *, max_age: float | None = None) -> Listing:
    """Return the answer to one of the queries of ``providers.domain.listings``, of the first source that has it."""
    return Listing(*_single(Category.MARKET_METADATA, codecs.LISTINGS, query, max_age))


@dataclass(frozen=True, slots=True)
class Social:
    """Posts, topics and votes of platforms, by query; ``missing`` and ``stale`` hold the reasons."""

    values: dict[Any, Any]
    sources: dict[Any, str]
    missing: dict[Any, Missing]
    stale: dict[Any, str]
    meta: Meta
    dependencies: CacheDependencies = None


def social(queries: Sequence[BuzzQuery | CommunityQuery]) -> Social:
    """Return what platforms have; each query is fetched for itself, and no platform replaces another."""
    cache: CategoryCache[Any] = _cache_of(Category.SOCIAL, codecs.LISTINGS, FanoutCache)
    result: CacheResult[Any] = cache.get(queries)
    return Social(
        {query: entry.answer.value for query, entry in result.entries.items()},
        {query: entry.answer.provider for query, entry in result.entries.items()},
        provenance.all_missing(result),
        {query: result.stale_reason(query) or "" for query in result.stale},
        provenance.meta(result),
        dependencies_of(cache, result),
    )


@dataclass(frozen=True, slots=True)
class Mood:
    """A source's index of fear and greed; None with the reason in ``missing``."""

    value: FearGreed | None
    missing: Missing | None
    meta: Meta
    dependencies: CacheDependencies = None


def mood() -> Mood:
    """Return the index of the first source that answers; indexes of several sources are never averaged."""
    return Mood(*_single(Category.SENTIMENT, codecs.MOODS, MoodQuery()))


def _single(
    category: Category, codec: codecs.Codec, item: Any, max_age: float | None = None
) -> tuple[Any, Missing | None, Meta, CacheDependencies]:
    """Return the value of one item, or why it is missing, with its provenance and dependencies."""
    cache = _cache_of(category, codec)
    result = cache.get([item], max_age)
    entry = result.entries.get(item)
    value = entry.answer.value if entry is not None else None
    missing = provenance.all_missing(result).get(item)
    return value, missing, provenance.meta(result), dependencies_of(cache, result, max_age)


def cache_stats() -> dict[Category, CacheStats]:
    """Return the figures of this process's caches; a category nobody has asked for yet is absent."""
    current = engine()
    return {category: cache.stats() for category, cache in list(_caches.items()) if cache.engine is current}


_caches: dict[Category, CategoryCache[Any]] = {}
_candle_caches: dict[Category, CandleCache] = {}
_lock = threading.Lock()


def _cache_of(
    category: Category, codec: codecs.Codec, kind: type[CategoryCache[Any]] = CategoryCache
) -> CategoryCache[Any]:
    """Return this process's cache of a category, built anew for a new engine."""
    current = engine()
    cache = _caches.get(category)
    if cache is None or cache.engine is not current:
        with _lock:  # two caches of one category would each fetch what the other has
            cache = _caches.get(category)
            if cache is None or cache.engine is not current:
                if all(other.engine is not current for other in _caches.values()):
                    current.state.add_follower(registry.follow)
                cache = _caches[category] = kind(current, category, registry.provider_names, codec)
    return cache
