"""Kraken: prices from the public ticker, candles and order books, asked and matched by display names (BTC/USD)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import product
from typing import Generic

from providers.adapters.shared import candles, errors, order_books, parsing
from providers.adapters.shared.quoting import Q, Quoting, distinct
from providers.adapters.shared.rows import VENUE, Row, quote, read_each
from providers.adapters.shared.trading_pairs import KrakenPairs
from providers.adapters.shared.volumes import venue_volume
from providers.domain.adapter import Adapter, Budget, Lookup, Request, Response, V
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery, Candles, Instrument, OrderBook, OrderBookQuery, Quote, Volume
from providers.domain.outcomes import Outcome

QUOTING = Quoting(
    dollar="USD",
    currencies=frozenset({"USD", "USDT", "USDC", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY", "BTC", "ETH"}),
    separator="/",
)

OLD_NAMES = {"BTC": "XBT", "DOGE": "XDG"}
DISPLAY_NAMES = {old: display for display, old in OLD_NAMES.items()}

MINUTES = {"1m": "1", "5m": "5", "15m": "15", "30m": "30", "1h": "60", "4h": "240", "1d": "1440"}
"""Its weeks (10080) count from the epoch, so they begin on Thursdays: they are not ours."""

MOST_CANDLES = 720
CANDLE = candles.Columns(parsing.from_seconds, opens=0, open=1, high=2, low=3, close=4, vwap=5, volume=6, width=8)

ERRORS = (
    ("EQuery:Unknown asset", Outcome.UNKNOWN_ASSET),
    ("EGeneral:Too many requests", Outcome.RATE_LIMITED),
    ("EGeneral:Temporary lockout", Outcome.RATE_LIMITED),
    ("EAPI:Rate limit exceeded", Outcome.RATE_LIMITED),
    ("EService:Throttled", Outcome.RATE_LIMITED),
    ("EGeneral:Invalid arguments", Outcome.BAD_REQUEST),
    ("EGeneral:Unknown method", Outcome.BAD_REQUEST),
    ("EGeneral:Permission denied", Outcome.UNAUTHORIZED),
    ("EAPI:Invalid", Outcome.UNAUTHORIZED),
)
"""By how the text begins. Any other error (EService:Unavailable, EGeneral:Internal error, ...) is an outage."""

_THROTTLED_UNTIL = re.compile(r"EService: ?Throttled: ?([0-9]{1,12})")


def answer(response: Response) -> Row:
    """The ``result`` of a success. Errors come in a list, with HTTP 200. Raises Failure for them and all else."""
    body = errors.document(response)
    error = _error(body)
    errors.check(response, _meaning(error), errors.code(error), _throttled_until(error))
    return parsing.mapping(parsing.field(parsing.mapping(body), "result"), "a result")


def display(name: str) -> str:
    """Today's name of an asset that may be given by its old one."""
    return DISPLAY_NAMES.get(name, name)


def accepts(lookup: Lookup[Q]) -> bool:
    """Whether Kraken has the market: no asset in itself, under either of its names."""
    return QUOTING.accepts(lookup) and display(lookup.name) != QUOTING.currency(lookup.item)


class Tickers(Generic[V]):
    """Prices and volumes from ``/0/public/Ticker``.

    With assetVersion=1 the answer is keyed by display name; without, by old pair codes (XXBTZUSD), which are read
    too. One unknown pair makes Kraken refuse a whole batch: UNKNOWN_ASSET for several asks means at least one.
    """

    max_items = 100

    def __init__(self, read: Callable[[Lookup[Instrument], Row], V | None]) -> None:
        self._read = read

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        return accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        pairs = ",".join(distinct(_pair(ask) for ask in lookups))
        return Request("/0/public/Ticker", (("pair", pairs), ("assetVersion", "1")))

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, V]:
        result = answer(response)
        return read_each(lookups, lambda ask: _row(result, ask), self._read)


class Candlesticks:
    """Candles from ``/0/public/OHLC``: the newest 720 whatever is asked, so older ones are not to be had.

    Intervals without a trade come as flat candles with an average price of 0, which is not read as a price. ``last``
    is when the newest closed candle opened.
    """

    max_items = 1

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        return accepts(lookup) and lookup.item.end is None and candles.fits(lookup.item, MINUTES, MOST_CANDLES)

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        return Request("/0/public/OHLC", (("pair", _pair(lookups[0])), ("interval", MINUTES[lookups[0].item.interval])))

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        result, span = answer(response), lookups[0].item
        rows = _own(result, lookups[0])
        if rows is None:
            return {}
        last = parsing.from_seconds(result.get("last"))

        def closed(_row: object, opens: datetime) -> bool | None:
            return None if last is None else opens <= last

        return candles.read(span, QUOTING.currency(span), rows, CANDLE, response, closed=closed)


