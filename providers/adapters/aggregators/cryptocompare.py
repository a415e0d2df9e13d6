"""CryptoCompare (CoinDesk Data): index prices and candles by ticker; needs an API key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from providers.adapters.aggregators.cryptocompare_meter import RateLimits
from providers.adapters.aggregators.cryptocompare_news import NewsArticles
from providers.adapters.shared import candles, errors, parsing
from providers.adapters.shared.quoting import FIAT, Quoting, asset_names, with_header
from providers.adapters.shared.rows import MARKET, Row, build_quote, entry, read_values
from providers.domain.adapter import Adapter, Budget, KeyUse, Lookup, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery, Candles, Instrument, Quote
from providers.domain.outcomes import Failure, Outcome

QUOTING = Quoting(dollar="USD", currencies=FIAT | {"USDT", "USDC", "BTC", "ETH"})

PATHS = {"1m": "/data/v2/histominute", "1h": "/data/v2/histohour", "1d": "/data/v2/histoday"}
"""Paths by interval. Longer intervals by aggregation are not used: their opening times are undocumented."""

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
"""Outcomes by the ``Type`` of an error, which comes with HTTP 200. Any other type is an outage."""


def answer(response: Response) -> Row:
    """Return the body of a successful response; raise Failure for every other one.

    An error of min-api has ``Response: Error``; one of the newer data-api an ``Err`` object that is not empty.
    """
    body = errors.decode_body(response)
    error = body.get("Err") if isinstance(body, Mapping) else None
    failed = errors.text(body, "Response") == "Error"
    code = errors.code(errors.text(body, "Type")) if failed else ""
    outcome = _outcome(code, errors.text(body, "Message")) if failed else _data_api_outcome(response, error)
    errors.raise_for_outcome(response, outcome, f"type {code}" if code else "")
    return parsing.mapping(body)


def authorize(request: Request, key: str) -> Request:
    """Add the API key as an authorization header."""
    return with_header(request, "authorization", f"Apikey {key}")


class Prices:
    """Prices from the RAW part of ``/data/pricemultifull`` (DISPLAY is formatted text).

    VOLUME24HOUR is in the coin, VOLUME24HOURTO in the quote currency. The plain prices of pricemulti are read too. The
    lists in the query string are limited in length.
    """

    max_items = 50

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        """Return whether the provider can answer this lookup."""
        return QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        """Build the request for the lookups."""
        params = (("fsyms", ",".join(asset_names(lookups))), ("tsyms", ",".join(QUOTING.quote_currencies(lookups))))
        return Request("/data/pricemultifull", params)

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, Quote]:
        """Read the values by item."""
        coins = _coins(answer(response))
        return read_values(lookups, lambda lookup: entry(coins, lookup.name), _quote)


class CandleSeries:
    """Candles from ``/data/v2/histo*``, oldest first, up to ``toTs``: one more than ``limit``, which is at least 1.

    The close of a forming candle is updated before its high and low (both recordings end in such a row): if it lies
    outside them, the candle is left out; a closed candle like that makes the whole answer implausible. Rows of zeros
    are times before the first trade and no candles. Version 1 had the rows directly in ``Data``, which is read too.
    """

    max_items = 1

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        """Return whether the provider can answer this lookup."""
        return QUOTING.accepts(lookup) and candles.fits(lookup.item, PATHS, MOST_CANDLES)

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        """Build the request for the lookups."""
        query, bounds = lookups[0].item, candles.bounds(lookups[0].item)
        market = (("fsym", lookups[0].name), ("tsym", QUOTING.currency(query)))
        end = (("toTs", str(bounds[1])),) if bounds else ()
        return Request(PATHS[query.interval], (*market, ("limit", str(max(1, query.limit - 1))), *end))

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        """Read the values by item."""
        query, data = lookups[0].item, parsing.field(answer(response), "Data")
        raw_rows = parsing.field(data, "Data") if isinstance(data, Mapping) else data
        try:
            rows = [row for row in parsing.sequence(raw_rows, "the candles") if not _is_empty(row)]
            return candles.read_candles(query, QUOTING.currency(query), rows, CANDLE, response, skip_torn=True)
        except Failure as failure:
            raise failure.about_item() from None


def _is_empty(row: object) -> bool:
    """Detect a row before the first trade: all prices and volumes are zero."""
    fields = parsing.mapping(row, "a candle")
    return all(fields.get(name) in ("0", "0.0") for name in ("open", "high", "low", "close", "volumefrom", "volumeto"))


def _coins(body: Row) -> Row:
    has_raw = "RAW" in body or "DISPLAY" in body
    return parsing.mapping(parsing.field(body, "RAW"), "RAW") if has_raw else body


def _quote(lookup: Lookup[Instrument], coin: Row) -> Quote | None:
    currency = QUOTING.currency(lookup.item)
    quoted = coin.get(currency)
    row: Row = quoted if isinstance(quoted, Mapping) else {"PRICE": quoted}
    return build_quote(
        lookup,
        currency,
        parsing.price(parsing.field(row, "PRICE")),
        change=parsing.percent(row.get("CHANGEPCT24HOUR")),
        volume=parsing.amount(row.get("VOLUME24HOURTO")),
        scope=MARKET,
        as_of=parsing.from_seconds(row.get("LASTUPDATE")),
    )


def _outcome(code: str, message: str) -> Outcome:
    text = message.lower()
    if "api key" in text or "auth key" in text or "api_key" in text:
        return Outcome.UNAUTHORIZED
    return TYPES.get(code, Outcome.BROKEN)


def _data_api_outcome(response: Response, error: object) -> Outcome | None:
    """Return the outcome of a data-api error; with 404 it means no such data (before the first trade), no outage."""
    if not error:
        return None
    if response.status == 404:
        return Outcome.NOT_SUPPORTED
    return Outcome.BROKEN if errors.succeeded(response) else None


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: Prices(),
        Category.MARKET_OHLCV: CandleSeries(),
        Category.NEWS: NewsArticles(answer),
    },
    key_use=KeyUse.REQUIRED,
    authorize=authorize,
    # 20 a second, 300 a minute: the limits reported for the last free plan. Paid plans have more.
    budget=Budget(300, 60.0),
    meter=RateLimits(answer),
)
