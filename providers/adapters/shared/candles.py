"""From a source's rows to candles: columns named, every row possible, oldest first, no more than was asked for."""

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
"""How far a source's clock may be ahead of ours."""

QUIET_INTERVALS = 24
"""So many intervals without a trade are a quiet market; more, and all that was asked for, are a halted one."""

MONDAY = 345_600
"""The first Monday, 1970-01-05, in Unix seconds: the epoch was a Thursday."""

Key = int | str
ClosedFlag = Callable[[object, datetime], bool | None]


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a row holds what: places in a list, or names of an object's fields. ``time`` reads the source's unit.

    ``volume`` is None where a source tells none. Where there is an average price (``vwap``) instead of a quote volume,
    the product of it and the volume is one. A row that is a list has
    at least ``width`` places.
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
    ``most_newest`` candles fit into one answer up to now, ``most_older`` into one with an end; 0 means none do.
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
        return read_candles(
            query, currency, answer.rows, self.columns, response, closed=answer.closed, as_of=answer.as_of
        )


def fits(query: CandleQuery, intervals: Container[str], max_candles: int) -> bool:
    """Whether the source has the interval, and so many candles in one answer."""
    return query.interval in intervals and 1 <= query.limit <= max_candles


def bounds(query: CandleQuery) -> tuple[int, int] | None:
    """When the first and the last candle asked for open, in Unix seconds; None for those up to now."""
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
    """The candles asked for; nothing where the source has none of that time.

    ``closed`` is the source's own word for whether a candle is; without it, a candle is closed once its time is over.
    ``torn`` sources refresh a forming candle's close before its range: such a one is left out, not the answer refused.
    Raises IMPLAUSIBLE for candles that cannot be, BROKEN for rows that are none.
    """
    found: dict[datetime, Candle] = {}
    for row in parsing.sequence(rows, "the candles"):
        candle = _candle(row, columns, query, response.received_at, closed)
        if skip_torn and not candle.closed and not _encloses(candle):
            continue
        _check(candle, INTERVALS[query.interval], response.received_at)
        if found.setdefault(candle.opens, candle) != candle:
            raise broken("two candles disagree about one time")
    kept = _newest(query, found)
    if not kept or _halted(kept[-1], query, response.received_at):
        return {}
    return {query: Candles(query.asset, currency, query.interval, kept, as_of)}


def _candle(row: object, columns: Columns, span: CandleQuery, now: datetime, closed: ClosedFlag | None) -> Candle:
    opens = columns.time(_at(row, columns.opens, columns))
    if opens is None:
        raise broken("a candle without a time")
    over = opens + timedelta(seconds=INTERVALS[span.interval]) <= now
    said = closed(row, opens) if closed else None
    candle = Candle(
        opens,
        _price(row, columns.open, columns),
        _price(row, columns.high, columns),
        _price(row, columns.low, columns),
        _price(row, columns.close, columns),
        None if columns.volume is None else parsing.amount(_at(row, columns.volume, columns)),
        _quote_volume(row, columns),
        over if said is None else said,
    )
    return candle if _volumes_agree(candle) else replace(candle, volume=None, quote_volume=None)


def _at(row: object, key: Key, columns: Columns) -> object:
    if isinstance(key, int):
        return parsing.item(row, key, "a candle", columns.width)
    return parsing.field(parsing.mapping(row, "a candle"), key)


def _price(row: object, key: Key, columns: Columns) -> Decimal:
    price = parsing.price(_at(row, key, columns))
    if price is None:
        raise broken("a candle without a price")
    return price


def _quote_volume(row: object, columns: Columns) -> Decimal | None:
    if columns.vwap is not None and columns.volume is not None:
        return parsing.product(_at(row, columns.volume, columns), _at(row, columns.vwap, columns))
    return None if columns.quote_volume is None else parsing.amount(_at(row, columns.quote_volume, columns))


def _volumes_agree(candle: Candle) -> bool:
    """Whether the two volumes imply an average price not far outside the candle: else one is of something else.

    Contracts counted for coins and swapped columns are off by orders of magnitude, rounding of small trades is not.
    """
    if not candle.volume or not candle.quote_volume:
        return True
    twice = 2 * candle.quote_volume
    least = ARITHMETIC.multiply(candle.low, candle.volume)
    most = ARITHMETIC.multiply(candle.high, candle.volume)
    return least <= twice and candle.quote_volume <= 2 * most


def _encloses(candle: Candle) -> bool:
    return candle.low <= min(candle.open, candle.close) and max(candle.open, candle.close) <= candle.high


def _check(candle: Candle, length: int, now: datetime) -> None:
    if not _encloses(candle):
        raise Failure(Outcome.IMPLAUSIBLE, "a candle does not enclose its open and close")
    into = (candle.opens - datetime.fromtimestamp(_anchor(length), UTC)) % timedelta(seconds=length)
    if into:
        raise Failure(Outcome.IMPLAUSIBLE, "a candle does not begin on its interval")
    if candle.opens > now + CLOCK_TOLERANCE:
        raise Failure(Outcome.IMPLAUSIBLE, "a candle that lies in the future")


def _anchor(length: int) -> int:
    return MONDAY if length == INTERVALS["1w"] else 0


def _newest(span: CandleQuery, found: dict[datetime, Candle]) -> tuple[Candle, ...]:
    opens = sorted(at for at in found if span.end is None or at < span.end)
    return tuple(found[at] for at in opens[-span.limit :])


def _halted(newest: Candle, span: CandleQuery, now: datetime) -> bool:
    """Whether even the newest candle is older than all that was asked for: some venues go on telling a halted pair's
    last candles.
    """
    intervals = max(span.limit, QUIET_INTERVALS)
    return newest.opens < (span.end or now) - timedelta(seconds=intervals * INTERVALS[span.interval])
