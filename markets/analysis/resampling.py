"""Candles as values: the grid their openings lie on, what is missing of a span, and longer ones built from shorter.

Pure. Times are aware UTC; intervals are those of ``providers.domain.market_data.INTERVALS``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

from providers.domain.market_data import INTERVALS, Candle

MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
"""Weeks begin here; every other interval divides a day and so begins at the epoch too."""

BUILT_FROM = {"1w": ("1d", "1h"), "4h": ("1h",), "30m": ("15m", "5m"), "15m": ("5m",)}
"""What a longer candle can be built from where no venue has it, the best first."""


def interval_length(interval: str) -> timedelta:
    return timedelta(seconds=INTERVALS[interval])


def opening(moment: datetime, interval: str) -> datetime:
    """When the candle that holds this moment opens."""
    return MONDAY + (moment - MONDAY) // interval_length(interval) * interval_length(interval)


def grid(interval: str, limit: int, end: datetime | None, now: datetime) -> list[datetime]:
    """The newest ``limit`` openings before ``end`` (or up to now, the forming one too), oldest first."""
    step = interval_length(interval)
    before = min(end, now) if end is not None else now
    last = opening(before, interval)
    if end is not None and last >= end:
        last -= step
    return [last - step * back for back in range(limit - 1, -1, -1)]


def missing_count(openings: Sequence[datetime], stored: Iterable[datetime]) -> int:
    """How many of the newest openings have to be asked for, so that nothing that is not stored is left out."""
    have = set(stored)
    first = next((place for place, opens in enumerate(openings) if opens not in have), len(openings))
    return len(openings) - first


def merge_candles(
    stored: Mapping[datetime, Candle], fetched: Sequence[Candle], openings: Sequence[datetime]
) -> list[Candle]:
    """Stored and fetched candles of these openings, oldest first. A closed one that is stored stays as it was."""
    newest = {candle.opens: candle for candle in fetched} | dict(stored)
    return [newest[opens] for opens in openings if opens in newest]


def last_gap(openings: Sequence[datetime], candles: Sequence[Candle], covered: int) -> datetime | None:
    """The newest opening between candles of which nobody knows whether anything was traded.

    Of the newest ``covered`` openings a source has told everything: what is missing there was not traded.
    """
    have = {candle.opens for candle in candles}
    checked = openings[: len(openings) - covered]
    return next((opens for opens in reversed(checked) if opens not in have and opens < candles[-1].opens), None)


def resample(candles: Sequence[Candle], interval: str, base: str, until: datetime) -> list[Candle]:
    """Candles of ``interval`` from shorter ones, of which all are known that opened before ``until``.

    One that begins before the first of them is left out; one in which trades were missing, or that is still forming,
    is built of the parts there are.
    """
    result: list[Candle] = []
    for opens, group in groupby(candles, key=lambda candle: opening(candle.opens, interval)):
        parts = list(group)
        if not result and parts[0].opens != opens:
            continue  # cut off at the start of what was asked for
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
