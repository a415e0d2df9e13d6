"""Bitget spot: prices and volumes from one ticker or from all tickers, candles, order books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from providers.adapters.shared import candles, errors, order_books, parsing
from providers.adapters.shared.quoting import Quoting
from providers.adapters.shared.rows import Row, index_rows
from providers.adapters.shared.tickers import TickerColumns, TickerHandler
from providers.domain.adapter import Adapter, Budget, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery
from providers.domain.outcomes import Outcome

QUOTING = Quoting(dollar="USDT", currencies=frozenset({"USDT", "USDC", "EUR", "BTC", "ETH"}))

TICKER = TickerColumns(
    price=("lastPr",),
    base_volume="baseVolume",
    quote_volume="quoteVolume",
    change_fraction="change24h",
    time="ts",
    read_time=parsing.from_millis,
)
"""``usdtVolume`` is the quote volume converted to USDT, ``changeUtc24h`` the change since 00:00 UTC."""

INTERVALS = {
    "1m": "1min",
    "5m": "5min",
    "15m": "15min",
    "30m": "30min",
    "1h": "1h",
    "4h": "4h",
    "1d": "1Dutc",
    "1w": "1Wutc",
}
"""Plain ``1day`` and ``1week`` open at 16:00 UTC."""

MAX_CANDLES = 200
MAX_LEVELS = 150
CANDLE = candles.Columns(
    parsing.from_millis, opens=0, open=1, high=2, low=3, close=4, volume=5, quote_volume=7, width=8
)
"""Position 6 is the volume in USDT, whatever the quote currency is."""

SUCCESS = "00000"
CODES = {"40034": Outcome.UNKNOWN_ASSET, "429": Outcome.RATE_LIMITED}
"""Codes come with HTTP 200 too. Any other code but that of success is an outage."""


def read_data(response: Response) -> object:
    """Return the ``data`` of a successful response; raise Failure for every other one."""
    body = errors.decode_body(response)
    code = errors.code(errors.text(body, "code"))
    outcome = errors.code_outcome(response, code, CODES, SUCCESS)
    errors.raise_for_outcome(response, outcome, f"code {code}" if code else "")
    return parsing.field(parsing.mapping(body), "data")


def ticker_request(pairs: Sequence[str]) -> Request:
    """Request ``/api/v2/spot/market/tickers``, for one pair by its symbol."""
    symbol = (("symbol", pairs[0]),) if len(pairs) == 1 else ()
    return Request("/api/v2/spot/market/tickers", symbol)


def ticker_rows(response: Response, pairs: Sequence[str]) -> Mapping[str, Row]:
    """Read the requested rows by pair."""
    return index_rows(read_data(response), "symbol", pairs)


def candle_request(pair: str, query: CandleQuery) -> Request:
    """Request ``/api/v2/spot/market/candles``.

    ``endTime`` (milliseconds) is one millisecond after the last candle opens, so that it is right whether the end is
    included or not.
    """
    bounds = candles.bounds(query)
    series = (("symbol", pair), ("granularity", INTERVALS[query.interval]), ("limit", str(query.limit)))
    end = (("endTime", f"{bounds[1]}001"),) if bounds else ()
    return Request("/api/v2/spot/market/candles", (*series, *end))


def candle_rows(response: Response, pair: str) -> candles.CandleRows:
    """Read the candles, oldest first."""
    return candles.CandleRows(read_data(response))


def book_request(pair: str, levels: int) -> Request:
    """Request ``/api/v2/spot/market/orderbook`` at full price precision (``step0``)."""
    return Request("/api/v2/spot/market/orderbook", (("symbol", pair), ("type", "step0"), ("limit", str(levels))))


def book_sides(response: Response, pair: str) -> order_books.Sides:
    """Read both sides and the time of a book."""
    book = parsing.mapping(read_data(response), "a book")
    return order_books.sides(book, as_of=parsing.from_millis(book.get("ts")))


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: TickerHandler(QUOTING, ticker_request, ticker_rows, TICKER.quote, max_items=500),
        Category.MARKET_VOLUME: TickerHandler(QUOTING, ticker_request, ticker_rows, TICKER.volume, max_items=500),
        Category.MARKET_OHLCV: candles.CandleHandler(
            QUOTING, candle_request, candle_rows, CANDLE, INTERVALS, max_newest=MAX_CANDLES, max_older=MAX_CANDLES
        ),
        Category.MARKET_ORDERBOOK: order_books.OrderBookHandler(
            QUOTING, book_request, book_sides, max_levels=MAX_LEVELS
        ),
    },
    # 20 calls a second per IP address.
    budget=Budget(20, 1.0),
)
