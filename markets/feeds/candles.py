"""Candles: stored ones plus the newest part fetched; in pages where one call is too small; longer from shorter.

A warm series is cached as a whole, so it costs no SQL. A miss reads the store, asks the chain only for what is not
stored, and stores what has closed. When no source answers, the stored candles are served, marked stale.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from markets.analysis import resampling
from markets.feeds import candle_store, provenance
from markets.feeds.cache_dependencies import CacheDependencies
from markets.feeds.candle_store import StoredCandles
from markets.feeds.category_cache import CategoryCache
from markets.feeds.provenance import CacheResult, Meta, Missing
from providers.domain.market_data import Candle, CandleQuery, Candles

PAGE_SIZES = (720, 365, 300, 100)
"""Candles per call of venues that do not give all that is asked for; some give more up to now than before an end."""
COINGECKO_SIZES = {"4h": 180, "30m": 48}
"""Candles CoinGecko gives up to now, of the two intervals that it has."""
MAX_PAGES = 8
PAGING_S = 6.0
"""After this time no further page is requested."""
MAX_CACHED = 500


@dataclass(frozen=True, slots=True)
class CandleSeries:
    """Candles of one currency, oldest first, with the source of each; none with the reason in ``missing``.

    ``built_from`` is the shorter interval they were resampled from, where no venue had theirs. ``gap`` is the newest
    opening at which trades may be missing.
    """

    asset: str
    interval: str
    currency: str | None
    candles: tuple[Candle, ...]
    missing: Missing | None
    meta: Meta
    built_from: str | None = None
    sources: tuple[str, ...] = ()
    gap: datetime | None = None
    dependencies: CacheDependencies = field(default=None, compare=False, repr=False)

    @property
    def contiguous(self) -> tuple[Candle, ...]:
        """The candles after the gap."""
        return self.candles if self.gap is None else tuple(candle for candle in self.candles if candle.opens > self.gap)

    @property
    def computable(self) -> tuple[Candle, ...]:
        """The closed candles after the gap, with volumes of the newest candle's source only.

        Volumes of two venues are not comparable.
        """
        candles = self.contiguous
        newest = self.sources[-1] if self.sources else ""
        return tuple(
            candle if source == newest else replace(candle, volume=None, quote_volume=None)
            for candle, source in zip(candles, self.sources[-len(candles) :], strict=True)
            if candle.closed
        )


@dataclass(frozen=True, slots=True)
class CachedSeries:
    """A dependency on a cached series: valid while it is the one in the cache.

    ``valid_until`` is in unix seconds, ``expires`` monotonic.
    """

    cache: CandleCache
    query: CandleQuery
    generation: str
    expires: float
    valid_until: float

    def is_valid(self, now: float) -> bool:
        """Tell if the cache still holds this series, and it has not expired."""
        cached = self.cache.cached.get(self.query)
        return cached is not None and cached[0] is self and time.monotonic() <= self.expires

    def count_use(self) -> None:
        """Count a hit."""
        self.cache.pages.counters.count(1)


@dataclass(slots=True)
class _Fetched:
    """Candles the chain gave in one currency, and the source of each.

    ``requested`` openings were asked for; the newest ``covered`` ones were answered completely.
    """

    series: Candles
    requested: int
    covered: int
    sources: dict[datetime, str] = field(default_factory=dict)


class CandleCache:
    """The candle series of one process, built from pages of the category's cache and from stored candles."""

    def __init__(self, pages: CategoryCache[CandleQuery]) -> None:
        self.pages = pages
        self.cached: dict[CandleQuery, tuple[CachedSeries, CandleSeries]] = {}

    def get(self, query: CandleQuery) -> CandleSeries:
        """Return the cached series while it is fresh, otherwise build it."""
        chain = self.pages.state.current().chains.get(self.pages.category)
        generation, cache_s = (chain.generation, chain.cache_s) if chain else ("", 0.0)
        cached = None if provenance.fetches_anew() else self.cached.get(query)
        if cached is not None and cached[0].generation == generation and time.monotonic() <= cached[0].expires:
            self.pages.counters.count(1)
            provenance.record_explained((), [cached[1].meta.decision])
            return cached[1]
        series = self._build(query, datetime.now(UTC))
        if series.missing is None and not series.meta.stale:
            dependency = CachedSeries(self, query, generation, time.monotonic() + cache_s, time.time() + cache_s)
            series = replace(series, dependencies=(dependency,))
            if len(self.cached) >= MAX_CACHED:
                self.cached.clear()
            self.cached[query] = (dependency, series)
        return series

    def _build(self, query: CandleQuery, now: datetime) -> CandleSeries:
        """Build a series of the venues' own candles or, where those are missing or stale, from shorter ones."""
        series = self._complete(query, now)
        for base in resampling.BUILT_FROM.get(query.interval, ()):
            if series.missing is None and not series.meta.stale:
                return series
            resampled = self._resample(query, base, now)
            if resampled is not None and (series.missing is not None or _is_better(resampled, series)):
                series = resampled
        return series

    def _complete(self, query: CandleQuery, now: datetime) -> CandleSeries:
        """Join the stored part and the fetched rest, in one currency."""
        openings = resampling.grid(query.interval, query.limit, query.end, now)
        stored = candle_store.read(query, openings)
        best = max(stored, key=lambda currency: len(stored[currency].candles), default="")
        absent = resampling.missing_count(openings, stored[best].candles if best else ())
        if absent == 0:
            return self._series(query, openings, stored[best], None, best, CacheResult(self.pages.category))
        fetched, result = self._fetch(query, min(absent + 1, query.limit), openings)
        if fetched is not None and fetched.series.currency != best and absent + 1 < query.limit:
            fetched, result = self._fetch(query, query.limit, openings)  # no candles of its currency are stored
        currency = fetched.series.currency if fetched is not None else best
        return self._series(query, openings, stored.get(currency, StoredCandles()), fetched, currency, result)

    def _fetch(
        self, query: CandleQuery, limit: int, openings: Sequence[datetime]
    ) -> tuple[_Fetched | None, CacheResult[CandleQuery]]:
        """Fetch the newest ``limit`` candles, in pages where no venue gives so many at once.

        From the newest page back while each is answered, the older ones in the currency of the first.
        """
        pages: list[_Fetched] = []
        part, left, result = replace(query, limit=limit), limit, CacheResult[CandleQuery](self.pages.category)
        until = time.monotonic() + PAGING_S
        while left > 0 and len(pages) < MAX_PAGES and (not pages or time.monotonic() < until):
            page, page_result = self._page(part, query.quote, until)
            result = page_result if page is not None or not pages else result
            if page is None:
                break
            left -= page.requested
            size = left if not pages else page.requested  # a venue's page size before an end stays the same
            pages.append(page)
            end = openings[max(0, left - limit + len(openings))]
            part = replace(query, limit=max(1, min(left, size)), end=end, quote=page.series.currency)
        return (_join_pages(pages) if pages else None), result

    def _page(self, part: CandleQuery, quote: str, until: float) -> tuple[_Fetched | None, CacheResult[CandleQuery]]:
        """Fetch all of a part or, where no venue gives so many at once, the largest page that one gives."""
        page, result = self._call(part, quote)
        for size in _page_sizes(part):
            if page is not None or time.monotonic() >= until:
                break
            if size < part.limit:
                page, smaller = self._call(replace(part, limit=size), quote)
                is_unknown = set(result.missing.values()) == {"not_available"}
                result = smaller if page is not None or is_unknown else result
        return page, result

    def _call(self, part: CandleQuery, quote: str) -> tuple[_Fetched | None, CacheResult[CandleQuery]]:
        """Fetch the candles of one call, and store them under the quote currency that was requested at first."""
        result = self.pages.get([part])
        entry = result.entries.get(part)
        if entry is None:
            return None, result
        series, source = entry.answer.value, entry.answer.provider
        fetched_at = entry.answer.fetched_at
        self.pages.state.writer.submit(lambda: candle_store.write(series, quote, source, fetched_at))
        covered = 0 if part in result.stale else part.limit
        return _Fetched(series, part.limit, covered, {candle.opens: source for candle in series.candles}), result

    def _series(
        self,
        query: CandleQuery,
        openings: Sequence[datetime],
        stored: StoredCandles,
        fetched: _Fetched | None,
        currency: str,
        result: CacheResult[CandleQuery],
    ) -> CandleSeries:
        candles = resampling.merge_candles(stored.candles, fetched.series.candles if fetched else (), openings)
        source_of = (fetched.sources if fetched else {}) | stored.sources
        sources = tuple(source_of[candle.opens] for candle in candles)
        meta = _with_store(provenance.meta(result), sources, bool(result.missing))
        if not candles:
            missing = provenance.missing(next(iter(result.missing.values()), "not_available"))
            return CandleSeries(query.asset, query.interval, None, (), missing, meta)
        gap = resampling.last_gap(openings, candles, fetched.covered if fetched else 0)
        return CandleSeries(query.asset, query.interval, currency, tuple(candles), None, meta, sources=sources, gap=gap)

    def _resample(self, query: CandleQuery, base: str, now: datetime) -> CandleSeries | None:
        """Build a series from shorter candles after their last gap; from stale ones, closed candles only."""
        step = resampling.interval_length(base)
        ratio = resampling.interval_length(query.interval) // step
        parts = self._complete(replace(query, interval=base, limit=min(1000, (query.limit + 1) * ratio)), now)
        if not parts.candles:
            return None
        until = parts.candles[-1].opens + step if parts.meta.stale else now
        resampled = resampling.resample(parts.contiguous, query.interval, base, until)
        candles = [candle for candle in resampled if candle.closed or not parts.meta.stale][-query.limit :]
        if not candles:
            return None
        source_of = dict(zip((candle.opens for candle in parts.candles), parts.sources, strict=True))
        sources = tuple(_part_sources(candle, query.interval, source_of) for candle in candles)
        series = replace(parts, interval=query.interval, candles=tuple(candles), sources=sources)
        return replace(series, built_from=base, gap=None)


