"""Gate spot: prices from one ticker, or from all of them where several are asked; candles, books."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Generic

from providers.adapters.shared import candles, errors, order_books, parsing
from providers.adapters.shared.quoting import Quoting
from providers.adapters.shared.rows import VENUE, Row, index, quote, read_each
from providers.adapters.shared.volumes import venue_volume
from providers.domain.adapter import Adapter, Budget, Lookup, Request, Response, Usage, V
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery, Candles, Instrument, OrderBook, OrderBookQuery, Quote, Volume
from providers.domain.outcomes import Outcome

QUOTING = Quoting(dollar="USDT", currencies=frozenset({"USDT", "USDC", "USD", "BTC", "ETH"}), separator="_")

WINDOW_S = 10.0

INTERVALS = frozenset({"1m", "5m", "15m", "30m", "1h", "4h", "1d"})
"""Its 7d count from the epoch, so they begin on Thursdays: they are not our weeks."""

MOST_NEWEST, MOST_IN_RANGE = 1000, 999
CANDLE = candles.Columns(
    parsing.from_seconds, opens=0, quote_volume=1, close=2, high=3, low=4, open=5, volume=6, width=7
)
CLOSED = 7

LABELS = {
    "INVALID_CURRENCY": Outcome.UNKNOWN_ASSET,
    "INVALID_CURRENCY_PAIR": Outcome.UNKNOWN_ASSET,
    "INVALID_PARAM_VALUE": Outcome.BAD_REQUEST,
    "MISSING_REQUIRED_PARAM": Outcome.BAD_REQUEST,
    "TOO_MANY_REQUESTS": Outcome.RATE_LIMITED,
}


def answer(response: Response) -> object:
    """The body of a success. An error is a ``label``, with or without a message. Raises Failure for it."""
    body = errors.document(response)
    label = errors.code(errors.text(body, "label"))
    said = Outcome.NOT_SUPPORTED if _too_old(body) else LABELS.get(label)
    errors.check(response, said, label, _reset(response, said))
    if label:
        raise parsing.broken("an error label instead of data")
    return body


def usage(headers: Mapping[str, str]) -> Usage | None:
    """The share of this path's quota used in this window."""
    limit, remaining = headers.get("x-gate-ratelimit-limit", ""), headers.get("x-gate-ratelimit-requests-remain", "")
    return errors.used(limit, remaining, WINDOW_S)


class Tickers(Generic[V]):
    """Prices and volumes from ``/api/v4/spot/tickers``: an array even for one pair, in percent, without a time."""

    max_items = 500

    def __init__(self, read: Callable[[Lookup[Instrument], Row], V | None]) -> None:
        self._read = read

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        return QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        pairs = QUOTING.pairs(lookups)
        return Request("/api/v4/spot/tickers", (("currency_pair", pairs[0]),) if len(pairs) == 1 else ())

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, V]:
        rows = index(answer(response), "currency_pair", QUOTING.pairs(lookups))
        return read_each(lookups, lambda ask: rows.get(QUOTING.pair(ask)), self._read)


class Candlesticks:
    """Candles from ``/api/v4/spot/candlesticks``, oldest first, the quote volume in the second place.

    Either the newest (``limit``) or a range with both ends included, never both. An eighth place, missing in older
    answers, says whether the candle is closed. Candles more than 10,000 intervals back are refused as too old.
    """

    max_items = 1

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        most = MOST_NEWEST if lookup.item.end is None else MOST_IN_RANGE
        return QUOTING.accepts(lookup) and candles.fits(lookup.item, INTERVALS, most)

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        span, asked = lookups[0].item, candles.bounds(lookups[0].item)
        named = (("currency_pair", QUOTING.pair(lookups[0])), ("interval", span.interval))
        which = (("from", str(asked[0])), ("to", str(asked[1]))) if asked else (("limit", str(span.limit)),)
        return Request("/api/v4/spot/candlesticks", named + which)

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        span = lookups[0].item
        return candles.read(span, QUOTING.currency(span), answer(response), CANDLE, response, closed=_window_closed)


class Books:
    """An order book from ``/api/v4/spot/order_book``; more than 100 levels may be answered by an empty one.

    Answers come from a cache and may be half a minute old: ``current`` is their time.
    """

    max_items = 1
    most_levels = 100

    def accepts(self, lookup: Lookup[OrderBookQuery]) -> bool:
        return QUOTING.accepts(lookup) and order_books.fits(lookup.item, self.most_levels)

    def request(self, lookups: Sequence[Lookup[OrderBookQuery]]) -> Request:
        params = (("currency_pair", QUOTING.pair(lookups[0])), ("limit", str(lookups[0].item.levels)))
        return Request("/api/v4/spot/order_book", params)

    def parse(self, lookups: Sequence[Lookup[OrderBookQuery]], response: Response) -> dict[OrderBookQuery, OrderBook]:
        depth, body = lookups[0].item, parsing.mapping(answer(response))
        as_of = parsing.from_millis(body.get("current"))
        return order_books.read(depth, QUOTING.currency(depth), order_books.sides(body), as_of=as_of)


def _window_closed(row: object, _opens: datetime) -> bool | None:
    listed = parsing.sequence(row, "a candle")
    if len(listed) <= CLOSED:
        return None
    if listed[CLOSED] not in ("true", "false"):
        raise parsing.broken("a candle neither closed nor forming")
    return listed[CLOSED] == "true"


def _too_old(body: object) -> bool:
    """Whether a parameter is bad because Gate keeps no candles that old: not a mistake, and no outage."""
    return "too long ago" in errors.text(body, "message").lower()


def _quote(lookup: Lookup[Instrument], row: Row) -> Quote | None:
    return quote(
        lookup,
        QUOTING.currency(lookup.item),
        parsing.price(parsing.field(row, "last")),
        change=parsing.percent(row.get("change_percentage")),
        volume=parsing.amount(row.get("quote_volume")),
        scope=VENUE,
    )


def _volume(lookup: Lookup[Instrument], row: Row) -> Volume | None:
    return venue_volume(
        lookup,
        QUOTING.currency(lookup.item),
        base=parsing.measure(parsing.field(row, "base_volume")),
        quoted=parsing.measure(parsing.field(row, "quote_volume")),
        last=row.get("last"),
        change=parsing.percent(row.get("change_percentage")),
    )


def _reset(response: Response, said: Outcome | None) -> datetime | None:
    """The end of the window in Unix seconds, where its limit was hit."""
    reset = response.headers.get("x-gate-ratelimit-reset-timestamp", "")
    return parsing.from_seconds(reset) if errors.limited(response, said) and errors.is_count(reset) else None


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: Tickers(_quote),
        Category.MARKET_VOLUME: Tickers(_volume),
        Category.MARKET_OHLCV: Candlesticks(),
        Category.MARKET_ORDERBOOK: Books(),
    },
    # 200 in 10 s per path.
    budget=Budget(200, WINDOW_S),
    usage=usage,
)
