"""Candles: the store, plus the newest part fetched; pages where one call cannot carry a span; longer from shorter.

A warm answer is held whole, so it costs no SQL. A miss reads the store, asks the chain only for what is not stored,
and keeps what has closed. When nobody can be asked, the store answers, and the answer says it is stale.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from markets.analysis import resampling
from markets.feeds import candle_store, explain_context, provenance
from markets.feeds.cache_dependencies import CacheDependencies
from markets.feeds.candle_store import Stored
from markets.feeds.category_cache import CacheResult, CategoryCache
from markets.feeds.provenance import Meta, Missing
from providers.domain.market_data import Candle, CandleQuery, Candles

PAGE_SIZES = (720, 365, 300, 100)
"""What venues give in one call that do not give all that is wanted; some of them more at the end than before it."""
COINGECKO_SIZES = {"4h": 180, "30m": 48}
"""What CoinGecko gives, up to now, of the two intervals that it has."""
MAX_PAGES = 8
PAGING_S = 6.0
"""After so long no further page is asked for."""
MAX_CACHED = 500


@dataclass(frozen=True, slots=True)
class CandleSeries:
    """Candles of one currency, oldest first, and the ``sources`` of each; ``missing`` says why there are none.

    ``built_from`` names the shorter interval they were put together from, where no venue had theirs. At ``hole``, the
    newest such opening, nobody knows what was traded.
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
        """Those after the hole."""
        return self.candles if self.gap is None else tuple(one for one in self.candles if one.opens > self.gap)

    @property
    def computable(self) -> tuple[Candle, ...]:
        """Those after the hole that have closed, with volumes of the newest one's source alone: what is traded on one
        venue and what on another do not add up.
        """
        whole = self.contiguous
        told = zip(whole, self.sources[-len(whole) :], strict=True)
        newest = self.sources[-1] if self.sources else ""
        return tuple(
            candle if source == newest else replace(candle, volume=None, quote_volume=None)
            for candle, source in told
            if candle.closed
        )


@dataclass(frozen=True, slots=True)
class CachedSeries:
    """A series held whole; it stands while its feed holds this very one. ``until`` by the clock, ``ends`` monotonic."""

    cache: CandleCache
    query: CandleQuery
    generation: str
    expires: float
    valid_until: float

    def is_valid(self, now: float) -> bool:
        held = self.cache.cached.get(self.query)
        return held is not None and held[0] is self and time.monotonic() <= self.expires

    def count_use(self) -> None:
        self.cache.pages.counters.count(1)


@dataclass(slots=True)
class _Fetched:
    """What the chain gave in one currency, with the source of each candle.

    ``asked`` openings were asked for; of the newest ``covered`` ones all is told that was traded.
    """

    series: Candles
    asked: int
    covered: int
    sources: dict[datetime, str] = field(default_factory=dict)


