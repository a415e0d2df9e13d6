"""Bybit v5 spot: prices and volumes from one ticker or from all of them, candles, order books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from providers.adapters.shared import candles, errors, order_books, parsing
from providers.adapters.shared.quoting import Quoting
from providers.adapters.shared.rows import Row, index_rows
from providers.adapters.shared.tickers import TickerColumns, TickerHandler, add_time
from providers.domain.adapter import Adapter, Budget, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery
from providers.domain.outcomes import Outcome

QUOTING = Quoting(dollar="USDT", currencies=frozenset({"USDT", "USDC", "EUR", "BTC", "ETH", "DAI", "BRL"}))

TICKER = TickerColumns(
    price=("lastPrice",),
    base_volume="volume24h",
    quote_volume="turnover24h",
    change_fraction="price24hPcnt",
    time="time",
    read_time=parsing.from_millis,
)

INTERVALS = {"1m": "1", "5m": "5", "15m": "15", "30m": "30", "1h": "60", "4h": "240", "1d": "D", "1w": "W"}
MOST_CANDLES = 1000
CANDLE = candles.Columns(
    parsing.from_millis, opens=0, open=1, high=2, low=3, close=4, volume=5, quote_volume=6, width=7
)

SUCCESS = "0"
CODES = {
    "10006": Outcome.RATE_LIMITED,
    "10018": Outcome.RATE_LIMITED,
    "10009": Outcome.BANNED,
    "10024": Outcome.GEO_BLOCKED,
    "10003": Outcome.UNAUTHORIZED,
    "10004": Outcome.UNAUTHORIZED,
    "10005": Outcome.UNAUTHORIZED,
    "10010": Outcome.UNAUTHORIZED,
}
"""Errors come with HTTP 200. 10001 is a bad parameter, most often the symbol; any other code but 0 is an outage."""

SPOT = ("category", "spot")


def read_body(response: Response) -> Row:
    """Return the whole body of a success: ``time`` belongs to ``result``. Raises Failure for everything else."""
    body = errors.decode_body(response)
    code = errors.code(errors.text(body, "retCode"))
    outcome = _forbidden(response) or _outcome(response, code, errors.text(body, "retMsg"))
    errors.raise_for_outcome(response, outcome, f"retCode {code}" if code else "", _reset(response, outcome))
    return parsing.mapping(body)


def ticker_request(pairs: Sequence[str]) -> Request:
    """Request ``/v5/market/tickers`` for one pair, or for all of them."""
    return Request("/v5/market/tickers", (SPOT, ("symbol", pairs[0])) if len(pairs) == 1 else (SPOT,))


def ticker_rows(response: Response, pairs: Sequence[str]) -> Mapping[str, Row]:
    """Read the list of rows, each with the time of the whole answer. The list is empty for an unknown pair."""
    body = read_body(response)
    rows = index_rows(parsing.field(_result(body), "list"), "symbol", pairs)
    return add_time(rows, body.get("time"))


def candle_request(pair: str, query: CandleQuery) -> Request:
    """Request ``/v5/market/kline``. ``end`` is an inclusive limit of the opening time, in milliseconds."""
    bounds = candles.bounds(query)
    end = (("end", f"{bounds[1]}000"),) if bounds else ()
    series = (SPOT, ("symbol", pair), ("interval", INTERVALS[query.interval]))
    return Request("/v5/market/kline", (*series, ("limit", str(query.limit)), *end))


def candle_rows(response: Response, pair: str) -> candles.CandleRows:
    """Read the candles, newest first. Another pair's candles are BROKEN."""
    body = read_body(response)
    result = _result(body)
    if result.get("symbol", pair) != pair:
        raise parsing.broken("another pair's candles")
    return candles.CandleRows(parsing.field(result, "list"), parsing.from_millis(body.get("time")))


def book_request(pair: str, levels: int) -> Request:
    """Request ``/v5/market/orderbook``."""
    return Request("/v5/market/orderbook", (SPOT, ("symbol", pair), ("limit", str(levels))))


def book_sides(response: Response, pair: str) -> order_books.Sides | None:
    """Read the book: bids are ``b``, asks ``a``. The result is empty for an unknown pair, or names none."""
    book = _result(read_body(response))
    if not book or book.get("s") == "":
        return None
    if parsing.field(book, "s") != pair:
        raise parsing.broken("another pair's book")
    return order_books.sides(book, "b", "a", parsing.from_millis(book.get("ts")))


def _result(body: Row) -> Row:
    result = parsing.mapping(parsing.field(body, "result"), "a result")
    if result.get("category", "spot") != "spot":
        raise parsing.broken("not the spot market")
    return result


def _outcome(response: Response, code: str, message: str) -> Outcome | None:
    if code == "10001":
        return Outcome.UNKNOWN_ASSET if "symbol" in message.lower() else Outcome.BAD_REQUEST
    return errors.code_outcome(response, code, CODES, SUCCESS)


def _forbidden(response: Response) -> Outcome | None:
    """Tell apart CloudFront's two 403 pages: a blocked country, or too many calls.

    The country page is text that looks like JSON and is not.
    """
    if response.status != 403:
        return None
    body = response.body[:20_000].lower()
    return Outcome.GEO_BLOCKED if b"cloudfront" in body or b"country" in body else Outcome.RATE_LIMITED


def _reset(response: Response, outcome: Outcome | None) -> datetime | None:
    """Return the end of the rate limit's window (a header in Unix milliseconds) if the limit was hit."""
    reset = response.headers.get("x-bapi-limit-reset-timestamp", "")
    return parsing.from_millis(reset) if errors.hit_limit(response, outcome) and errors.is_count(reset) else None


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: TickerHandler(QUOTING, ticker_request, ticker_rows, TICKER.quote, max_items=500),
        Category.MARKET_VOLUME: TickerHandler(QUOTING, ticker_request, ticker_rows, TICKER.volume, max_items=500),
        Category.MARKET_OHLCV: candles.CandleHandler(
            QUOTING, candle_request, candle_rows, CANDLE, INTERVALS, max_newest=MOST_CANDLES, max_older=MOST_CANDLES
        ),
        Category.MARKET_ORDERBOOK: order_books.OrderBookHandler(QUOTING, book_request, book_sides, max_levels=200),
    },
    budget=Budget(600, 5.0),
)
