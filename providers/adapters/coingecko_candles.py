"""CoinGecko's candles: market-wide, without volumes, stamped with their end, their length set by the days asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from providers.adapters import candles, parsing
from providers.adapters.asking import Quoting
from providers.types import INTERVALS, Ask, Candles, CandleSpan, Request, Response

DAYS = {"30m": ((1, 48),), "4h": ((7, 42), (14, 84), (30, 180))}
"""By interval what may be asked for: days back, and how many candles those are. Longer ones are of four days."""

Read = Callable[[Response], object]


class Candlesticks:
    """Candles from ``/api/v3/coins/{id}/ohlc``, oldest first: rows of stamp (ms), open, high, low, close, up to now.

    The stamp is when a candle ends, so that of the forming one lies ahead.
    """

    max_items = 1

    def __init__(self, quoting: Quoting, answer: Read) -> None:
        self._quoting = quoting
        self._answer = answer

    def accepts(self, ask: Ask[CandleSpan]) -> bool:
        span = ask.item
        told = DAYS.get(span.interval, ())
        return self._quoting.accepts(ask) and span.end is None and any(1 <= span.limit <= most for _, most in told)

    def request(self, asks: Sequence[Ask[CandleSpan]]) -> Request:
        span = asks[0].item
        days = next(days for days, most in DAYS[span.interval] if span.limit <= most)
        asked = (("vs_currency", self._quoting.currency(span).lower()), ("days", str(days)), ("precision", "full"))
        return Request(f"/api/v3/coins/{asks[0].name}/ohlc", asked)

    def parse(self, asks: Sequence[Ask[CandleSpan]], response: Response) -> dict[CandleSpan, Candles]:
        span = asks[0].item
        rows = self._answer(response)
        return candles.read(span, self._quoting.currency(span), rows, _columns(INTERVALS[span.interval]), response)


def _columns(length: int) -> candles.Columns:
    """Where a row of candles of so many seconds holds what."""

    def began(stamp: object) -> datetime | None:
        ended = parsing.from_millis(stamp)
        return None if ended is None else ended - timedelta(seconds=length)

    return candles.Columns(began, opens=0, open=1, high=2, low=3, close=4, volume=None, width=5)
