"""Render (crypto-dt-source): passes on CoinGecko's prices, Binance's candles, outlets' news and alternative.me's index.

No independent source of any of them, and it sleeps when idle.
"""

from __future__ import annotations

from collections.abc import Sequence

from providers.adapters.aggregators import coingecko
from providers.adapters.aggregators.render_stories import FearGreedOfRender, Feeds
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
"""The largest coins: candles go by Binance's ticker, while Render's name of a coin is CoinGecko's id."""


def envelope(response: Response) -> Row:
    """The body of a success. ``success: false`` comes with any status. Raises Failure for it."""
    body = errors.document(response)
    errors.check(response)
    row = parsing.mapping(body)
    if row.get("success") is not True:
        raise parsing.broken("no success")
    return row


def answer(response: Response) -> object:
    """The ``data`` of a success."""
    return parsing.field(envelope(response), "data")


class Prices:
    """Prices from ``/api/v1/coingecko/price``, which takes and answers CoinGecko's coin ids."""

    max_items = 100

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        return coingecko.QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        return Request("/api/v1/coingecko/price", coingecko.simple_params(lookups))

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, Quote]:
        return coingecko.simple_quotes(lookups, parsing.mapping(answer(response), "data"))


class Candlesticks:
    """Candles from ``/api/v1/binance/klines``: Binance's rows, the newest only."""

    max_items = 1

    def accepts(self, lookup: Lookup[CandleQuery]) -> bool:
        known = lookup.name in TICKERS and binance.QUOTING.accepts(_at_binance(lookup))
        return known and lookup.item.end is None and candles.fits(lookup.item, binance.INTERVALS, binance.MOST_CANDLES)

    def request(self, lookups: Sequence[Lookup[CandleQuery]]) -> Request:
        span, pair = lookups[0].item, binance.QUOTING.pair(_at_binance(lookups[0]))
        params = (("symbol", pair), ("interval", span.interval), ("limit", str(span.limit)))
        return Request("/api/v1/binance/klines", params)

    def parse(self, lookups: Sequence[Lookup[CandleQuery]], response: Response) -> dict[CandleQuery, Candles]:
        span = lookups[0].item
        return candles.read(span, binance.QUOTING.currency(span), answer(response), binance.KLINE, response)


def _at_binance(lookup: Lookup[CandleQuery]) -> Lookup[CandleQuery]:
    return Lookup(lookup.item, TICKERS[lookup.name])


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: Prices(),
        Category.MARKET_OHLCV: Candlesticks(),
        Category.NEWS: Feeds(envelope),
        Category.SENTIMENT: FearGreedOfRender(envelope),
    },
    budget=Budget(60, 60.0),
)
