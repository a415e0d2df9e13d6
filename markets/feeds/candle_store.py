"""Closed candles in the database: written once, never changed, so that history grows with use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from markets.models import StoredCandle
from providers.domain.market_data import Candle, CandleQuery, Candles


@dataclass(slots=True)
class Stored:
    """What is stored of a span in one currency, and from whom each."""

    candles: dict[datetime, Candle] = field(default_factory=dict)
    sources: dict[datetime, str] = field(default_factory=dict)


def read(span: CandleQuery, openings: Sequence[datetime]) -> dict[str, Stored]:
    """What is stored of these openings, by currency: candles in different ones are never put in one series."""
    rows = StoredCandle.objects.filter(asset=span.asset, quote=span.quote, interval=span.interval)
    rows = rows.filter(opens__gte=openings[0], opens__lte=openings[-1])
    names = ("opens", "open", "high", "low", "close", "volume", "quote_volume", "currency", "source")
    found: dict[str, Stored] = {}
    for *numbers, currency, source in rows.values_list(*names):
        held = found.setdefault(currency, Stored())
        held.candles[numbers[0]] = _candle(numbers)
        held.sources[numbers[0]] = source
    return found


def _candle(row: Sequence[object]) -> Candle:
    opens, *numbers = row
    first, high, low, close, volume, quoted = (Decimal(str(number)) if number else None for number in numbers)
    if not isinstance(opens, datetime) or first is None or high is None or low is None or close is None:
        raise ValueError("a stored candle without its prices")
    return Candle(opens, first, high, low, close, volume, quoted, closed=True)


def write(series: Candles, quote: str, source: str) -> None:
    """Keep the closed ones that are not kept yet, for good: one without its volume would stand in the way of a whole
    one.
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
