"""Gate spot: prices and volumes from one ticker or from all of them, candles, order books."""

from __future__ import annotations

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

QUOTING = Quoting(dollar="USDT", currencies=frozenset({"USDT", "USDC", "USD", "BTC", "ETH"}), separator="_")

WINDOW_S = 10.0

TICKER = TickerColumns(
    price=("last",), base_volume="base_volume", quote_volume="quote_volume", change_percent="change_percentage"
)

INTERVALS = frozenset({"1m", "5m", "15m", "30m", "1h", "4h", "1d"})
"""Gate's 7d candles are no weeks of ours: they count from the epoch and so begin on Thursdays."""

MOST_NEWEST, MOST_IN_RANGE = 1000, 999
CANDLE = candles.Columns(
    parsing.from_seconds, opens=0, quote_volume=1, close=2, high=3, low=4, open=5, volume=6, width=7
)
CLOSED = 7
"""Position of the flag for closed candles, which older answers lack."""

LABELS = {
    "INVALID_CURRENCY": Outcome.UNKNOWN_ASSET,
    "INVALID_CURRENCY_PAIR": Outcome.UNKNOWN_ASSET,
    "INVALID_PARAM_VALUE": Outcome.BAD_REQUEST,
    "MISSING_REQUIRED_PARAM": Outcome.BAD_REQUEST,
    "TOO_MANY_REQUESTS": Outcome.RATE_LIMITED,
}


def read_body(response: Response) -> object:
    """Return the body of a success. Raises Failure for an error, which has a ``label``."""
    body = errors.decode_body(response)
    label = errors.code(errors.text(body, "label"))
    outcome = Outcome.NOT_SUPPORTED if _too_old(body) else LABELS.get(label)
    errors.raise_for_outcome(response, outcome, label, _reset(response, outcome))
    if label:
        raise parsing.broken("an error label instead of data")
    return body


def usage(headers: Mapping[str, str]) -> Usage | None:
    """Read the share of this path's quota that is used in the current window."""
    limit, remaining = headers.get("x-gate-ratelimit-limit", ""), headers.get("x-gate-ratelimit-requests-remain", "")
    return errors.usage_from_headers(limit, remaining, WINDOW_S)


def ticker_request(pairs: Sequence[str]) -> Request:
    """Request ``/api/v4/spot/tickers`` for one pair, or for all of them."""
    return Request("/api/v4/spot/tickers", (("currency_pair", pairs[0]),) if len(pairs) == 1 else ())


def ticker_rows(response: Response, pairs: Sequence[str]) -> Mapping[str, Row]:
    """Read the list of rows: a list even for one pair, without a time."""
    return index_rows(read_body(response), "currency_pair", pairs)


def candle_request(pair: str, query: CandleQuery) -> Request:
    """Request ``/api/v4/spot/candlesticks``: either the newest (``limit``) or a range with both ends included.

    Candles more than 10,000 intervals back are refused as too old.
    """
    bounds = candles.bounds(query)
    selection = (("from", str(bounds[0])), ("to", str(bounds[1]))) if bounds else (("limit", str(query.limit)),)
    return Request("/api/v4/spot/candlesticks", (("currency_pair", pair), ("interval", query.interval), *selection))


def candle_rows(response: Response, pair: str) -> candles.CandleRows:
    """Read the candles, oldest first, with Gate's own flag for closed ones."""
    return candles.CandleRows(read_body(response), closed=_is_closed)


def book_request(pair: str, levels: int) -> Request:
    """Request ``/api/v4/spot/order_book``; more than 100 levels may return an empty book."""
    return Request("/api/v4/spot/order_book", (("currency_pair", pair), ("limit", str(levels))))


def book_sides(response: Response, pair: str) -> order_books.Sides:
    """Read the book with its time, ``current``: Gate's cache may be half a minute old."""
    book = parsing.mapping(read_body(response))
    return order_books.sides(book, as_of=parsing.from_millis(book.get("current")))


def _is_closed(row: object, _opens: datetime) -> bool | None:
    columns = parsing.sequence(row, "a candle")
    if len(columns) <= CLOSED:
        return None
    if columns[CLOSED] not in ("true", "false"):
        raise parsing.broken("a candle neither closed nor forming")
    return columns[CLOSED] == "true"


def _too_old(body: object) -> bool:
    """Return whether Gate refused a parameter because it keeps no candles that old."""
    return "too long ago" in errors.text(body, "message").lower()


def _reset(response: Response, outcome: Outcome | None) -> datetime | None:
    """Return the end of the rate limit's window (a header in Unix seconds) if the limit was hit."""
    reset = response.headers.get("x-gate-ratelimit-reset-timestamp", "")
    return parsing.from_seconds(reset) if errors.hit_limit(response, outcome) and errors.is_count(reset) else None


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: TickerHandler(QUOTING, ticker_request, ticker_rows, TICKER.quote, max_items=500),
        Category.MARKET_VOLUME: TickerHandler(QUOTING, ticker_request, ticker_rows, TICKER.volume, max_items=500),
        Category.MARKET_OHLCV: candles.CandleHandler(
            QUOTING, candle_request, candle_rows, CANDLE, INTERVALS, max_newest=MOST_NEWEST, max_older=MOST_IN_RANGE
        ),
        Category.MARKET_ORDERBOOK: order_books.OrderBookHandler(QUOTING, book_request, book_sides, max_levels=100),
    },
    # 200 in 10 s per path.
    budget=Budget(200, WINDOW_S),
    usage=usage,
)
