"""CoinGecko candles: 30 minutes for a day or 4 hours for a month, up to now, without volumes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from providers.adapters.shared import candles, parsing
from providers.adapters.shared.quoting import Quoting, path_segment
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.market_data import INTERVALS, CandleQuery, Candles
from providers.domain.outcomes import Failure

DAYS = {"30m": {48: 1}, "4h": {42: 7, 84: 14, 180: 30}}
"""The ``days`` to request, by the number of candles they contain; the interval follows from ``days`` alone.

More than 90 days give 4-day candles, which the hub does not offer.
"""

UPDATE_DELAY = timedelta(minutes=15)
"""CoinGecko's documented cache time: a candle that ended less than this ago may lack its last trades and is not closed.
"""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CandleSeries:
    """Candles from ``/api/v3/coins/{id}/ohlc``: ``[ms, open, high, low, close]``, oldest first, stamped with their end.

    The newest candle is still forming; its timestamp is either its future end or the time of the snapshot. Neither a
    count nor an end time can be requested. The first candle is dropped if it opened before the requested days, because
    it is incomplete.

    Args:
        answer: reads the body of a successful response.
        quoting: the currencies CoinGecko quotes in.
    """

    answer: Callable[[Response], object]
    quoting: Quoting
    max_items: int = 1

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        """Return whether the provider can answer this lookup."""
        query = lookup.item
        if query.end is not None or query.interval not in DAYS:
            return False
        return self.quoting.accepts(lookup) and candles.fits(query, DAYS, max(DAYS[query.interval]))

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        """Build the request for the lookups."""
        query = lookups[0].item
        params = (
            ("vs_currency", self.quoting.currency(query).lower()),
            ("days", str(_days(query))),
            ("precision", "full"),
        )
        return Request(f"/api/v3/coins/{path_segment(lookups[0].name)}/ohlc", params)

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        """Read the candles; the newest may end off its interval.

        Raises:
            Failure: IMPLAUSIBLE if any other timestamp is not the end of a candle.
        """
        raw_rows = parsing.sequence(self.answer(response), "the candles")
        try:
            return self._read(lookups[0].item, raw_rows, response)
        except Failure as failure:
            raise failure.about_item() from None

    def _read(self, query: CandleQuery, raw_rows: Sequence[object], response: Response) -> dict[CandleQuery, Candles]:
        now, length = response.received_at, timedelta(seconds=INTERVALS[query.interval])
        ends = [_end(row) for row in raw_rows]
        newest = max(ends, default=now)
        openings = [_opening_time(end, length, forming=end == newest <= now + candles.CLOCK_TOLERANCE) for end in ends]
        since = now - timedelta(days=_days(query))
        rows = [_with_opening_time(row, opens) for row, opens in zip(raw_rows, openings, strict=True) if opens >= since]

        def closed(_row: object, opens: datetime) -> bool:
            end = opens + length
            return end in ends and end + UPDATE_DELAY <= now

        return candles.read_candles(query, self.quoting.currency(query), rows, CANDLE, response, closed=closed)


def _days(query: CandleQuery) -> int:
    """Return the fewest days that contain the requested number of candles."""
    days_by_count = DAYS[query.interval]
    return days_by_count[min((count for count in days_by_count if count >= query.limit), default=max(days_by_count))]


def _end(row: object) -> datetime:
    end = parsing.from_millis(parsing.item(row, 0, "a candle", ROW_WIDTH))
    if end is None:
        raise parsing.broken("a candle without a time")
    return end


def _opening_time(end: datetime, length: timedelta, *, forming: bool) -> datetime:
    """Return when a candle opened, given its end; a forming candle may have a timestamp inside its interval."""
    elapsed = (end - EPOCH) % length
    return end - elapsed if elapsed and forming else end - length


def _with_opening_time(row: object, opens: datetime) -> list[object]:
    """Replace the timestamp of a row by the candle's opening time."""
    return [opens, *parsing.sequence(row, "a candle")[1:]]


def _as_datetime(opens: object) -> datetime | None:
    return opens if isinstance(opens, datetime) else None


ROW_WIDTH = 5
CANDLE = candles.Columns(_as_datetime, opens=0, open=1, high=2, low=3, close=4, width=ROW_WIDTH)
