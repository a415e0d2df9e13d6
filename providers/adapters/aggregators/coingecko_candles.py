"""CoinGecko's candles: half hours of a day or four hours of a month, up to now, without volumes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from providers.adapters.shared import candles, parsing
from providers.adapters.shared.quoting import Quoting, path_part
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.market_data import INTERVALS, CandleQuery, Candles

DAYS = {"30m": {48: 1}, "4h": {42: 7, 84: 14, 180: 30}}
"""How many days to ask for, by the most candles that so many hold: their length follows from the days alone. Ninety and
more give candles of four days, which are none of ours.
"""

UPDATED = timedelta(minutes=15)
"""CoinGecko's own word for how long it says the same: a candle that ended since may lack its last trades, so that it
is not closed yet.
"""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candlesticks:
    """Candles from ``/api/v3/coins/{id}/ohlc``: ``[ms, open, high, low, close]``, oldest first, stamped with their end.

    The newest is still forming: its stamp is the end it will have, or the moment it was taken at. Neither a number nor
    an end can be asked for. The first candle of the days is left out where it began before them: it is not whole.
    """

    answer: Callable[[Response], object]
    quoting: Quoting
    max_items: int = 1

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        span = lookup.item
        if span.end is not None or span.interval not in DAYS:
            return False
        return self.quoting.accepts(lookup) and candles.fits(span, DAYS, max(DAYS[span.interval]))

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        span = lookups[0].item
        params = (
            ("vs_currency", self.quoting.currency(span).lower()),
            ("days", str(_days(span))),
            ("precision", "full"),
        )
        return Request(f"/api/v3/coins/{path_part(lookups[0].name)}/ohlc", params)

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        """Raises IMPLAUSIBLE for a stamp that is no candle's end, unless it is the newest and of now or before."""
        span, now = lookups[0].item, response.received_at
        length = timedelta(seconds=INTERVALS[span.interval])
        told = parsing.sequence(self.answer(response), "the candles")
        ends = [_end(row) for row in told]
        newest = max(ends, default=now)
        openings = [_opening(end, length, forming=end == newest <= now + candles.AHEAD) for end in ends]
        since = now - timedelta(days=_days(span))
        rows = [_opened(row, opens) for row, opens in zip(told, openings, strict=True) if opens >= since]

        def closed(_row: object, opens: datetime) -> bool:
            end = opens + length
            return end in ends and end + UPDATED <= now

        return candles.read(span, self.quoting.currency(span), rows, CANDLE, response, closed=closed)


def _days(span: CandleQuery) -> int:
    """The fewest days that hold so many candles."""
    by_most = DAYS[span.interval]
    return by_most[min((most for most in by_most if most >= span.limit), default=max(by_most))]


def _end(row: object) -> datetime:
    end = parsing.from_millis(parsing.item(row, 0, "a candle", WIDTH))
    if end is None:
        raise parsing.broken("a candle without a time")
    return end


def _opening(end: datetime, length: timedelta, *, forming: bool) -> datetime:
    """When the candle with this stamp opened; one that is forming may be stamped in the midst of its time."""
    into = (end - EPOCH) % length
    return end - into if into and forming else end - length


def _opened(row: object, opens: datetime) -> list[object]:
    """The row with its opening in place of its stamp."""
    return [opens, *parsing.sequence(row, "a candle")[1:]]


def _as_it_is(opens: object) -> datetime | None:
    return opens if isinstance(opens, datetime) else None


WIDTH = 5
CANDLE = candles.Columns(_as_it_is, opens=0, open=1, high=2, low=3, close=4, width=WIDTH)
