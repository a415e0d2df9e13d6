"""OKX spot: prices and volumes from one ticker or from all of them, candles, order books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from providers.adapters.shared import candles, errors, order_books, parsing
from providers.adapters.shared.quoting import Quoting
from providers.adapters.shared.rows import Row, index_rows
from providers.adapters.shared.tickers import TickerColumns, TickerHandler
from providers.domain.adapter import Adapter, Budget, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery
from providers.domain.outcomes import Outcome

QUOTING = Quoting(dollar="USDT", currencies=frozenset({"USDT", "USDC", "USD", "EUR", "BTC", "ETH"}), separator="-")

TICKER = TickerColumns(
    price=("last",),
    base_volume="vol24h",
    quote_volume="volCcy24h",
    open="open24h",
    time="ts",
    read_time=parsing.from_millis,
)
"""Of spot markets: elsewhere the volumes count contracts."""

BARS = {"1m": "1m", "5m": "5m", "15m": "15m", "30m": "30m", "1h": "1H", "4h": "4H", "1d": "1Dutc", "1w": "1Wutc"}
"""Plain 1D and 1W are days and weeks of Hong Kong time."""

MOST_NEWEST, MOST_OLDER = 300, 100
CANDLE = candles.Columns(
    parsing.from_millis, opens=0, open=1, high=2, low=3, close=4, volume=5, quote_volume=7, width=9
)
"""Position 6 is the quote volume too on spot, the base volume elsewhere."""

CONFIRM = 8
"""Position of the flag for closed candles."""

SUCCESS = "0"
CODES = {
    "51001": Outcome.UNKNOWN_ASSET,
    "50011": Outcome.RATE_LIMITED,
    "50061": Outcome.RATE_LIMITED,
    "50014": Outcome.BAD_REQUEST,
    "51000": Outcome.BAD_REQUEST,
}
"""Codes are strings; errors come with HTTP 200. Any other code but that of success is an outage."""


def read_data(response: Response) -> object:
    """Return the ``data`` of a success. Raises Failure for everything else."""
    body = errors.decode_body(response)
    code = errors.code(errors.text(body, "code"))
    outcome = errors.code_outcome(response, code, CODES, SUCCESS)
    errors.raise_for_outcome(response, outcome, f"code {code}" if code else "")
    return parsing.field(parsing.mapping(body), "data")


def ticker_request(pairs: Sequence[str]) -> Request:
    """Request ``/api/v5/market/ticker`` for one pair, ``/api/v5/market/tickers`` for several."""
    if len(pairs) == 1:
        return Request("/api/v5/market/ticker", (("instId", pairs[0]),))
    return Request("/api/v5/market/tickers", (("instType", "SPOT"),))


def ticker_rows(response: Response, pairs: Sequence[str]) -> Mapping[str, Row]:
    """Read the list of rows. Anything but a spot instrument is BROKEN."""
    rows = index_rows(read_data(response), "instId", pairs)
    if any(row.get("instType", "SPOT") != "SPOT" for row in rows.values()):
        raise parsing.broken("not a spot instrument")
    return rows


def candle_request(pair: str, query: CandleQuery) -> Request:
    """Request the newest ``candles``, or ``history-candles`` older than ``after`` (exclusive, in milliseconds)."""
    bounds = candles.bounds(query)
    series = (("instId", pair), ("bar", BARS[query.interval]), ("limit", str(query.limit)))
    if bounds is None:
        return Request("/api/v5/market/candles", series)
    return Request("/api/v5/market/history-candles", (*series, ("after", f"{bounds[1]}001")))


def candle_rows(response: Response, pair: str) -> candles.CandleRows:
    """Read the candles, newest first, with OKX's own flag for closed ones."""
    return candles.CandleRows(read_data(response), closed=_is_closed)


def book_request(pair: str, levels: int) -> Request:
    """Request ``/api/v5/market/books``."""
    return Request("/api/v5/market/books", (("instId", pair), ("sz", str(levels))))


def book_sides(response: Response, pair: str) -> order_books.Sides | None:
    """Read the only book of the list. Positions 2 and 3 of a level are not sizes."""
    books = parsing.sequence(read_data(response), "the books")
    if not books:
        return None
    book = parsing.mapping(books[0], "a book")
    return order_books.sides(book, as_of=parsing.from_millis(book.get("ts")))


def _is_closed(row: object, _opens: datetime) -> bool:
    confirm = parsing.item(row, CONFIRM, "a candle")
    if confirm not in ("0", "1"):
        raise parsing.broken("a candle neither complete nor forming")
    return confirm == "1"


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: TickerHandler(QUOTING, ticker_request, ticker_rows, TICKER.quote, max_items=500),
        Category.MARKET_VOLUME: TickerHandler(QUOTING, ticker_request, ticker_rows, TICKER.volume, max_items=500),
        Category.MARKET_OHLCV: candles.CandleHandler(
            QUOTING, candle_request, candle_rows, CANDLE, BARS, max_newest=MOST_NEWEST, max_older=MOST_OLDER
        ),
        Category.MARKET_ORDERBOOK: order_books.OrderBookHandler(
            QUOTING, book_request, book_sides, max_levels=400, columns=order_books.LevelColumns(width=4)
        ),
    },
    # For tickers and older candles; newest candles and books have twice as many.
    budget=Budget(20, 2.0),
)
