"""Binance spot: prices from the rolling 24-hour ticker, candles from klines, order books."""

from __future__ import annotations

import json
import re
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

WEIGHT_PER_MINUTE = 6000

QUOTING = Quoting(
    dollar="USDT",
    currencies=frozenset({"USDT", "USDC", "FDUSD", "TUSD", "BTC", "ETH", "BNB", "EUR", "TRY", "BRL", "JPY", "MXN"}),
)

INTERVALS = frozenset({"1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w"})
MOST_CANDLES = 1000
KLINE = candles.Columns(
    parsing.from_millis, opens=0, open=1, high=2, low=3, close=4, volume=5, quote_volume=7, width=12
)
"""A row, which Render passes on as it is. Position 6 is the closing time, 9 and 10 are what takers bought."""

CODES = {
    "-1121": Outcome.UNKNOWN_ASSET,
    "-1120": Outcome.BAD_REQUEST,
    "-1100": Outcome.BAD_REQUEST,
    "-1101": Outcome.BAD_REQUEST,
    "-1102": Outcome.BAD_REQUEST,
    "-1003": Outcome.RATE_LIMITED,
    "-1015": Outcome.RATE_LIMITED,
}

_BANNED_UNTIL = re.compile(r"banned until ([0-9]{1,16})")


def answer(response: Response) -> object:
    """The body of a success. Raises Failure for everything else."""
    body = errors.document(response)
    code, message = errors.code(errors.text(body, "code")), errors.text(body, "msg")
    until = _ban_end(message)
    said = CODES.get(code) if until is None else Outcome.BANNED
    errors.check(response, said or _refused(response, code), f"code {code}" if code else "", until)
    return body


def usage(headers: Mapping[str, str]) -> Usage | None:
    """The weight used this minute, counted over all hosts of this address."""
    used = headers.get("x-mbx-used-weight-1m", "")
    return Usage(int(used) / WEIGHT_PER_MINUTE, 60.0) if re.fullmatch("[0-9]{1,9}", used) else None


class Tickers(Generic[V]):
    """Prices and volumes from ``/api/v3/ticker/24hr``, which has the change and a time; ticker/price has not.

    One unknown pair makes Binance refuse a whole batch with -1121: UNKNOWN_ASSET for several asks means
    that at least one of them is unknown, not all.
    """

    max_items = 100

    def __init__(self, read: Callable[[Lookup[Instrument], Row], V | None]) -> None:
        self._read = read

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        return QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        pairs = QUOTING.pairs(lookups)
        if len(pairs) == 1:
            return Request("/api/v3/ticker/24hr", (("symbol", pairs[0]),))
        listed = json.dumps(pairs, separators=(",", ":"), ensure_ascii=False)
        return Request("/api/v3/ticker/24hr", (("symbols", listed),))

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, V]:
        body = answer(response)
        rows = index(body if isinstance(body, list) else [body], "symbol", QUOTING.pairs(lookups))
        return read_each(lookups, lambda ask: rows.get(QUOTING.pair(ask)), self._read)


class Candlesticks:
    """Candles from ``/api/v3/klines``, oldest first. ``endTime`` bounds the opening time and is included."""

    max_items = 1

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        return QUOTING.accepts(lookup) and candles.fits(lookup.item, INTERVALS, MOST_CANDLES)

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        span, asked = lookups[0].item, candles.bounds(lookups[0].item)
        until = (("endTime", f"{asked[1]}000"),) if asked else ()
        params = (("symbol", QUOTING.pair(lookups[0])), ("interval", span.interval), ("limit", str(span.limit)))
        return Request("/api/v3/klines", params + until)

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        span = lookups[0].item
        return candles.read(span, QUOTING.currency(span), answer(response), KLINE, response)


class Books:
    """An order book from ``/api/v3/depth``: up to 100 levels weigh 5, 5000 weigh 250. It has no time."""

    max_items = 1
    most_levels = 5000

    def accepts(self, lookup: Lookup[OrderBookQuery]) -> bool:
        return QUOTING.accepts(lookup) and order_books.fits(lookup.item, self.most_levels)

    def request(self, lookups: Sequence[Lookup[OrderBookQuery]]) -> Request:
        params = (("symbol", QUOTING.pair(lookups[0])), ("limit", str(lookups[0].item.levels)))
        return Request("/api/v3/depth", params)

    def parse(self, lookups: Sequence[Lookup[OrderBookQuery]], response: Response) -> dict[OrderBookQuery, OrderBook]:
        depth = lookups[0].item
        return order_books.read(depth, QUOTING.currency(depth), order_books.sides(answer(response)))


def _quote(lookup: Lookup[Instrument], row: Row) -> Quote | None:
    price = parsing.price(parsing.field(row, "lastPrice", "price"))
    return quote(
        lookup,
        QUOTING.currency(lookup.item),
        price,
        change=parsing.percent(row.get("priceChangePercent")),
        volume=parsing.amount(row.get("quoteVolume")),
        scope=VENUE,
        as_of=parsing.from_millis(row.get("closeTime")),
    )


def _volume(lookup: Lookup[Instrument], row: Row) -> Volume | None:
    return venue_volume(
        lookup,
        QUOTING.currency(lookup.item),
        base=parsing.measure(parsing.field(row, "volume")),
        quoted=parsing.measure(parsing.field(row, "quoteVolume")),
        last=row.get("lastPrice"),
        trades=row.get("count"),
        change=parsing.percent(row.get("priceChangePercent")),
        as_of=parsing.from_millis(row.get("closeTime")),
    )


def _ban_end(message: str) -> datetime | None:
    match = _BANNED_UNTIL.search(message)
    return parsing.from_millis(match[1]) if match else None


def _refused(response: Response, code: str) -> Outcome | None:
    """A 403 without a code is the firewall: its page, or its country list. An unlisted code in a 200 is no answer."""
    if response.status == 403 and not errors.names_a_place(response):
        return Outcome.RATE_LIMITED
    return Outcome.BROKEN if code and errors.succeeded(response) else None


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: Tickers(_quote),
        Category.MARKET_VOLUME: Tickers(_volume),
        Category.MARKET_OHLCV: Candlesticks(),
        Category.MARKET_ORDERBOOK: Books(),
    },
    # 6000 weight a minute, stated in the lightest calls: a ticker for up to 20 pairs weighs 2 (40 up to 100 pairs).
    # What heavier calls took is learned from the answers' own count, see usage().
    budget=Budget(3000, 60.0),
    usage=usage,
)
