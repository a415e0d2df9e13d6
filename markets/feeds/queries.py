"""What the hub can tell: cache first, failover behind. The one way in for views, pages, alerts and tasks."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markets.assets import registry
from markets.feeds import cache_dependencies, codecs, codecs_listings, codecs_news, provenance
from markets.feeds import news as newsstand
from markets.feeds.cache_dependencies import CacheDependencies
from markets.feeds.cache_stats import CacheStats
from markets.feeds.candles import CandleCache, CandleSeries
from markets.feeds.category_cache import CategoryCache
from markets.feeds.codecs import Entry
from markets.feeds.fanout_cache import FanoutCache
from markets.feeds.news import NewsDigest
from markets.feeds.provenance import REASONS, Meta, Missing
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
        """Seconds since it was fetched."""
        return max(0.0, (now - self.fetched_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Prices:
    """The rows in the order asked, what is missing and why, and the whole's provenance."""

    rows: dict[Instrument, PriceRow]
    missing: dict[Instrument, Missing]
    meta: Meta
    dependencies: CacheDependencies = None


def prices(items: Sequence[Instrument], *, max_age: float | None = None) -> Prices:
    """Prices of these instruments, at most ``max_age`` seconds old. What upstreams do never raises: see
    ``Prices.missing``.
    """
    feed = _cache_of(Category.MARKET_PRICE, codecs.QUOTES)
    served = feed.get(items, max_age)
    rows = {item: _row(entry, served.stale.get(item)) for item, entry in served.entries.items()}
    missing = {item: provenance.missing(code) for item, code in served.missing.items()}
    return Prices(
        rows, missing, provenance.meta(feed, served), cache_dependencies.dependencies_of(feed, served, max_age)
    )


def _row(entry: Entry, stale: str | None) -> PriceRow:
    answer = entry.answer
    reason = None if stale is None else REASONS.get(stale, stale)
    return PriceRow(
        answer.value, answer.provider, answer.host, answer.fetched_at, stale is not None, reason, answer.verified
    )


def candles(
    asset: str, *, quote: str = ANY_DOLLAR, interval: str = "1h", limit: int = 100, end: datetime | None = None
) -> CandleSeries:
    """The newest ``limit`` candles of an asset that open before ``end``; the forming one is marked as not closed."""
    feed = _cache_of(Category.MARKET_OHLCV, codecs.CANDLES)
    held = _candle_caches.get(feed.category)
    if held is None or held.pages is not feed:
        with _lock:
            held = _candle_caches.get(feed.category)
            if held is None or held.pages is not feed:
                held = _candle_caches[feed.category] = CandleCache(feed)
    return held.get(CandleQuery(asset, quote, interval, limit, end))


_candle_caches: dict[Category, CandleCache] = {}


@dataclass(frozen=True, slots=True)
class Book:
    """One venue's order book, named in ``meta.source``; ``missing`` says why there is none."""

    value: OrderBook | None
    missing: Missing | None
    meta: Meta
    dependencies: CacheDependencies = None


def order_book(asset: str, *, quote: str = ANY_DOLLAR, levels: int = 20) -> Book:
    """The best ``levels`` of each side, of one venue: books are never merged."""
    return Book(*_single(Category.MARKET_ORDERBOOK, codecs.BOOKS, OrderBookQuery(asset, quote, levels)))


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """What was traded in 24 hours, and where that is known from."""

    volume: Volume
    source: str
    endpoint: str
    fetched_at: datetime
    stale: bool
    stale_reason: str | None


@dataclass(frozen=True, slots=True)
class Volumes:
    """The rows in the order asked, what is missing and why, and the whole's provenance."""

    rows: dict[Instrument, VolumeRow]
    missing: dict[Instrument, Missing]
    meta: Meta
    dependencies: CacheDependencies = None


def volumes(items: Sequence[Instrument]) -> Volumes:
    """What was traded of these instruments in 24 hours, each on the venue or market its row says."""
    feed = _cache_of(Category.MARKET_VOLUME, codecs.VOLUMES)
    served = feed.get(items)
    missing = {item: provenance.missing(code) for item, code in served.missing.items()}
    rows = {item: _volume_row(entry, served.stale.get(item)) for item, entry in served.entries.items()}
    return Volumes(rows, missing, provenance.meta(feed, served), cache_dependencies.dependencies_of(feed, served))


