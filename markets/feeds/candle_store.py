"""Closed candles in the database: written once they have settled, so that history grows with use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from markets.models import StoredCandle
from providers.domain.market_data import INTERVALS, Candle, CandleQuery, Candles

NUMBERS = ("open", "high", "low", "close", "volume", "quote_volume")


@dataclass(slots=True)
class StoredCandles:
    """Stored candles in one currency, and the source of each, by opening time."""

    candles: dict[datetime, Candle] = field(default_factory=dict)
    sources: dict[datetime, str] = field(default_factory=dict)


def read(query: CandleQuery, openings: Sequence[datetime]) -> dict[str, StoredCandles]:
    """Return the stored candles of these openings, by currency: two currencies are never joined in one series."""
    rows = StoredCandle.objects.filter(asset=query.asset, quote=query.quote, interval=query.interval)
    rows = rows.filter(opens__gte=openings[0], opens__lte=openings[-1])
    columns = ("opens", "open", "high", "low", "close", "volume", "quote_volume", "currency", "source")
    by_currency: dict[str, StoredCandles] = {}
    for *numbers, currency, source in rows.values_list(*columns):
        stored = by_currency.setdefault(currency, StoredCandles())
        stored.candles[numbers[0]] = _candle(numbers)
        stored.sources[numbers[0]] = source
    return by_currency


def _candle(row: Sequence[object]) -> Candle:
    opens, *numbers = row
    open_, high, low, close, volume, quote_volume = (Decimal(str(number)) if number else None for number in numbers)
    if not isinstance(opens, datetime) or open_ is None or high is None or low is None or close is None:
        raise ValueError("a stored candle has no prices")
    return Candle(opens, open_, high, low, close, volume, quote_volume, closed=True)


SETTLE_S = 60.0
"""Seconds after its close during which a venue may still correct a candle: it is not stored before."""


def write(series: Candles, quote: str, source: str, fetched_at: datetime) -> None:
    """Store the closed candles that are not stored yet, and correct those that their own source gives anew.

    A candle that has not settled is not stored. Nor is one without a volume: it would keep a complete one out.
    """
    length = timedelta(seconds=INTERVALS[series.interval] + SETTLE_S)
    settled = [
        candle
        for candle in series.candles
        if candle.closed and candle.volume is not None and candle.opens + length <= fetched_at
    ]
    if not settled:
        return
    rows = StoredCandle.objects.filter(
        asset=series.asset, quote=quote, interval=series.interval, currency=series.currency,
        opens__gte=settled[0].opens, opens__lte=settled[-1].opens,
    )  # fmt: skip
    stored = {row.opens: row for row in rows}
    corrected = []
    for candle in settled:
        row = stored.get(candle.opens)
        if row is not None and row.source == source and _update(row, candle):
            corrected.append(row)
    if corrected:
        StoredCandle.objects.bulk_update(corrected, NUMBERS)
    StoredCandle.objects.bulk_create(
        [
            StoredCandle(
                asset=series.asset,
                quote=quote,
                interval=series.interval,
                opens=candle.opens,
                currency=series.currency,
                source=source,
                open=str(candle.open),
                high=str(candle.high),
                low=str(candle.low),
                close=str(candle.close),
                volume=_text(candle.volume),
                quote_volume=_text(candle.quote_volume),
            )
            for candle in settled
            if candle.opens not in stored
        ],
        ignore_conflicts=True,
    )


def _update(row: StoredCandle, candle: Candle) -> bool:
    """Set a stored candle's numbers; return whether one of them changed."""
    changed = False
    for name in NUMBERS:
        text = _text(getattr(candle, name))
        changed = changed or getattr(row, name) != text
        setattr(row, name, text)
    return changed


def _text(number: Decimal | None) -> str:
    return "" if number is None else str(number)
