"""Binance spot: prices and volumes from the rolling 24-hour ticker, candles from klines, order books."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from providers.adapters.shared import candles, errors, order_books, parsing
from providers.adapters.shared.quoting import Quoting
from providers.adapters.shared.rows import Row, index_rows
from providers.adapters.shared.tickers import TickerColumns, TickerHandler
from providers.domain.adapter import Adapter, Budget, Request, Response, Usage
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery
from providers.domain.outcomes import Outcome

WEIGHT_PER_MINUTE = 6000

QUOTING = Quoting(
    dollar="USDT",
    currencies=frozenset({"USDT", "USDC", "FDUSD", "TUSD", "BTC", "ETH", "BNB", "EUR", "TRY", "BRL", "JPY", "MXN"}),
)

TICKER = TickerColumns(
    price=("lastPrice", "price"),
    base_volume="volume",
    quote_volume="quoteVolume",
    change_percent="priceChangePercent",
    time="closeTime",
    read_time=parsing.from_millis,
    trades="count",
)

INTERVALS = frozenset({"1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w"})
MOST_CANDLES = 1000
KLINE = candles.Columns(
    parsing.from_millis, opens=0, open=1, high=2, low=3, close=4, volume=5, quote_volume=7, width=12
)
"""Position 6 is the closing time; 9 and 10 are the volumes bought by takers."""

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


def read_body(response: Response) -> object:
    """Return the body of a success. Raises Failure for everything else."""
    body = errors.decode_body(response)
    code, until = errors.code(errors.text(body, "code")), _ban_end(errors.text(body, "msg"))
    outcome = Outcome.BANNED if until is not None else _outcome(response, code)
    errors.raise_for_outcome(response, outcome, f"code {code}" if code else "", until)
    return body


def usage(headers: Mapping[str, str]) -> Usage | None:
    """Read the weight used this minute, which Binance counts per IP address over all its hosts."""
    used = headers.get("x-mbx-used-weight-1m", "")
    return Usage(int(used) / WEIGHT_PER_MINUTE, 60.0) if re.fullmatch("[0-9]{1,9}", used) else None


def ticker_request(pairs: Sequence[str]) -> Request:
    """Request ``/api/v3/ticker/24hr``: it has the change and a time, which ``/api/v3/ticker/price`` lacks.

    One unknown pair makes Binance refuse a whole batch with -1121: UNKNOWN_ASSET for several pairs means
    that at least one of them is unknown, not all.
    """
    if len(pairs) == 1:
        return Request("/api/v3/ticker/24hr", (("symbol", pairs[0]),))
    symbols = json.dumps(pairs, separators=(",", ":"), ensure_ascii=False)
    return Request("/api/v3/ticker/24hr", (("symbols", symbols),))


def ticker_rows(response: Response, pairs: Sequence[str]) -> Mapping[str, Row]:
    """Read a list of rows, or the single row that one ``symbol`` gives."""
    body = read_body(response)
    return index_rows(body if isinstance(body, list) else [body], "symbol", pairs)


def candle_request(pair: str, query: CandleQuery) -> Request:
    """Request ``/api/v3/klines``. ``endTime`` is an inclusive limit of the opening time, in milliseconds."""
    bounds = candles.bounds(query)
    end = (("endTime", f"{bounds[1]}000"),) if bounds else ()
    series = (("symbol", pair), ("interval", query.interval), ("limit", str(query.limit)))
    return Request("/api/v3/klines", series + end)


def candle_rows(response: Response, pair: str) -> candles.CandleRows:
    """Read the klines, oldest first."""
    return candles.CandleRows(read_body(response))


def book_request(pair: str, levels: int) -> Request:
    """Request ``/api/v3/depth``: up to 100 levels have a weight of 5, 5000 levels one of 250."""
    return Request("/api/v3/depth", (("symbol", pair), ("limit", str(levels))))


def book_sides(response: Response, pair: str) -> order_books.Sides:
    """Read the book, which has no time."""
    return order_books.sides(read_body(response))


def _ban_end(message: str) -> datetime | None:
    match = _BANNED_UNTIL.search(message)
    return parsing.from_millis(match[1]) if match else None


def _outcome(response: Response, code: str) -> Outcome | None:
    """Return the outcome of a code. A 403 without a known code is the firewall's page, or its country block."""
    if code not in CODES and response.status == 403 and not errors.names_country(response):
        return Outcome.RATE_LIMITED
    return errors.code_outcome(response, code, CODES)


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: TickerHandler(QUOTING, ticker_request, ticker_rows, TICKER.quote, max_items=100),
        Category.MARKET_VOLUME: TickerHandler(QUOTING, ticker_request, ticker_rows, TICKER.volume, max_items=100),
        Category.MARKET_OHLCV: candles.CandleHandler(
            QUOTING, candle_request, candle_rows, KLINE, INTERVALS, max_newest=MOST_CANDLES, max_older=MOST_CANDLES
        ),
        Category.MARKET_ORDERBOOK: order_books.OrderBookHandler(QUOTING, book_request, book_sides, max_levels=5000),
    },
    # 6000 weight a minute, in units of the lightest call: a ticker of up to 20 pairs weighs 2, of up to 100 pairs 40.
    # The weight of heavier calls is learned from the response headers, see usage().
    budget=Budget(3000, 60.0),
    usage=usage,
)