def _page_sizes(part: CandleQuery) -> list[int]:
    """Return the page sizes to try, largest first, where no venue gives all of the part."""
    coingecko = COINGECKO_SIZES.get(part.interval) if part.end is None else None
    return sorted((*PAGE_SIZES, coingecko), reverse=True) if coingecko else list(PAGE_SIZES)


def _is_better(resampled: CandleSeries, stale: CandleSeries) -> bool:
    return not resampled.meta.stale and len(resampled.candles) >= len(stale.candles)


def _join_pages(pages: Sequence[_Fetched]) -> _Fetched:
    """Join pages that were fetched from the newest back."""
    candles = tuple(candle for page in reversed(pages) for candle in page.series.candles)
    sources = {opens: source for page in pages for opens, source in page.sources.items()}
    requested, covered = sum(page.requested for page in pages), sum(page.covered for page in pages)
    return _Fetched(replace(pages[0].series, candles=candles), requested, covered, sources)


def _part_sources(candle: Candle, interval: str, source_of: dict[datetime, str]) -> str:
    """Return the sources of the shorter candles that a longer one was built from."""
    closes = candle.opens + resampling.interval_length(interval)
    return ",".join(sorted({source for opens, source in source_of.items() if candle.opens <= opens < closes}))


def _with_store(meta: Meta, sources: Sequence[str], failed: bool) -> Meta:
    """Add the sources of stored candles; mark the answer stale if the newest part could not be fetched."""
    meta = replace(meta, source=",".join(sorted(set(sources))) or meta.source)
    if failed and sources:
        reason = "the newest candles could not be fetched: from the store"
        return replace(meta, stale=True, stale_reason=reason, cache="last_known_good")
    return meta
