"""Closed candles in the database: written once, never changed, so that history grows with use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from markets.models import StoredCandle
from providers.domain.market_data import Candle, CandleQuery, Candles


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


def write(series: Candles, quote: str, source: str) -> None:
    """Store the closed candles that are not stored yet.

    A candle without a volume is not stored: it would keep a complete one out for good.
    """
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
            for candle in series.candles
            if candle.closed and candle.volume is not None
        ],
        ignore_conflicts=True,
    )


def _text(number: Decimal | None) -> str:
    return "" if number is None else str(number)
