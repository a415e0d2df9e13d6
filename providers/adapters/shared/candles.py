"""Candles from a provider's rows: named columns, plausibility checks, oldest first, at most the requested number."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from providers.adapters.shared import parsing
from providers.adapters.shared.parsing import ARITHMETIC, broken
from providers.adapters.shared.quoting import Quoting
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.market_data import INTERVALS, Candle, CandleQuery, Candles
from providers.domain.outcomes import Failure, Outcome

CLOCK_TOLERANCE = timedelta(minutes=5)
"""Largest accepted lead of a provider's clock."""

QUIET_INTERVALS = 24
"""Number of intervals without a trade after which a market counts as halted, if the requested range is over too."""

MONDAY = 345_600
"""The first Monday, 1970-01-05, in Unix seconds; the epoch was a Thursday."""

Key = int | str
ClosedFlag = Callable[[object, datetime], bool | None]
"""Reads the provider's flag for a closed candle from its row and opening time; None if the row has none."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Positions (of a list with at least ``width`` elements) or names (of an object) of a candle row's values.

    ``time`` reads the opening time ``opens`` in the provider's unit. ``volume`` is None if there is none. The quote
    volume is ``quote_volume``, or ``volume`` times the average price ``vwap``.
    """

    time: Callable[[object], datetime | None]
    opens: Key
    open: Key
    high: Key
    low: Key
    close: Key
    volume: Key | None = None
    quote_volume: Key | None = None
    vwap: Key | None = None
    width: int = 0


@dataclass(frozen=True, slots=True)
class CandleRows:
    """The rows of a response, with the provider's own time and its own flag for closed candles where it has them."""

    rows: object
    as_of: datetime | None = None
    closed: ClosedFlag | None = None


@dataclass(frozen=True, slots=True)
class CandleHandler:
    """Answer candle queries from one route of an exchange.

    ``build_request`` receives the pair; ``bounds`` gives the time range of a query that has an end.
    ``read_rows`` returns the rows of a response about this pair, None where the exchange does not know the pair.
    ``max_newest`` candles fit into one answer up to now, ``max_older`` into one with an end; 0 means none do.
    """

    quoting: Quoting
    build_request: Callable[[str, CandleQuery], Request]
    read_rows: Callable[[Response, str], CandleRows | None]
    columns: Columns
    intervals: Container[str]
    max_newest: int
    max_older: int
    max_items: int = 1

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        """Return whether the exchange has the interval, and so many candles in one answer."""
        most = self.max_newest if lookup.item.end is None else self.max_older
        return self.quoting.accepts(lookup) and fits(lookup.item, self.intervals, most)

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        """Build the request for the only lookup."""
        return self.build_request(self.quoting.pair(lookups[0]), lookups[0].item)

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        """Read the candles of the only lookup. Raises Failure."""
        query = lookups[0].item
        answer = self.read_rows(response, self.quoting.pair(lookups[0]))
        if answer is None:
            return {}
        currency = self.quoting.currency(query)
        try:
            return read_candles(
                query, currency, answer.rows, self.columns, response, closed=answer.closed, as_of=answer.as_of
            )
        except Failure as failure:
            raise failure.about_item() from None


def fits(query: CandleQuery, intervals: Container[str], max_candles: int) -> bool:
    """Return whether the provider has the interval, and the requested number of candles fits into one answer."""
    return query.interval in intervals and 1 <= query.limit <= max_candles


def bounds(query: CandleQuery) -> tuple[int, int] | None:
    """Return the opening times of the first and the last requested candle in Unix seconds; None without an end."""
    if query.end is None:
        return None
    length = INTERVALS[query.interval]
    latest = int(query.end.timestamp()) - (query.end.microsecond == 0)
    last = latest - (latest - _anchor(length)) % length
    return last - (query.limit - 1) * length, last


