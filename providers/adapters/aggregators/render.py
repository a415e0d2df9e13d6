"""Render (crypto-dt-source): relays CoinGecko prices, Binance candles, news feeds and the alternative.me index.

It is an independent source of none of them, and the service sleeps when idle: a first call takes up to a minute. Traps:
prices are listed by market capitalisation whatever coins are named, a missing figure is a 0, ``timestamp`` is the time
of the response and not of a price, and an unknown candle interval silently becomes an hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from providers.adapters.aggregators.render_stories import FearGreedOfRender, NewsArticles
from providers.adapters.exchanges import binance
from providers.adapters.shared import candles, errors, parsing
from providers.adapters.shared.quoting import Quoting, asset_names
from providers.adapters.shared.rows import MARKET, Row, build_quote, index_rows, read_values
from providers.domain.adapter import Adapter, Budget, Lookup, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import INTERVALS, CandleQuery, Candles, Instrument, Quote
from providers.domain.outcomes import Failure, Outcome

QUOTING = Quoting(dollar="USD", currencies=frozenset({"USD"}))
"""Prices are in US dollars; the service ignores any currency that is asked for."""
MOST_COINS = 250
"""Most coins in one list of prices: the largest ones."""
KLINE = candles.Columns(
    parsing.from_millis, opens="timestamp", open="open", high="high", low="low", close="close", volume="volume"
)
LEAST_CANDLES = 2
"""Fewest candles to ask for: two in a row show the interval."""

TICKERS = {
    "bitcoin": "BTC",
    "ethereum": "ETH",
    "ripple": "XRP",
    "binancecoin": "BNB",
    "solana": "SOL",
    "dogecoin": "DOGE",
    "tron": "TRX",
    "cardano": "ADA",
    "stellar": "XLM",
    "chainlink": "LINK",
    "bitcoin-cash": "BCH",
    "avalanche-2": "AVAX",
    "litecoin": "LTC",
    "shiba-inu": "SHIB",
    "polkadot": "DOT",
    "uniswap": "UNI",
    "aave": "AAVE",
    "near": "NEAR",
}
"""Binance tickers of the largest coins by CoinGecko id: candles need the ticker, all other routes the id."""


def envelope(response: Response) -> Row:
    """Return the body of a successful response; raise Failure for ``success: false``, which comes with any status."""
    body = errors.decode_body(response)
    errors.raise_for_outcome(response)
    row = parsing.mapping(body)
    if row.get("success") is not True:
        raise parsing.broken("success is not true")
    return row


def answer(response: Response) -> object:
    """Return the ``data`` of a successful response."""
    return parsing.field(envelope(response), "data")


class Prices:
    """Prices from ``/api/v1/coingecko/price``: the largest coins, matched by CoinGecko's id.

    The route's ``symbols`` are not used: one that the service does not know is taken as the id of another coin.
    """

    max_items = MOST_COINS

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        """Return whether the provider can answer this lookup."""
        return QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        """Build the request for the largest coins; the lookups do not change it."""
        return Request("/api/v1/coingecko/price", (("limit", str(MOST_COINS)),))

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, Quote]:
        """Read the values by item."""
        rows = index_rows(answer(response), "id", asset_names(lookups))
        return read_values(lookups, lambda lookup: rows.get(lookup.name), _quote)


def _quote(lookup: Lookup[Instrument], row: Row) -> Quote | None:
    """Read one coin; a figure of 0 is a missing one, the price too."""
    price = parsing.amount(parsing.field(row, "price"))
    return build_quote(
        lookup,
        QUOTING.currency(lookup.item),
        None if price == 0 else parsing.price(parsing.field(row, "price")),
        change=parsing.percent(row.get("changePercent24h")) or None,
        volume=parsing.amount(row.get("volume24h")) or None,
        scope=MARKET,
    )


class CandleSeries:
    """Candles from ``/api/v1/binance/klines``: Binance's figures as numbers, up to now only."""

    max_items = 1

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        """Return whether the provider can answer this lookup."""
        known = lookup.name in TICKERS and binance.QUOTING.accepts(_at_binance(lookup))
        return known and lookup.item.end is None and candles.fits(lookup.item, binance.INTERVALS, binance.MOST_CANDLES)

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        """Build the request for the lookups."""
        query, pair = lookups[0].item, binance.QUOTING.pair(_at_binance(lookups[0]))
        limit = str(max(query.limit, LEAST_CANDLES))
        params = (("symbol", pair), ("timeframe", query.interval), ("limit", limit))
        return Request("/api/v1/binance/klines", params)

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        """Read the values by item. Raises NOT_SUPPORTED for candles of another interval.

        A pair that Binance refuses comes as a 503, as an outage does, so a failure may be the pair's own.
        """
        query = lookups[0].item
        try:
            rows = parsing.sequence(answer(response), "the candles")
            _check_interval(query, rows)
            return candles.read_candles(query, binance.QUOTING.currency(query), rows, KLINE, response)
        except Failure as failure:
            raise failure.about_item() from None


def _check_interval(query: CandleQuery, rows: Sequence[object]) -> None:
    """Raise NOT_SUPPORTED unless two neighbouring candles are one interval apart: another one may come unasked."""
    times = [parsing.from_millis(parsing.field(parsing.mapping(row, "a candle"), "timestamp")) for row in rows]
    opens = sorted({at for at in times if at is not None})
    length = timedelta(seconds=INTERVALS[query.interval])
    if rows and length not in {after - before for before, after in pairwise(opens)}:
        raise Failure(Outcome.NOT_SUPPORTED, "candles of another interval")


def _at_binance(lookup: Lookup[CandleQuery]) -> Lookup[CandleQuery]:
    return Lookup(lookup.item, TICKERS[lookup.name])


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: Prices(),
        Category.MARKET_OHLCV: CandleSeries(),
        Category.NEWS: NewsArticles(envelope),
        Category.SENTIMENT: FearGreedOfRender(envelope),
    },
    budget=Budget(60, 60.0),
)
