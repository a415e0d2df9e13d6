"""Candle grid, gaps, and longer candles built from shorter ones. Pure.

Times are aware UTC; intervals are those of ``providers.domain.market_data.INTERVALS``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

from providers.domain.market_data import INTERVALS, Candle

MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
"""Origin of the grid: weeks begin on Monday; every other interval divides a day."""

BUILT_FROM = {"1w": ("1d", "1h"), "4h": ("1h",), "30m": ("15m", "5m"), "15m": ("5m",)}
"""Shorter intervals that a candle can be built from, best first."""


def interval_length(interval: str) -> timedelta:
    """Duration of an interval."""
    return timedelta(seconds=INTERVALS[interval])


def opening(moment: datetime, interval: str) -> datetime:
    """Opening time of the candle that contains ``moment``."""
    return MONDAY + (moment - MONDAY) // interval_length(interval) * interval_length(interval)


def grid(interval: str, limit: int, end: datetime | None, now: datetime) -> list[datetime]:
    """Newest ``limit`` opening times before ``end`` (or up to now, the forming candle included), oldest first."""
    step = interval_length(interval)
    latest = min(end, now) if end is not None else now
    last = opening(latest, interval)
    if end is not None and last >= end:
        last -= step
    return [last - step * back for back in range(limit - 1, -1, -1)]


def missing_count(openings: Sequence[datetime], stored: Iterable[datetime]) -> int:
    """Number of newest openings to request so that every candle that is not stored is covered."""
    have = set(stored)
    first = next((i for i, opens in enumerate(openings) if opens not in have), len(openings))
    return len(openings) - first


def merge_candles(
    stored: Mapping[datetime, Candle], fetched: Sequence[Candle], openings: Sequence[datetime]
) -> list[Candle]:
    """Merge stored and fetched candles of these openings, oldest first; stored ones take precedence."""
    newest = {candle.opens: candle for candle in fetched} | dict(stored)
    return [newest[opens] for opens in openings if opens in newest]


def last_gap(openings: Sequence[datetime], candles: Sequence[Candle], covered: int) -> datetime | None:
    """Newest opening without a candle where trades may be missing; None if there is no such gap.

    The newest ``covered`` openings were answered completely by a source: a candle missing there had no trades.
    """
    have = {candle.opens for candle in candles}
    checked = openings[: len(openings) - covered]
    return next((opens for opens in reversed(checked) if opens not in have and opens < candles[-1].opens), None)


def resample(candles: Sequence[Candle], interval: str, base: str, until: datetime) -> list[Candle]:
    """Build candles of ``interval`` from shorter ones that are complete up to ``until``.

    A candle that begins before the first part is left out; one with gaps, or still forming, is built from the parts
    that exist.
    """
    result: list[Candle] = []
    for opens, group in groupby(candles, key=lambda candle: opening(candle.opens, interval)):
        parts = list(group)
        if not result and parts[0].opens != opens:
            continue  # begins before the requested span
        result.append(_combine(opens, parts, opens + interval_length(interval) <= until))
    return result


def _combine(opens: datetime, parts: Sequence[Candle], over: bool) -> Candle:
    volumes = [part.volume for part in parts if part.volume is not None]
    quoted = [part.quote_volume for part in parts if part.quote_volume is not None]
    return Candle(
        opens=opens,
        open=parts[0].open,
        high=max(part.high for part in parts),
        low=min(part.low for part in parts),
        close=parts[-1].close,
        volume=sum(volumes[1:], volumes[0]) if len(volumes) == len(parts) else None,
        quote_volume=sum(quoted[1:], quoted[0]) if len(quoted) == len(parts) else None,
        closed=over and all(part.closed for part in parts),
    )