def read_candles(
    query: CandleQuery,
    currency: str,
    rows: object,
    columns: Columns,
    response: Response,
    *,
    closed: ClosedFlag | None = None,
    skip_torn: bool = False,
    as_of: datetime | None = None,
) -> dict[CandleQuery, Candles]:
    """Return the requested candles, oldest first; nothing if the provider has none of that time.

    ``closed`` reads the provider's own flag; without one, a candle is closed once its interval is over. With
    ``skip_torn``, a forming candle whose close lies outside its range is left out: some providers update the
    close first. Raises IMPLAUSIBLE for impossible candles, BROKEN for rows of the wrong shape.
    """
    candles: dict[datetime, Candle] = {}
    for row in parsing.sequence(rows, "the candles"):
        candle = _candle(row, columns, query, response.received_at, closed)
        if skip_torn and not candle.closed and not _encloses(candle):
            continue
        _check(candle, INTERVALS[query.interval], response.received_at)
        if candles.setdefault(candle.opens, candle) != candle:
            raise broken("two candles disagree about one time")
    newest = _newest(query, candles)
    if not newest or _is_halted(newest[-1], query, response.received_at):
        return {}
    return {query: Candles(query.asset, currency, query.interval, newest, as_of)}


def _candle(row: object, columns: Columns, query: CandleQuery, now: datetime, closed: ClosedFlag | None) -> Candle:
    opens = columns.time(_value(row, columns.opens, columns))
    if opens is None:
        raise broken("a candle without a time")
    ended = opens + timedelta(seconds=INTERVALS[query.interval]) <= now
    is_closed = closed(row, opens) if closed else None
    candle = Candle(
        opens,
        _price(row, columns.open, columns),
        _price(row, columns.high, columns),
        _price(row, columns.low, columns),
        _price(row, columns.close, columns),
        None if columns.volume is None else parsing.amount(_value(row, columns.volume, columns)),
        _quote_volume(row, columns),
        ended if is_closed is None else is_closed,
    )
    return candle if _volumes_agree(candle) else replace(candle, volume=None, quote_volume=None)


def _value(row: object, key: Key, columns: Columns) -> object:
    if isinstance(key, int):
        return parsing.item(row, key, "a candle", columns.width)
    return parsing.field(parsing.mapping(row, "a candle"), key)


def _price(row: object, key: Key, columns: Columns) -> Decimal:
    price = parsing.price(_value(row, key, columns))
    if price is None:
        raise broken("a candle without a price")
    return price


def _quote_volume(row: object, columns: Columns) -> Decimal | None:
    if columns.vwap is not None and columns.volume is not None:
        return parsing.product(_value(row, columns.volume, columns), _value(row, columns.vwap, columns))
    return None if columns.quote_volume is None else parsing.amount(_value(row, columns.quote_volume, columns))


def _volumes_agree(candle: Candle) -> bool:
    """Return whether the average price implied by both volumes lies within half the low and twice the high.

    Swapped columns, or contracts counted as coins, are off by orders of magnitude; rounding of small trades is not.
    """
    if not candle.volume or not candle.quote_volume:
        return True
    at_low = ARITHMETIC.multiply(candle.low, candle.volume)
    at_high = ARITHMETIC.multiply(candle.high, candle.volume)
    return at_low <= 2 * candle.quote_volume and candle.quote_volume <= 2 * at_high


def _encloses(candle: Candle) -> bool:
    return candle.low <= min(candle.open, candle.close) and max(candle.open, candle.close) <= candle.high


def _check(candle: Candle, length: int, now: datetime) -> None:
    if not _encloses(candle):
        raise Failure(Outcome.IMPLAUSIBLE, "a candle does not enclose its open and close")
    offset = (candle.opens - datetime.fromtimestamp(_anchor(length), UTC)) % timedelta(seconds=length)
    if offset:
        raise Failure(Outcome.IMPLAUSIBLE, "a candle does not begin on its interval")
    if candle.opens > now + CLOCK_TOLERANCE:
        raise Failure(Outcome.IMPLAUSIBLE, "a candle that lies in the future")


def _anchor(length: int) -> int:
    return MONDAY if length == INTERVALS["1w"] else 0


def _newest(query: CandleQuery, candles: dict[datetime, Candle]) -> tuple[Candle, ...]:
    opens = sorted(at for at in candles if query.end is None or at < query.end)
    return tuple(candles[at] for at in opens[-query.limit :])


def _is_halted(newest: Candle, query: CandleQuery, now: datetime) -> bool:
    """Return whether even the newest candle is older than the requested range.

    Some exchanges keep returning the last candles of a halted pair.
    """
    intervals = max(query.limit, QUIET_INTERVALS)
    return newest.opens < (query.end or now) - timedelta(seconds=intervals * INTERVALS[query.interval])
