"""Candles for what is computed from them: of many coins side by side, or of one over a long range, page by page."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from contextvars import copy_context
from dataclasses import replace
from datetime import datetime

from markets.analysis import resampling
from markets.feeds import provenance, queries
from markets.feeds.queries import CandleSeries, Meta
from providers.domain.categories import Category
from providers.domain.market_data import Instrument
from providers.engine import thread_pool

WIDTH = 4
"""Coins fetched at once: few enough to leave others their share of the process's misses."""
TIME_LIMIT_S = 10.0
"""After so long no further coin, and no further page, is begun."""
PAGE = 1000
MAX_PAGES = 9
"""A year of hours."""


def candles_of_many(items: Sequence[Instrument], interval: str, limit: int) -> dict[Instrument, CandleSeries]:
    """The newest ``limit`` candles of each, in the order asked; what failed says so in ``missing``."""
    waiting, found = deque(items), dict[Instrument, CandleSeries]()
    until = time.monotonic() + TIME_LIMIT_S

    def fetch_some() -> None:
        while waiting:
            try:
                item = waiting.popleft()
            except IndexError:  # another thread took the last one
                return
            found[item] = _one(item, interval, limit) if time.monotonic() < until else _too_late(item, interval)

    helping = [done for _ in range(min(WIDTH, len(items)) - 1) if (done := _helped(fetch_some)) is not None]
    fetch_some()
    for done in helping:
        done.wait()
    return {item: found[item] if item in found else _one(item, interval, limit) for item in items}


def _one(item: Instrument, interval: str, limit: int) -> CandleSeries:
    return queries.candles(item.asset, quote=item.quote, interval=interval, limit=limit)


def _helped(job: thread_pool.Job) -> threading.Event | None:
    """Have a helper do it too; the event is set when it has ended, however it did."""
    done = threading.Event()

    def run() -> None:
        try:
            job()
        finally:
            done.set()

    context = copy_context()
    return done if thread_pool.helpers.run(lambda: context.run(run)) else None


def _too_late(item: Instrument, interval: str) -> CandleSeries:
    chain = Category.MARKET_OHLCV.value
    nothing = Meta(None, None, None, None, None, False, None, False, "miss", chain, 0, None)
    return CandleSeries(item.asset, interval, None, (), provenance.missing("deadline"), nothing)


def candles_in_range(item: Instrument, interval: str, start: datetime, end: datetime, now: datetime) -> CandleSeries:
    """Candles that open from ``start`` to before ``end``, fetched from the newest back while there are any.

    A range up to now is asked for as such: not every venue can be asked for an earlier end. Pages in another currency
    than the newest are left out: they are another market.
    """
    openings = resampling.grid(interval, PAGE * MAX_PAGES + 1, None if end >= now else end, now)
    left = sum(opens >= start for opens in openings)
    upto = None if end >= now else end
    pages: list[CandleSeries] = []
    until = time.monotonic() + TIME_LIMIT_S
    while left > 0 and len(pages) < MAX_PAGES and (not pages or time.monotonic() < until):
        limit = min(PAGE, left)
        page = queries.candles(item.asset, quote=item.quote, interval=interval, limit=limit, end=upto)
        if page.missing is not None or (pages and page.currency != pages[0].currency):
            return _joined(pages, start) if pages else page
        pages.append(page)
        if page.gap is not None:  # older pages would not join on
            break
        upto = openings[len(openings) - limit]
        openings, left = openings[:-limit], left - limit
    return _joined(pages, start)


def _joined(pages: Sequence[CandleSeries], start: datetime) -> CandleSeries:
    told = [
        (candle, source)
        for page in reversed(pages)
        for candle, source in zip(page.candles, page.sources, strict=True)
        if candle.opens >= start
    ]
    return replace(
        pages[0],
        candles=tuple(candle for candle, _ in told),
        sources=tuple(source for _, source in told),
        gap=pages[-1].gap,
        meta=combine_meta([page.meta for page in pages]),
    )


def combine_meta(metas: Sequence[Meta]) -> Meta:
    """The oldest and worst of several provenances."""
    fetched = [meta.fetched_at for meta in metas if meta.fetched_at is not None]
    said = [meta.as_of for meta in metas if meta.as_of is not None]
    stale = next((meta for meta in metas if meta.stale), None)
    return replace(
        metas[0],
        source=_named(meta.source for meta in metas),
        endpoint=_named(meta.endpoint for meta in metas),
        as_of=min(said, default=None),
        fetched_at=min(fetched, default=None),
        age_s=max((meta.age_s for meta in metas if meta.age_s is not None), default=None),
        stale=stale is not None,
        stale_reason=stale.stale_reason if stale else None,
        verified=all(meta.verified for meta in metas),
        cache=max((meta.cache for meta in metas), key=_FRESHNESS.index),
        attempts=sum(meta.attempts for meta in metas),
        decision=next((meta.decision for meta in metas if meta.decision), None),
        retry_after=max((meta.retry_after for meta in metas if meta.retry_after), default=None),
        attempts_list=tuple(attempt for meta in metas for attempt in meta.attempts_list),
    )


_FRESHNESS = ["miss", "revalidated", "last_known_good"]


def _named(lists: Iterable[str | None]) -> str | None:
    names = {name for text in lists if text for name in text.split(",")}
    return ",".join(sorted(names)) or None