def _volume_row(entry: Entry, stale: str | None) -> VolumeRow:
    answer = entry.answer
    reason = None if stale is None else REASONS.get(stale, stale)
    return VolumeRow(answer.value, answer.provider, answer.host, answer.fetched_at, stale is not None, reason)


def news() -> NewsDigest:
    """The newest articles of all outlets that answer; ``Paper.outlets`` says who is missing, and why."""
    return newsstand.digest(_cache_of(Category.NEWS, codecs_news.NEWS, FanoutCache))


@dataclass(frozen=True, slots=True)
class Listing:
    """What one source lists, by its own ids; ``missing`` says why there is nothing."""

    value: Any
    missing: Missing | None
    meta: Meta
    dependencies: CacheDependencies = None


def listing(question: Any, *, max_age: float | None = None) -> Listing:
    """The answer to one of ``providers.domain.listings``' questions, of the first source that has it."""
    return Listing(*_single(Category.MARKET_METADATA, codecs_listings.LISTINGS, question, max_age))


@dataclass(frozen=True, slots=True)
class Social:
    """What platforms have, by question; ``missing`` and ``stale`` say why something is not there, or not fresh."""

    values: dict[Any, Any]
    sources: dict[Any, str]
    missing: dict[Any, Missing]
    stale: dict[Any, str]
    meta: Meta
    dependencies: CacheDependencies = None


def social(questions: Sequence[BuzzQuery | CommunityQuery]) -> Social:
    """What is said on platforms: each is asked for itself, and none stands in for another."""
    feed = _cache_of(Category.SOCIAL, codecs_listings.LISTINGS, FanoutCache)
    served = feed.get(questions)
    return Social(
        {item: entry.answer.value for item, entry in served.entries.items()},
        {item: entry.answer.provider for item, entry in served.entries.items()},
        {item: provenance.missing(code) for item, code in served.missing.items()},
        {item: REASONS.get(code, code) for item, code in served.stale.items()},
        provenance.meta(feed, served),
        cache_dependencies.dependencies_of(feed, served),
    )


@dataclass(frozen=True, slots=True)
class Mood:
    """One maker's index of fear and greed; ``missing`` says why there is none."""

    value: FearGreed | None
    missing: Missing | None
    meta: Meta
    dependencies: CacheDependencies = None


def mood() -> Mood:
    """The first maker's index that is to be had. Those of several makers are never averaged."""
    return Mood(*_single(Category.SENTIMENT, codecs_news.MOODS, MoodQuery()))


def _single(
    category: Category, codec: codecs.Codec, item: Any, max_age: float | None = None
) -> tuple[Any, Missing | None, Meta, CacheDependencies]:
    """The value of a single item, or why there is none; its provenance, and what it stands on."""
    feed = _cache_of(category, codec)
    served = feed.get([item], max_age)
    entry = served.entries.get(item)
    missing = None if entry is not None else provenance.missing(served.missing[item])
    value = entry.answer.value if entry is not None else None
    return value, missing, provenance.meta(feed, served), cache_dependencies.dependencies_of(feed, served, max_age)


def cache_stats() -> dict[Category, CacheStats]:
    """What each category's memory in this process was good for; a category nobody has asked about here has none."""
    now = engine()
    return {category: feed.stats() for category, feed in list(_caches.items()) if feed.engine is now}


_caches: dict[Category, CategoryCache[Any]] = {}
_lock = threading.Lock()


def _cache_of(
    category: Category, codec: codecs.Codec, kind: type[CategoryCache[Any]] = CategoryCache
) -> CategoryCache[Any]:
    """This process's feed of a category, over its engine."""
    now = engine()
    feed = _caches.get(category)
    if feed is None or feed.engine is not now:
        with _lock:  # two feeds of one category would each fetch what the other has
            feed = _caches.get(category)
            if feed is None or feed.engine is not now:
                if all(held.engine is not now for held in _caches.values()):
                    now.state.add_follower(registry.follow)
                feed = _caches[category] = kind(now, category, registry.provider_names, codec)
    return feed