class Books:
    """An order book from ``/0/public/Depth``. A level's time is that of its last change, so the book has none."""

    max_items = 1
    most_levels = 500

    def accepts(self, lookup: Lookup[OrderBookQuery]) -> bool:
        return accepts(lookup) and order_books.fits(lookup.item, self.most_levels)

    def request(self, lookups: Sequence[Lookup[OrderBookQuery]]) -> Request:
        params = (("pair", _pair(lookups[0])), ("count", str(lookups[0].item.levels)))
        return Request("/0/public/Depth", params)

    def parse(self, lookups: Sequence[Lookup[OrderBookQuery]], response: Response) -> dict[OrderBookQuery, OrderBook]:
        depth, book = lookups[0].item, _own(answer(response), lookups[0])
        return (
            {} if book is None else order_books.read(depth, QUOTING.currency(depth), order_books.sides(book), width=3)
        )


def _pair(lookup: Lookup[Q]) -> str:
    return f"{display(lookup.name)}/{QUOTING.currency(lookup.item)}"


def _row(result: Row, lookup: Lookup[Instrument]) -> Row | None:
    own = _own(result, lookup)
    return None if own is None else parsing.mapping(own)


def _own(result: Row, lookup: Lookup[Q]) -> object:
    """What the result has for the ask, under any name Kraken has for its pair; None where there is nothing."""
    codes = product(_codes(display(lookup.name)), _codes(QUOTING.currency(lookup.item)))
    keys = [_pair(lookup), *(base + quoted for base, quoted in codes)]
    return next((own for key in keys if (own := result.get(key)) is not None), None)


def _codes(name: str) -> tuple[str, ...]:
    """An asset's old codes: its ticker, and if that has three letters the same after X (coins) or Z (currencies)."""
    old = OLD_NAMES.get(name, name)
    return (f"X{old}", f"Z{old}", old) if len(old) == 3 else (old,)


def _quote(lookup: Lookup[Instrument], row: Row) -> Quote | None:
    """The last trade. Kraken has neither a time nor a 24 h change: its ``o`` is today's open, not that of 24 h ago."""
    price = parsing.price(_of_two(row, "c", 0))
    return quote(lookup, QUOTING.currency(lookup.item), price, volume=_quote_volume(row), scope=VENUE)


def _volume(lookup: Lookup[Instrument], row: Row) -> Volume | None:
    """The last 24 hours. Base volume times its average price is the quote volume."""
    base, average = _of_two(row, "v", 1), _of_two(row, "p", 1)
    trades = None if row.get("t") is None else _of_two(row, "t", 1)
    return venue_volume(
        lookup,
        QUOTING.currency(lookup.item),
        base=parsing.measure(base),
        quoted=parsing.measured_product(base, average),
        last=_of_two(row, "c", 0),
        trades=trades,
    )


def _quote_volume(row: Row) -> Decimal | None:
    """Position 1 of volume and average price is the last 24 hours; position 0 is today since 00:00 UTC."""
    if row.get("v") is None or row.get("p") is None:
        return None
    return parsing.product(_of_two(row, "v", 1), _of_two(row, "p", 1))


def _of_two(row: Row, key: str, position: int) -> object:
    """One of a field's two figures."""
    return parsing.item(parsing.field(row, key), position, f"the figures of {key}", width=2)


def _error(body: object) -> str:
    """The first error of the list, "" without one. A text that begins with W is a warning."""
    listed = body.get("error") if isinstance(body, Mapping) else None
    texts = [text if isinstance(text, str) else "EUnreadable" for text in listed] if isinstance(listed, list) else []
    return next((text for text in texts if not text.startswith("W")), "")


def _meaning(error: str) -> Outcome | None:
    spelled = error.replace(": ", ":", 1)
    return next((outcome for start, outcome in ERRORS if spelled.startswith(start)), Outcome.BROKEN if error else None)


def _throttled_until(error: str) -> datetime | None:
    match = _THROTTLED_UNTIL.match(error)
    return parsing.from_seconds(match[1]) if match else None


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: Tickers(_quote),
        Category.MARKET_VOLUME: Tickers(_volume),
        Category.MARKET_OHLCV: Candlesticks(),
        Category.MARKET_ORDERBOOK: Books(),
    },
    # About one public call a second per address; a burst of some sixty passes.
    budget=Budget(60, 60.0),
    pairs=KrakenPairs(answer, display),
)
