"""CryptoCompare (CoinDesk Data): index prices and candles by ticker; needs a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from providers.adapters.aggregators.cryptocompare_meter import Allowances
from providers.adapters.aggregators.cryptocompare_news import Newswire
from providers.adapters.shared import candles, errors, parsing
from providers.adapters.shared.quoting import FIAT, Quoting, names, with_header
from providers.adapters.shared.rows import MARKET, Row, entry, quote, read_each
from providers.domain.adapter import Adapter, Budget, KeyUse, Lookup, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery, Candles, Instrument, Quote
from providers.domain.outcomes import Outcome

QUOTING = Quoting(dollar="USD", currencies=FIAT | {"USDT", "USDC", "BTC", "ETH"})

PATHS = {"1m": "/data/v2/histominute", "1h": "/data/v2/histohour", "1d": "/data/v2/histoday"}
"""Longer ones could be had by aggregation, whose beginnings are nowhere stated."""

MOST_CANDLES = 2000
CANDLE = candles.Columns(
    parsing.from_seconds,
    opens="time",
    open="open",
    high="high",
    low="low",
    close="close",
    volume="volumefrom",
    quote_volume="volumeto",
)

TYPES = {"1": Outcome.BAD_REQUEST, "2": Outcome.UNKNOWN_ASSET, "99": Outcome.RATE_LIMITED}
"""``Type`` of an error, which comes with HTTP 200. Any other is an outage."""


def answer(response: Response) -> Row:
    """The body of a success. Raises Failure for everything else.

    min-api answers ``Response: Error``; the newer data-api an ``Err`` object, empty in a success.
    """
    body = errors.document(response)
    error = body.get("Err") if isinstance(body, Mapping) else None
    failed = errors.text(body, "Response") == "Error"
    code = errors.code(errors.text(body, "Type")) if failed else ""
    said = _meaning(code, errors.text(body, "Message")) if failed else _data_api(response, error)
    errors.check(response, said, f"type {code}" if code else "")
    return parsing.mapping(body)


def authorize(request: Request, key: str) -> Request:
    return with_header(request, "authorization", f"Apikey {key}")


class Prices:
    """Prices from ``/data/pricemultifull``: its RAW part, as DISPLAY is text for people.

    Of the volumes VOLUME24HOUR is in the coin and VOLUME24HOURTO in the currency. pricemulti's bare prices are read
    too. The query's lists are limited in length.
    """

    max_items = 50

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        return QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        params = (("fsyms", ",".join(names(lookups))), ("tsyms", ",".join(QUOTING.quoted_in(lookups))))
        return Request("/data/pricemultifull", params)

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, Quote]:
        coins = _coins(answer(response))
        return read_each(lookups, lambda ask: entry(coins, ask.name), _quote)


class Candlesticks:
    """Candles from ``/data/v2/histo*``, oldest first: one more than ``limit``, which is at least 1; up to ``toTs``.

    A forming candle's close runs ahead of its high and low (both recordings end in such a row): where it lies outside
    them that candle is left out, while a closed one that is so costs the answer. Rows of zeros are times before the
    first trade, and no candles. Version 1 had the rows directly in ``Data``, which is read too.
    """

    max_items = 1

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        return QUOTING.accepts(lookup) and candles.fits(lookup.item, PATHS, MOST_CANDLES)

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        span, asked = lookups[0].item, candles.bounds(lookups[0].item)
        named = (("fsym", lookups[0].name), ("tsym", QUOTING.currency(span)))
        until = (("toTs", str(asked[1])),) if asked else ()
        return Request(PATHS[span.interval], (*named, ("limit", str(max(1, span.limit - 1))), *until))

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        span, data = lookups[0].item, parsing.field(answer(response), "Data")
        listed = parsing.field(data, "Data") if isinstance(data, Mapping) else data
        rows = [row for row in parsing.sequence(listed, "the candles") if not _blank(row)]
        return candles.read(span, QUOTING.currency(span), rows, CANDLE, response, torn=True)


def _blank(row: object) -> bool:
    """Whether nothing was traded yet: zeros for prices and volumes alike."""
    fields = parsing.mapping(row, "a candle")
    return all(fields.get(name) in ("0", "0.0") for name in ("open", "high", "low", "close", "volumefrom", "volumeto"))


def _coins(body: Row) -> Row:
    full = "RAW" in body or "DISPLAY" in body
    return parsing.mapping(parsing.field(body, "RAW"), "RAW") if full else body


def _quote(lookup: Lookup[Instrument], coin: Row) -> Quote | None:
    currency = QUOTING.currency(lookup.item)
    quoted = coin.get(currency)
    row: Row = quoted if isinstance(quoted, Mapping) else {"PRICE": quoted}
    return quote(
        lookup,
        currency,
        parsing.price(parsing.field(row, "PRICE")),
        change=parsing.percent(row.get("CHANGEPCT24HOUR")),
        volume=parsing.amount(row.get("VOLUME24HOURTO")),
        scope=MARKET,
        as_of=parsing.from_seconds(row.get("LASTUPDATE")),
    )


def _meaning(code: str, message: str) -> Outcome:
    words = message.lower()
    if "api key" in words or "auth key" in words or "api_key" in words:
        return Outcome.UNAUTHORIZED
    return TYPES.get(code, Outcome.BROKEN)


def _data_api(response: Response, error: object) -> Outcome | None:
    """A data-api error with 404 says that there is no such data (before the first trade): no outage."""
    if not error:
        return None
    if response.status == 404:
        return Outcome.NOT_SUPPORTED
    return Outcome.BROKEN if errors.succeeded(response) else None


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: Prices(),
        Category.MARKET_OHLCV: Candlesticks(),
        Category.NEWS: Newswire(answer),
    },
    key_use=KeyUse.REQUIRED,
    authorize=authorize,
    # 20 a second, 300 a minute: what the last free plan's own count said. Plans differ above it.
    budget=Budget(300, 60.0),
    meter=Allowances(answer),
)
