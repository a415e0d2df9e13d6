"""Kraken: prices and volumes from the public ticker, candles, order books; pairs by display names (BTC/USD)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import product

from providers.adapters.shared import candles, errors, order_books, parsing
from providers.adapters.shared.quoting import Quoting
from providers.adapters.shared.rows import VENUE, Row, build_quote
from providers.adapters.shared.tickers import TickerHandler
from providers.adapters.shared.volumes import venue_volume
from providers.domain.adapter import Adapter, Budget, Lookup, Pair, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery, Instrument, Quote, Volume
from providers.domain.outcomes import Outcome

OLD_NAMES = {"BTC": "XBT", "DOGE": "XDG"}
DISPLAY_NAMES = {old: display for display, old in OLD_NAMES.items()}


def display_name(name: str) -> str:
    """Return today's name of an asset that may be given by its old one."""
    return DISPLAY_NAMES.get(name, name)


QUOTING = Quoting(
    dollar="USD",
    currencies=frozenset({"USD", "USDT", "USDC", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY", "BTC", "ETH"}),
    separator="/",
    current_name=display_name,
)

MINUTES = {"1m": "1", "5m": "5", "15m": "15", "30m": "30", "1h": "60", "4h": "240", "1d": "1440"}
"""Kraken's weeks (10080) are not used: they count from the epoch and so begin on Thursdays."""

MOST_CANDLES = 720
CANDLE = candles.Columns(parsing.from_seconds, opens=0, open=1, high=2, low=3, close=4, vwap=5, volume=6, width=8)

ERRORS = (
    ("EQuery:Unknown asset", Outcome.UNKNOWN_ASSET),
    ("EQuery:Invalid asset", Outcome.UNKNOWN_ASSET),
    ("EGeneral:Too many requests", Outcome.RATE_LIMITED),
    ("EGeneral:Temporary lockout", Outcome.RATE_LIMITED),
    ("EAPI:Rate limit exceeded", Outcome.RATE_LIMITED),
    ("EService:Throttled", Outcome.RATE_LIMITED),
    ("EGeneral:Invalid arguments", Outcome.BAD_REQUEST),
    ("EGeneral:Unknown method", Outcome.BAD_REQUEST),
    ("EGeneral:Permission denied", Outcome.UNAUTHORIZED),
    ("EAPI:Invalid", Outcome.UNAUTHORIZED),
)
"""Outcomes by the beginning of the text. Any other error (EService:Unavailable, ...) is an outage."""

_THROTTLED_UNTIL = re.compile(r"EService: ?Throttled: ?([0-9]{1,12})")


def read_result(response: Response) -> Row:
    """Return the ``result`` of a success. Raises Failure for everything else; errors come with HTTP 200."""
    body = errors.decode_body(response)
    error = _first_error(body)
    errors.raise_for_outcome(response, _outcome(error), errors.code(error), _throttled_until(error))
    return parsing.mapping(parsing.field(parsing.mapping(body), "result"), "a result")


def ticker_request(pairs: Sequence[str]) -> Request:
    """Request ``/0/public/Ticker``; with assetVersion=1 the answer is keyed by display name.

    One unknown pair makes Kraken refuse a whole batch: UNKNOWN_ASSET for several pairs means at least one of them.
    """
    return Request("/0/public/Ticker", (("pair", ",".join(pairs)), ("assetVersion", "1")))


def ticker_rows(response: Response, pairs: Sequence[str]) -> Mapping[str, object]:
    """Read the rows of an object keyed by display name, or by old pair codes (XXBTZUSD)."""
    result = read_result(response)
    values = {pair: _find(result, pair) for pair in pairs}
    return {pair: value for pair, value in values.items() if value is not None}


def read_quote(lookup: Lookup[Instrument], currency: str, row: Row) -> Quote | None:
    """Read the last trade, with neither time nor change: ``o`` is today's open, not that of 24 hours ago."""
    return build_quote(lookup, currency, parsing.price(_figure(row, "c", 0)), volume=_quote_volume(row), scope=VENUE)


def read_volume(lookup: Lookup[Instrument], currency: str, row: Row) -> Volume | None:
    """Read the last 24 hours. The quote volume is the base volume times the average price."""
    base, average = _figure(row, "v", 1), _figure(row, "p", 1)
    trades = None if row.get("t") is None else _figure(row, "t", 1)
    return venue_volume(
        lookup,
        currency,
        base=parsing.strict_amount(base),
        quoted=parsing.strict_product(base, average),
        last=_figure(row, "c", 0),
        trades=trades,
    )


def candle_request(pair: str, query: CandleQuery) -> Request:
    """Request ``/0/public/OHLC``: always the newest 720, so older candles are not available."""
    return Request("/0/public/OHLC", (("pair", pair), ("interval", MINUTES[query.interval])))


def candle_rows(response: Response, pair: str) -> candles.CandleRows | None:
    """Read the candles; ``last`` is the opening time of the newest closed one.

    Intervals without a trade are flat candles with an average price of 0, which is not read as a price.
    """
    result = read_result(response)
    rows = _find(result, pair)
    if rows is None:
        return None
    last = parsing.from_seconds(result.get("last"))

    def is_closed(_row: object, opens: datetime) -> bool | None:
        return None if last is None else opens <= last

    return candles.CandleRows(rows, closed=is_closed)


def book_request(pair: str, levels: int) -> Request:
    """Request ``/0/public/Depth``."""
    return Request("/0/public/Depth", (("pair", pair), ("count", str(levels))))


def book_sides(response: Response, pair: str) -> order_books.Sides | None:
    """Read the book, which has no time: a level's time is that of its last change."""
    book = _find(read_result(response), pair)
    return None if book is None else order_books.sides(book)


class AssetPairs:
    """The list of pairs from ``/0/public/AssetPairs``, keyed by old codes (XXBTZUSD).

    ``wsname`` has both sides, the oldest coins by their old names. Dark pools have no ``wsname`` and are left out.
    """

    def request(self) -> Request:
        """Build the request for the list."""
        return Request("/0/public/AssetPairs")

    def parse(self, response: Response) -> tuple[Pair, ...]:
        """Read all pairs by today's names. Raises Failure."""
        rows = [(name, parsing.mapping(row, "a pair")) for name, row in read_result(response).items()]
        return tuple(_listed_pair(name, row) for name, row in rows if row.get("wsname") is not None)

    def spelled(self, name: str) -> str:
        """Return today's name of a coin."""
        return display_name(name)


def _listed_pair(name: str, row: Row) -> Pair:
    base, slash, quoted = parsing.required_text(row, "wsname").partition("/")
    if not (base and slash and quoted):
        raise parsing.broken("a pair without two sides")
    tradable = parsing.required_text(row, "status") == "online"
    return Pair(name, display_name(base), display_name(quoted), tradable)


def _find(result: Row, pair: str) -> object:
    """Return the result's value for a pair under any of Kraken's names for it, or None."""
    base, _, currency = pair.partition("/")
    old_codes = (old_base + old_quote for old_base, old_quote in product(_old_codes(base), _old_codes(currency)))
    return next((value for key in (pair, *old_codes) if (value := result.get(key)) is not None), None)


def _old_codes(name: str) -> tuple[str, ...]:
    """Return an asset's old codes: its ticker, and a three-letter one also after X (coins) or Z (currencies)."""
    old = OLD_NAMES.get(name, name)
    return (f"X{old}", f"Z{old}", old) if len(old) == 3 else (old,)


def _quote_volume(row: Row) -> Decimal | None:
    if row.get("v") is None or row.get("p") is None:
        return None
    return parsing.product(_figure(row, "v", 1), _figure(row, "p", 1))


def _figure(row: Row, key: str, position: int) -> object:
    """Return one of a field's two figures: of volumes and averages 0 is since 00:00 UTC, 1 the last 24 hours."""
    return parsing.item(parsing.field(row, key), position, f"the figures of {key}", width=2)


def _first_error(body: object) -> str:
    """Return the first error of the list, "" if there is none. A text that begins with W is a warning."""
    listed = body.get("error") if isinstance(body, Mapping) else None
    texts = [text if isinstance(text, str) else "EUnreadable" for text in listed] if isinstance(listed, list) else []
    return next((text for text in texts if not text.startswith("W")), "")


def _outcome(error: str) -> Outcome | None:
    unspaced = error.replace(": ", ":", 1)
    return next((outcome for start, outcome in ERRORS if unspaced.startswith(start)), Outcome.BROKEN if error else None)


def _throttled_until(error: str) -> datetime | None:
    match = _THROTTLED_UNTIL.match(error)
    return parsing.from_seconds(match[1]) if match else None


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: TickerHandler(QUOTING, ticker_request, ticker_rows, read_quote, max_items=100),
        Category.MARKET_VOLUME: TickerHandler(QUOTING, ticker_request, ticker_rows, read_volume, max_items=100),
        Category.MARKET_OHLCV: candles.CandleHandler(
            QUOTING, candle_request, candle_rows, CANDLE, MINUTES, max_newest=MOST_CANDLES, max_older=0
        ),
        Category.MARKET_ORDERBOOK: order_books.OrderBookHandler(
            QUOTING, book_request, book_sides, max_levels=500, columns=order_books.LevelColumns(width=3)
        ),
    },
    # About one public call a second per address; a burst of some sixty passes.
    budget=Budget(60, 60.0),
    pairs=AssetPairs(),
)