class CandleCache:
    """One process's candles, over the feed of its category."""

    def __init__(self, feed: CategoryCache[CandleQuery]) -> None:
        self.pages = feed
        self.cached: dict[CandleQuery, tuple[CachedSeries, CandleSeries]] = {}

    def get(self, span: CandleQuery) -> CandleSeries:
        chain = self.pages.state.current().chains.get(self.pages.category)
        generation, cache_s = (chain.generation, chain.cache_s) if chain else ("", 0.0)
        found = None if explain_context.is_active() else self.cached.get(span)
        if found is not None and found[0].generation == generation and time.monotonic() <= found[0].expires:
            self.pages.counters.count(1)
            return found[1]
        series = self._get(span, datetime.now(UTC))
        if series.missing is None and not series.meta.stale:
            held = CachedSeries(self, span, generation, time.monotonic() + cache_s, time.time() + cache_s)
            series = replace(series, dependencies=(held,))
            if len(self.cached) >= MAX_CACHED:
                self.cached.clear()
            self.cached[span] = (held, series)
        return series

    def _get(self, span: CandleQuery, now: datetime) -> CandleSeries:
        """Of the venues' own or, where those are not to be had or old, of as many built from shorter ones."""
        series = self._completed(span, now)
        for base in resampling.BUILT_FROM.get(span.interval, ()):
            if series.missing is None and not series.meta.stale:
                return series
            built = self._built(span, base, now)
            if built is not None and (series.missing is not None or _is_better(built, series)):
                series = built
        return series

    def _completed(self, span: CandleQuery, now: datetime) -> CandleSeries:
        """The stored part and the rest, in one currency."""
        openings = resampling.grid(span.interval, span.limit, span.end, now)
        stored = candle_store.read(span, openings)
        best = max(stored, key=lambda currency: len(stored[currency].candles), default="")
        lacking = resampling.missing_count(openings, stored[best].candles if best else ())
        if lacking == 0:
            return self._series(span, openings, stored[best], None, best, CacheResult())
        fetched, served = self._fetch(span, min(lacking + 1, span.limit), openings)
        if fetched is not None and fetched.series.currency != best and lacking + 1 < span.limit:
            fetched, served = self._fetch(span, span.limit, openings)  # its own currency's past is not stored
        currency = fetched.series.currency if fetched is not None else best
        return self._series(span, openings, stored.get(currency, Stored()), fetched, currency, served)

    def _fetch(
        self, span: CandleQuery, limit: int, openings: Sequence[datetime]
    ) -> tuple[_Fetched | None, CacheResult[CandleQuery]]:
        """The newest ``limit`` of the span: in one call or, where no venue gives so many, in pages.

        From the newest page back, while each is answered; the later ones in the currency of the first.
        """
        pages: list[_Fetched] = []
        part, left, served = replace(span, limit=limit), limit, CacheResult[CandleQuery]()
        until = time.monotonic() + PAGING_S
        while left > 0 and len(pages) < MAX_PAGES and (not pages or time.monotonic() < until):
            page, answered = self._page(part, span.quote, until)
            served = answered if page is not None or not pages else served
            if page is None:
                break
            left -= page.asked
            usual = left if not pages else page.asked  # what one takes before an end it goes on taking
            pages.append(page)
            end = openings[max(0, left - limit + len(openings))]
            part = replace(span, limit=max(1, min(left, usual)), end=end, quote=page.series.currency)
        return (_joined(pages) if pages else None), served

    def _page(self, part: CandleQuery, quote: str, until: float) -> tuple[_Fetched | None, CacheResult[CandleQuery]]:
        """All of a part or, where no venue gives so many at once, as many as one does."""
        found, served = self._one(part, quote)
        for size in _sizes(part):
            if found is not None or time.monotonic() >= until:
                break
            if size < part.limit:
                found, answered = self._one(replace(part, limit=size), quote)
                nobody = set(served.missing.values()) == {"not_available"}
                served = answered if found is not None or nobody else served
        return found, served

    def _one(self, part: CandleQuery, quote: str) -> tuple[_Fetched | None, CacheResult[CandleQuery]]:
        """One call's candles, kept under the currency that was asked for at first."""
        served = self.pages.get([part])
        entry = served.entries.get(part)
        if entry is None:
            return None, served
        series, source = entry.answer.value, entry.answer.provider
        self.pages.state.writer.submit(lambda: candle_store.write(series, quote, source))
        covered = 0 if part in served.stale else part.limit
        return _Fetched(series, part.limit, covered, {candle.opens: source for candle in series.candles}), served

    def _series(
        self,
        span: CandleQuery,
        openings: Sequence[datetime],
        stored: Stored,
        fetched: _Fetched | None,
        currency: str,
        served: CacheResult[CandleQuery],
    ) -> CandleSeries:
        found = resampling.merge_candles(stored.candles, fetched.series.candles if fetched else (), openings)
        whence = (fetched.sources if fetched else {}) | stored.sources
        sources = tuple(whence[candle.opens] for candle in found)
        meta = _with_store(provenance.meta(self.pages, served), sources, bool(served.missing))
        if not found:
            missing = provenance.missing(next(iter(served.missing.values()), "not_available"))
            return CandleSeries(span.asset, span.interval, None, (), missing, meta)
        hole = resampling.last_gap(openings, found, fetched.covered if fetched else 0)
        return CandleSeries(span.asset, span.interval, currency, tuple(found), None, meta, sources=sources, gap=hole)

    def _built(self, span: CandleQuery, base: str, now: datetime) -> CandleSeries | None:
        """From the shorter ones after their last hole; of old ones, only what is over and whole."""
        step, ratio = (
            resampling.interval_length(base),
            resampling.interval_length(span.interval) // resampling.interval_length(base),
        )
        parts = self._completed(replace(span, interval=base, limit=min(1000, (span.limit + 1) * ratio)), now)
        if not parts.candles:
            return None
        until = parts.candles[-1].opens + step if parts.meta.stale else now
        whole = resampling.resample(parts.contiguous, span.interval, base, until)
        kept = [candle for candle in whole if candle.closed or not parts.meta.stale][-span.limit :]
        if not kept:
            return None
        whence = dict(zip((candle.opens for candle in parts.candles), parts.sources, strict=True))
        sources = tuple(_sources(candle, span.interval, whence) for candle in kept)
        return replace(parts, interval=span.interval, candles=tuple(kept), built_from=base, sources=sources, gap=None)


def _sizes(part: CandleQuery) -> list[int]:
    """How many to ask for at once, where no venue gives all of the part."""
    few = COINGECKO_SIZES.get(part.interval) if part.end is None else None
    return sorted((*PAGE_SIZES, few), reverse=True) if few else list(PAGE_SIZES)


def _is_better(built: CandleSeries, old: CandleSeries) -> bool:
    """Whether what was built is of now, and no shorter."""
    return not built.meta.stale and len(built.candles) >= len(old.candles)


def _joined(pages: Sequence[_Fetched]) -> _Fetched:
    whole = tuple(candle for page in reversed(pages) for candle in page.series.candles)
    sources = {opens: source for page in pages for opens, source in page.sources.items()}
    asked, covered = sum(page.asked for page in pages), sum(page.covered for page in pages)
    return _Fetched(replace(pages[0].series, candles=whole), asked, covered, sources)


def _sources(candle: Candle, interval: str, whence: dict[datetime, str]) -> str:
    """The sources of the parts that a longer candle was built from."""
    over = candle.opens + resampling.interval_length(interval)
    return ",".join(sorted({source for opens, source in whence.items() if candle.opens <= opens < over}))


def _with_store(meta: Meta, sources: Sequence[str], failed: bool) -> Meta:
    """The provenance when part of the answer came from the store; stale when the newest part could not be had."""
    meta = replace(meta, source=",".join(sorted(set(sources))) or meta.source)
    if failed and sources:
        reason = "the newest candles could not be had: from the store"
        return replace(meta, stale=True, stale_reason=reason, cache="last_known_good")
    return meta
