"""Candles for analysis: of many coins at once, or of one coin over a long range, page by page."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from contextvars import copy_context
from dataclasses import replace
from datetime import datetime

from markets.analysis import resampling
from markets.feeds import provenance, queries
from markets.feeds.queries import CandleSeries, Meta
from providers.domain.categories import Category
from providers.domain.market_data import Instrument
from providers.engine import thread_pool

THREADS = 4
"""Coins fetched at once: few enough to leave other requests their share of the process's misses."""
TIME_LIMIT_S = 10.0
"""After this time no further coin and no further page is requested."""
PAGE = 1000
MAX_PAGES = 9
"""Enough for a year of hours."""


def candles_of_many(items: Sequence[Instrument], interval: str, limit: int) -> dict[Instrument, CandleSeries]:
    """Return the newest ``limit`` candles of each, in the order requested; failed ones have ``missing`` set."""
    queue, series = deque(items), dict[Instrument, CandleSeries]()
    until = time.monotonic() + TIME_LIMIT_S

    def fetch_some() -> None:
        while queue:
            try:
                item = queue.popleft()
            except IndexError:  # another thread took the last one
                return
            in_time = time.monotonic() < until
            series[item] = _newest(item, interval, limit) if in_time else _too_late(item, interval)

    helpers = [done for _ in range(min(THREADS, len(items)) - 1) if (done := _in_helper(fetch_some)) is not None]
    fetch_some()
    for done in helpers:
        done.wait()
    return {item: series[item] if item in series else _newest(item, interval, limit) for item in items}


def _newest(item: Instrument, interval: str, limit: int) -> CandleSeries:
    return queries.candles(item.asset, quote=item.quote, interval=interval, limit=limit)


def _in_helper(job: thread_pool.Job) -> threading.Event | None:
    """Run the job in a helper thread too, if one is free; the event is set when it has ended, successful or not."""
    done = threading.Event()

    def run() -> None:
        try:
            job()
        finally:
            done.set()

    context = copy_context()
    return done if thread_pool.pool.run(lambda: context.run(run)) else None


def _too_late(item: Instrument, interval: str) -> CandleSeries:
    chain = Category.MARKET_OHLCV.value
    meta = Meta(None, None, None, None, None, False, None, False, "miss", chain, 0, None)
    return CandleSeries(item.asset, interval, None, (), provenance.missing("deadline"), meta)


def candles_in_range(item: Instrument, interval: str, start: datetime, end: datetime, now: datetime) -> CandleSeries:
    """Return candles that open from ``start`` to before ``end``, fetched from the newest page back.

    A range up to now is requested without an end, because not every venue accepts one. Pages in another currency than
    the newest are left out: they are another market.
    """
    page_end = None if end >= now else end
    openings = resampling.grid(interval, PAGE * MAX_PAGES + 1, page_end, now)
    left = sum(opens >= start for opens in openings)
    pages: list[CandleSeries] = []
    until = time.monotonic() + TIME_LIMIT_S
    while left > 0 and len(pages) < MAX_PAGES and (not pages or time.monotonic() < until):
        limit = min(PAGE, left)
        page = queries.candles(item.asset, quote=item.quote, interval=interval, limit=limit, end=page_end)
        if page.missing is not None or (pages and page.currency != pages[0].currency):
            return _join_pages(pages, start) if pages else page
        pages.append(page)
        if page.gap is not None:  # older pages would not be contiguous
            break
        page_end = openings[len(openings) - limit]
        openings, left = openings[:-limit], left - limit
    return _join_pages(pages, start)


def _join_pages(pages: Sequence[CandleSeries], start: datetime) -> CandleSeries:
    rows = [
        (candle, source)
        for page in reversed(pages)
        for candle, source in zip(page.candles, page.sources, strict=True)
        if candle.opens >= start
    ]
    return replace(
        pages[0],
        candles=tuple(candle for candle, _ in rows),
        sources=tuple(source for _, source in rows),
        gap=pages[-1].gap,
        meta=provenance.combine_meta([page.meta for page in pages]),
    )
