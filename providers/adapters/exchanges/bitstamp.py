"""Bitstamp: prices and volumes from a pair's ticker, candles, order books; one pair a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from providers.adapters.shared import candles, errors, order_books, parsing
from providers.adapters.shared.quoting import Quoting, path_segment
from providers.adapters.shared.rows import Row
from providers.adapters.shared.tickers import TickerColumns, TickerHandler
from providers.domain.adapter import Adapter, Budget, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery
from providers.domain.outcomes import Outcome

QUOTING = Quoting(dollar="USD", currencies=frozenset({"USD", "USDT", "USDC", "EUR", "GBP", "BTC", "ETH"}))

TICKER = TickerColumns(
    price=("last",),
    base_volume="volume",
    average_price="vwap",
    change_percent="percent_change_24",
    time="timestamp",
    read_time=parsing.from_seconds,
)
"""``open`` is today's open; only ``open_24`` and ``percent_change_24`` cover 24 hours. Tickers of 2017 lack both."""

STEPS = {"1m": "60", "5m": "300", "15m": "900", "30m": "1800", "1h": "3600", "4h": "14400", "1d": "86400"}
"""Seconds. Bitstamp has no weeks; the hub does not use its 3-day interval."""

MOST_CANDLES = 1000
CANDLE = candles.Columns(
    parsing.from_seconds, opens="timestamp", open="open", high="high", low="low", close="close", volume="volume"
)


def read_body(response: Response) -> object:
    """Return the body of a success. Raises Failure for an error, which has a ``reason`` or an ``error``.

    A 404 with Bitstamp's own JSON means the pair is unknown; any other 404 means the address is wrong.
    """
    body = errors.decode_body(response)
    failed = isinstance(body, Mapping) and ("reason" in body or "error" in body)
    errors.raise_for_outcome(response, _outcome(response, body) if failed else None)
    if failed:
        raise parsing.broken("an error instead of data")
    return body


def ticker_request(pairs: Sequence[str]) -> Request:
    """Request ``/api/v2/ticker/{pair}/``; the slash at the end is required."""
    return Request(f"/api/v2/ticker/{_segment(pairs[0])}/")


def ticker_rows(response: Response, pairs: Sequence[str]) -> Mapping[str, Row]:
    """Read the only row, which does not name its pair."""
    return {pairs[0]: parsing.mapping(read_body(response))}


def candle_request(pair: str, query: CandleQuery) -> Request:
    """Request ``/api/v2/ohlc/{pair}/``; ``end`` is included.

    No ``start`` is sent: with start, end and limit together Bitstamp returns candles older than requested.
    """
    bounds = candles.bounds(query)
    end = (("end", str(bounds[1])),) if bounds else ()
    return Request(
        f"/api/v2/ohlc/{_segment(pair)}/", (("step", STEPS[query.interval]), ("limit", str(query.limit)), *end)
    )


def candle_rows(response: Response, pair: str) -> candles.CandleRows:
    """Read the candles, oldest first, with base volume only. Another pair's candles are BROKEN."""
    data = parsing.mapping(parsing.field(parsing.mapping(read_body(response)), "data"), "data")
    if errors.text(data, "pair").replace("/", "").lower() not in ("", pair.lower()):
        raise parsing.broken("another pair's candles")
    return candles.CandleRows(parsing.field(data, "ohlc"))


def book_request(pair: str, levels: int) -> Request:
    """Request ``/api/v2/order_book/{pair}/``, which always returns all levels."""
    return Request(f"/api/v2/order_book/{_segment(pair)}/")


def book_sides(response: Response, pair: str) -> order_books.Sides:
    """Read the book with its time in microseconds, or in seconds."""
    book = parsing.mapping(read_body(response))
    as_of = parsing.from_micros(book.get("microtimestamp")) or parsing.from_seconds(book.get("timestamp"))
    return order_books.sides(book, as_of=as_of)


def _segment(pair: str) -> str:
    return path_segment(pair.lower())


def _outcome(response: Response, body: object) -> Outcome | None:
    code = errors.text(body, "response_code") or errors.text(body, "code")
    if code in ("400.002", "400.067", "400.068"):
        return Outcome.RATE_LIMITED
    return Outcome.UNKNOWN_ASSET if response.status == 404 else None


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: TickerHandler(QUOTING, ticker_request, ticker_rows, TICKER.quote),
        Category.MARKET_VOLUME: TickerHandler(QUOTING, ticker_request, ticker_rows, TICKER.volume),
        Category.MARKET_OHLCV: candles.CandleHandler(
            QUOTING, candle_request, candle_rows, CANDLE, STEPS, max_newest=MOST_CANDLES, max_older=MOST_CANDLES
        ),
        Category.MARKET_ORDERBOOK: order_books.OrderBookHandler(QUOTING, book_request, book_sides, max_levels=1000),
    },
    # 10,000 in 10 minutes, 400 in any second.
    budget=Budget(10_000, 600.0),
)
