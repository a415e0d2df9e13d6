"""Render (crypto-dt-source): relays CoinGecko prices, Binance candles, news feeds and the alternative.me index.

It is an independent source of none of them, and the service sleeps when idle.
"""

from __future__ import annotations

from collections.abc import Sequence

from providers.adapters.aggregators import coingecko
from providers.adapters.aggregators.render_stories import FearGreedOfRender, NewsArticles
from providers.adapters.exchanges import binance
from providers.adapters.shared import candles, errors, parsing
from providers.adapters.shared.rows import Row
from providers.domain.adapter import Adapter, Budget, Lookup, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery, Candles, Instrument, Quote

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
    """Prices from ``/api/v1/coingecko/price``, by CoinGecko coin ids."""

    max_items = 100

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        """Return whether the provider can answer this lookup."""
        return coingecko.QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        """Build the request for the lookups."""
        return Request("/api/v1/coingecko/price", coingecko.simple_params(lookups))

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, Quote]:
        """Read the values by item."""
        return coingecko.simple_quotes(lookups, parsing.mapping(answer(response), "data"))


class CandleSeries:
    """Candles from ``/api/v1/binance/klines``: Binance's rows, up to now only."""

    max_items = 1

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        """Return whether the provider can answer this lookup."""
        known = lookup.name in TICKERS and binance.QUOTING.accepts(_at_binance(lookup))
        return known and lookup.item.end is None and candles.fits(lookup.item, binance.INTERVALS, binance.MOST_CANDLES)

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        """Build the request for the lookups."""
        query, pair = lookups[0].item, binance.QUOTING.pair(_at_binance(lookups[0]))
        params = (("symbol", pair), ("interval", query.interval), ("limit", str(query.limit)))
        return Request("/api/v1/binance/klines", params)

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        """Read the values by item."""
        query = lookups[0].item
        return candles.read_candles(query, binance.QUOTING.currency(query), answer(response), binance.KLINE, response)


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
