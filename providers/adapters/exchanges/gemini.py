"""Gemini: prices and volumes from a pair's public ticker, candles, order books; one pair a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from providers.adapters.shared import candles, errors, order_books, parsing
from providers.adapters.shared.quoting import Quoting, path_segment
from providers.adapters.shared.rows import VENUE, Row, build_quote, entry
from providers.adapters.shared.tickers import TickerHandler
from providers.adapters.shared.volumes import venue_volume
from providers.domain.adapter import Adapter, Budget, Lookup, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery, Instrument, Quote, Volume
from providers.domain.outcomes import Outcome

QUOTING = Quoting(
    dollar="USD", currencies=frozenset({"USD", "GUSD", "USDT", "USDC", "EUR", "GBP", "SGD", "BTC", "ETH"})
)

FRAMES = {"1m": "1m", "5m": "5m", "15m": "15m", "30m": "30m", "1h": "1hr"}
"""Gemini has neither 4 hours nor weeks, and its days begin at midnight in New York; 6 hours are no interval here."""

MOST_CANDLES = 365
"""A year of daily candles. Shorter intervals have more; the number is not documented."""

CANDLE = candles.Columns(parsing.from_millis, opens=0, open=1, high=2, low=3, close=4, volume=5, width=6)

REASONS = {
    "InvalidSymbol": Outcome.UNKNOWN_ASSET,
    "RateLimit": Outcome.RATE_LIMITED,
    "RateLimited": Outcome.RATE_LIMITED,
    "RateLimitExceeded": Outcome.RATE_LIMITED,
}
"""Other reasons (System, Maintenance, ...) mean what their HTTP status means, and an outage with HTTP 200."""


def read_body(response: Response) -> object:
    """Return the body of a success. Raises Failure for ``result: error``, which has a reason and a message."""
    body = errors.decode_body(response)
    failed = errors.text(body, "result") == "error"
    reason = errors.code(errors.text(body, "reason")) if failed else ""
    errors.raise_for_outcome(response, _outcome(reason, errors.text(body, "message")), reason)
    if failed:
        raise parsing.broken("an error instead of data")
    return body


def ticker_request(pairs: Sequence[str]) -> Request:
    """Request ``/v1/pubticker/{symbol}``: ``/v2/ticker`` has the change, but neither volume nor time."""
    return Request(f"/v1/pubticker/{_segment(pairs[0])}")


def ticker_rows(response: Response, pairs: Sequence[str]) -> Mapping[str, Row]:
    """Read the only row, which does not name its pair. Rows of ``/v2/ticker`` are read too."""
    return {pairs[0]: parsing.mapping(read_body(response))}


def read_quote(lookup: Lookup[Instrument], currency: str, row: Row) -> Quote | None:
    """Read the price. ``volume`` is an object: volumes by currency, and their time in milliseconds.

    That time is taken every few minutes and is the only one: the price is at least as new.
    """
    price = parsing.price(parsing.field(row, "last", "close"))
    volumes = entry(row, "volume") or {}
    if volumes and currency not in volumes:
        raise parsing.broken("the volume is not in the pair's currency")
    return build_quote(
        lookup,
        currency,
        price,
        change=parsing.change(price, row.get("open")),
        volume=parsing.amount(volumes.get(currency)),
        scope=VENUE,
        as_of=parsing.from_millis(volumes.get("timestamp")),
    )


def read_volume(lookup: Lookup[Instrument], currency: str, row: Row) -> Volume | None:
    """Read both volumes of ``volume``, which names them by currency."""
    volumes = parsing.mapping(parsing.field(row, "volume"), "a volume")
    return venue_volume(
        lookup,
        currency,
        base=parsing.strict_amount(parsing.field(volumes, lookup.name.upper())),
        quoted=parsing.strict_amount(parsing.field(volumes, currency)),
        last=row.get("last"),
        as_of=parsing.from_millis(volumes.get("timestamp")),
    )


def candle_request(pair: str, query: CandleQuery) -> Request:
    """Request ``/v2/candles/{symbol}/{frame}``: always the newest; it takes neither a number nor an end."""
    return Request(f"/v2/candles/{_segment(pair)}/{FRAMES[query.interval]}")


def candle_rows(response: Response, pair: str) -> candles.CandleRows:
    """Read the candles, newest first, with base volume only."""
    return candles.CandleRows(read_body(response))


def book_request(pair: str, levels: int) -> Request:
    """Request ``/v1/book/{symbol}``."""
    return Request(f"/v1/book/{_segment(pair)}", (("limit_bids", str(levels)), ("limit_asks", str(levels))))


def book_sides(response: Response, pair: str) -> order_books.Sides:
    """Read the book, which has no time; the times of its levels are obsolete."""
    return order_books.sides(read_body(response))


def _segment(pair: str) -> str:
    return path_segment(pair.lower())


def _outcome(reason: str, message: str) -> Outcome | None:
    if reason == "Bad Request" and "symbol" in message.lower():
        return Outcome.UNKNOWN_ASSET
    return REASONS.get(reason)


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: TickerHandler(QUOTING, ticker_request, ticker_rows, read_quote),
        Category.MARKET_VOLUME: TickerHandler(QUOTING, ticker_request, ticker_rows, read_volume),
        Category.MARKET_OHLCV: candles.CandleHandler(
            QUOTING, candle_request, candle_rows, CANDLE, FRAMES, max_newest=MOST_CANDLES, max_older=0
        ),
        Category.MARKET_ORDERBOOK: order_books.OrderBookHandler(
            QUOTING,
            book_request,
            book_sides,
            max_levels=500,
            columns=order_books.LevelColumns(price="price", quantity="amount"),
        ),
    },
    budget=Budget(120, 60.0),
)
