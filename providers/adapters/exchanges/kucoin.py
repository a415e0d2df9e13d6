"""KuCoin spot: prices and volumes from one pair's 24-hour statistics or from all tickers, candles, order books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from providers.adapters.shared import candles, errors, order_books, parsing
from providers.adapters.shared.quoting import Quoting
from providers.adapters.shared.rows import Row, index_rows
from providers.adapters.shared.tickers import TickerColumns, TickerHandler, add_time
from providers.domain.adapter import Adapter, Budget, Request, Response, Usage
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery
from providers.domain.outcomes import Outcome

QUOTING = Quoting(
    dollar="USDT", currencies=frozenset({"USDT", "USDC", "EUR", "BRL", "BTC", "ETH", "KCS"}), separator="-"
)

WINDOW_S = 30.0

TICKER = TickerColumns(
    price=("last", "price"),
    base_volume="vol",
    quote_volume="volValue",
    change_fraction="changeRate",
    time="time",
    read_time=parsing.from_millis,
)

KINDS = {
    "1m": "1min",
    "5m": "5min",
    "15m": "15min",
    "30m": "30min",
    "1h": "1hour",
    "4h": "4hour",
    "1d": "1day",
}
"""KuCoin's weeks begin on Thursdays, so they are not used."""

MOST_NEWEST, MOST_IN_RANGE = 100, 1500
DEPTHS = (20, 100)
CANDLE = candles.Columns(
    parsing.from_seconds, opens=0, open=1, close=2, high=3, low=4, volume=5, quote_volume=6, width=7
)

SUCCESS = "200000"
CODES = {
    "900001": Outcome.UNKNOWN_ASSET,
    "429000": Outcome.RATE_LIMITED,
    "400100": Outcome.BAD_REQUEST,
    "400302": Outcome.GEO_BLOCKED,
}
"""Errors come with HTTP 200. Any other code but that of success is an outage."""


def read_data(response: Response) -> object:
    """Return the ``data`` of a success, null for an unknown pair. Raises Failure for everything else."""
    body = errors.decode_body(response)
    code = errors.code(errors.text(body, "code"))
    outcome = errors.code_outcome(response, code, CODES, SUCCESS)
    if outcome is Outcome.BAD_REQUEST and errors.names_unknown_asset(errors.text(body, "msg")):
        outcome = Outcome.UNKNOWN_ASSET
    errors.raise_for_outcome(response, outcome, f"code {code}" if code else "", _reset(response, outcome))
    return parsing.field(parsing.mapping(body), "data")


def usage(headers: Mapping[str, str]) -> Usage | None:
    """Read the share of this IP address's quota that is used in the current window."""
    limit, remaining = headers.get("gw-ratelimit-limit", ""), headers.get("gw-ratelimit-remaining", "")
    return errors.usage_from_headers(limit, remaining, WINDOW_S)


def ticker_request(pairs: Sequence[str]) -> Request:
    """Request ``/api/v1/market/stats`` for one pair, ``/api/v1/market/allTickers`` for several."""
    if len(pairs) == 1:
        return Request("/api/v1/market/stats", (("symbol", pairs[0]),))
    return Request("/api/v1/market/allTickers")


def ticker_rows(response: Response, pairs: Sequence[str]) -> Mapping[str, Row]:
    """Read the rows, each with the time of the whole answer.

    All tickers are a list under ``ticker``. One pair's statistics are an object; its level 1 does not name the pair.
    """
    data = read_data(response)
    if data is None:
        return {}
    body = parsing.mapping(data, "data")
    if "ticker" not in body and len(pairs) != 1:
        raise parsing.broken("one pair where several were asked")
    rows = index_rows(body["ticker"] if "ticker" in body else [{"symbol": pairs[0], **body}], "symbol", pairs)
    return add_time(rows, body.get("time"))


def candle_request(pair: str, query: CandleQuery) -> Request:
    """Request ``/api/v1/market/candles``: the newest 100, or up to 1500 of a range.

    The range ends one second after the last candle opens, so that it is right whether the end is included or not.
    """
    bounds = candles.bounds(query)
    limits = (("startAt", str(bounds[0])), ("endAt", str(bounds[1] + 1))) if bounds else ()
    return Request("/api/v1/market/candles", (("symbol", pair), ("type", KINDS[query.interval]), *limits))


def candle_rows(response: Response, pair: str) -> candles.CandleRows | None:
    """Read the candles, newest first."""
    rows = read_data(response)
    return None if rows is None else candles.CandleRows(rows)


def book_request(pair: str, levels: int) -> Request:
    """Request ``level2_20`` or ``level2_100``: a deeper book requires a key."""
    depth = order_books.smallest_depth(DEPTHS, levels)
    return Request(f"/api/v1/market/orderbook/level2_{depth}", (("symbol", pair),))


def book_sides(response: Response, pair: str) -> order_books.Sides | None:
    """Read the book. Older answers list the worst asks first."""
    data = read_data(response)
    if data is None:
        return None
    book = parsing.mapping(data, "data")
    return order_books.sides(book, as_of=parsing.from_millis(book.get("time")))


def _reset(response: Response, outcome: Outcome | None) -> datetime | None:
    """Return the end of the rate limit's window (a header in milliseconds from now) if the limit was hit."""
    reset = response.headers.get("gw-ratelimit-reset", "")
    if not errors.hit_limit(response, outcome) or not errors.is_count(reset):
        return None
    return response.received_at + min(timedelta(milliseconds=int(reset)), errors.LONGEST_WAIT)


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: TickerHandler(QUOTING, ticker_request, ticker_rows, TICKER.quote, max_items=500),
        Category.MARKET_VOLUME: TickerHandler(QUOTING, ticker_request, ticker_rows, TICKER.volume, max_items=500),
        Category.MARKET_OHLCV: candles.CandleHandler(
            QUOTING, candle_request, candle_rows, CANDLE, KINDS, max_newest=MOST_NEWEST, max_older=MOST_IN_RANGE
        ),
        Category.MARKET_ORDERBOOK: order_books.OrderBookHandler(
            QUOTING, book_request, book_sides, max_levels=DEPTHS[-1]
        ),
    },
    # 2000 weight in 30 s for public calls; statistics and all tickers weigh 15 each.
    budget=Budget(133, WINDOW_S),
    usage=usage,
)
