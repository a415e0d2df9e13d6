"""The shipped providers, endpoints and chains, as literal data. Pure.

Facts behind the choices: Binance first, with six endpoints that share one limit; then sources of other lineages and
other countries, those that answer a whole batch in one call before those that answer coin by coin, so that neither
one lineage nor one blocked country takes the prices away. CoinCap and CryptoCompare answer only with a key.
DefiLlama's prices are CoinGecko's, Render's are CoinGecko's or Binance's: they are no independent peers, and
Render, which sleeps when idle, is the last resort.

Candles, volumes and order books come from the same venues. Volumes of the whole market, which answers tell apart from
a venue's own, come after those; Coinbase tells base volume only, so it comes last of its kind. CoinGecko's candles come
last of all but a copy: half hours of a day and four hours of a month, without volumes, of coins that no venue lists
too. A book is never merged.

In NEWS and SOCIAL the links do not stand in for one another: each is asked for its own, and one that fails is missing
alone, unless Render, which passes outlets' own articles on, has them. In SENTIMENT the next link is another maker's
index, named in the answer; Render's is alternative.me's.

A category without links is a chain all the same: it says honestly that nobody is asked yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from providers.domain.categories import Category, Strategy


@dataclass(frozen=True, slots=True)
class ShippedProvider:
    """A provider. An empty ``quota_group`` or ``adapter`` means the slug. Local models have no endpoints."""

    slug: str
    name: str
    endpoints: tuple[str, ...]
    quota_group: str = ""
    adapter: str = ""


@dataclass(frozen=True, slots=True)
class ShippedLink:
    """A link of a chain. An empty ``lineage`` means the provider itself."""

    provider: str
    tier: int
    weight: int
    lineage: str = ""


@dataclass(frozen=True, slots=True)
class ShippedChain:
    """A category's chain, with its deadline and the times for which answers are fresh and last known good."""

    category: Category
    deadline_ms: int
    cache_s: int
    stale_s: int
    links: tuple[ShippedLink, ...] = ()
    strategy: Strategy = Strategy.PRIORITY


PROVIDERS = (
    ShippedProvider(
        "binance",
        "Binance",
        (
            "https://api.binance.com",
            "https://api1.binance.com",
            "https://api2.binance.com",
            "https://api3.binance.com",
            "https://api4.binance.com",
            "https://data-api.binance.vision",
        ),
        quota_group="binance",
    ),
    ShippedProvider("kraken", "Kraken", ("https://api.kraken.com",)),
    ShippedProvider("okx", "OKX", ("https://www.okx.com",)),
    ShippedProvider("coingecko", "CoinGecko", ("https://api.coingecko.com",)),
    ShippedProvider("coinbase", "Coinbase Exchange", ("https://api.exchange.coinbase.com",)),
    ShippedProvider("coinmarketcap", "CoinMarketCap", ("https://pro-api.coinmarketcap.com",)),
    ShippedProvider("bybit", "Bybit", ("https://api.bybit.com",)),
    ShippedProvider("kucoin", "KuCoin", ("https://api.kucoin.com",)),
    ShippedProvider("gate", "Gate", ("https://api.gateio.ws",)),
    ShippedProvider("bitstamp", "Bitstamp", ("https://www.bitstamp.net",)),
    ShippedProvider("gemini", "Gemini", ("https://api.gemini.com",)),
    ShippedProvider("bitget", "Bitget", ("https://api.bitget.com",)),
    ShippedProvider("coinpaprika", "CoinPaprika", ("https://api.coinpaprika.com",)),
    ShippedProvider("defillama", "DefiLlama", ("https://coins.llama.fi",)),
    ShippedProvider("coincap", "CoinCap", ("https://rest.coincap.io",)),
    ShippedProvider("cryptocompare", "CryptoCompare", ("https://min-api.cryptocompare.com",)),
    ShippedProvider("render", "Render", ("https://crypto-dt-source.onrender.com",)),
    ShippedProvider("coindesk", "CoinDesk", ("https://www.coindesk.com",)),
    ShippedProvider("cointelegraph", "Cointelegraph", ("https://cointelegraph.com",)),
    ShippedProvider("decrypt", "Decrypt", ("https://decrypt.co",)),
    ShippedProvider("theblock", "The Block", ("https://www.theblock.co",)),
    ShippedProvider("bitcoinmagazine", "Bitcoin Magazine", ("https://bitcoinmagazine.com",)),
    ShippedProvider("cryptoslate", "CryptoSlate", ("https://cryptoslate.com",)),
    ShippedProvider("alternative_me", "alternative.me", ("https://api.alternative.me",)),
    ShippedProvider("reddit", "Reddit", ("https://www.reddit.com",)),
    ShippedProvider("random_walk", "Random walk (local)", (), adapter="local:random_walk"),
    ShippedProvider("random_walk_drift", "Random walk with drift (local)", (), adapter="local:random_walk_drift"),
    ShippedProvider("damped_trend", "Damped trend (local)", (), adapter="local:damped_trend"),
    ShippedProvider("momentum", "Momentum (local)", (), adapter="local:momentum"),
    ShippedProvider("mean_reversion", "Mean reversion (local)", (), adapter="local:mean_reversion"),
)

DAY = 86_400

CHAINS = (
    ShippedChain(
        Category.MARKET_PRICE,
        deadline_ms=4_000,
        cache_s=10,
        stale_s=DAY,
        links=(
            ShippedLink("binance", tier=1, weight=40),
            ShippedLink("kraken", tier=1, weight=25),
            ShippedLink("okx", tier=1, weight=20),
            ShippedLink("coingecko", tier=1, weight=10),
            ShippedLink("coinbase", tier=1, weight=5),
            ShippedLink("coinmarketcap", tier=2, weight=10),
            ShippedLink("bybit", tier=2, weight=10),
            ShippedLink("kucoin", tier=2, weight=10),
            ShippedLink("gate", tier=2, weight=10),
            ShippedLink("bitstamp", tier=2, weight=5),
            ShippedLink("gemini", tier=2, weight=5),
            ShippedLink("bitget", tier=2, weight=5),
            ShippedLink("coinpaprika", tier=3, weight=10),
            ShippedLink("defillama", tier=3, weight=10, lineage="coingecko"),
            ShippedLink("coincap", tier=3, weight=10),
            ShippedLink("cryptocompare", tier=3, weight=10),
            ShippedLink("render", tier=4, weight=1, lineage="coingecko"),
        ),
    ),
    ShippedChain(
        Category.MARKET_OHLCV,
        deadline_ms=6_000,
        cache_s=60,
        stale_s=DAY,
        links=(
            ShippedLink("binance", tier=1, weight=40),
            ShippedLink("okx", tier=1, weight=20),
            ShippedLink("coinbase", tier=1, weight=20),
            ShippedLink("kraken", tier=1, weight=20),
            ShippedLink("bybit", tier=2, weight=10),
            ShippedLink("kucoin", tier=2, weight=10),
            ShippedLink("gate", tier=2, weight=10),
            ShippedLink("bitstamp", tier=2, weight=10),
            ShippedLink("gemini", tier=2, weight=5),
            ShippedLink("bitget", tier=2, weight=5),
            ShippedLink("cryptocompare", tier=3, weight=10),
            ShippedLink("coingecko", tier=4, weight=1),
            ShippedLink("render", tier=4, weight=1, lineage="binance"),
        ),
    ),
    ShippedChain(
        Category.MARKET_VOLUME,
        deadline_ms=5_000,
        cache_s=30,
        stale_s=DAY,
        links=(
            ShippedLink("binance", tier=1, weight=40),
            ShippedLink("okx", tier=1, weight=20),
            ShippedLink("kraken", tier=1, weight=20),
            ShippedLink("bybit", tier=1, weight=20),
            ShippedLink("kucoin", tier=2, weight=10),
            ShippedLink("gate", tier=2, weight=10),
            ShippedLink("bitstamp", tier=2, weight=5),
            ShippedLink("gemini", tier=2, weight=5),
            ShippedLink("coinbase", tier=2, weight=5),
            ShippedLink("bitget", tier=2, weight=5),
            ShippedLink("coingecko", tier=3, weight=10),
            ShippedLink("coinmarketcap", tier=3, weight=10),
            ShippedLink("coinpaprika", tier=3, weight=10),
        ),
    ),
    ShippedChain(
        Category.MARKET_ORDERBOOK,
        deadline_ms=3_000,
        cache_s=5,
        stale_s=300,
        links=(
            ShippedLink("binance", tier=1, weight=40),
            ShippedLink("kraken", tier=1, weight=25),
            ShippedLink("okx", tier=1, weight=20),
            ShippedLink("coinbase", tier=1, weight=15),
            ShippedLink("bybit", tier=2, weight=10),
            ShippedLink("kucoin", tier=2, weight=10),
            ShippedLink("gate", tier=2, weight=10),
            ShippedLink("bitstamp", tier=2, weight=5),
            ShippedLink("gemini", tier=2, weight=5),
            ShippedLink("bitget", tier=2, weight=5),
        ),
    ),
    ShippedChain(
        Category.MARKET_METADATA,
        deadline_ms=6_000,
        cache_s=3_600,
        stale_s=7 * DAY,
        links=(
            ShippedLink("coingecko", tier=1, weight=10),
            ShippedLink("coinmarketcap", tier=1, weight=10),
            ShippedLink("coinpaprika", tier=2, weight=10),
        ),
    ),
    ShippedChain(
        Category.NEWS,
        deadline_ms=8_000,
        cache_s=300,
        stale_s=DAY,
        links=(
            ShippedLink("coindesk", tier=1, weight=10),
            ShippedLink("cointelegraph", tier=1, weight=10),
            ShippedLink("decrypt", tier=1, weight=10),
            ShippedLink("theblock", tier=1, weight=10),
            ShippedLink("bitcoinmagazine", tier=1, weight=10),
            ShippedLink("cryptoslate", tier=1, weight=10),
            ShippedLink("cryptocompare", tier=2, weight=10),
            ShippedLink("render", tier=3, weight=1, lineage="outlets"),
        ),
    ),
    ShippedChain(
        Category.SENTIMENT,
        deadline_ms=6_000,
        cache_s=3_600,
        stale_s=2 * DAY,
        links=(
            ShippedLink("alternative_me", tier=1, weight=10),
            ShippedLink("coinmarketcap", tier=1, weight=10),
            ShippedLink("render", tier=2, weight=1, lineage="alternative_me"),
        ),
    ),
    ShippedChain(
        Category.AI_PREDICTION,
        deadline_ms=10_000,
        cache_s=300,
        stale_s=DAY,
        links=(
            ShippedLink("random_walk", tier=1, weight=1),
            ShippedLink("random_walk_drift", tier=1, weight=1),
            ShippedLink("damped_trend", tier=1, weight=1),
            ShippedLink("momentum", tier=1, weight=1),
            ShippedLink("mean_reversion", tier=1, weight=1),
        ),
    ),
    ShippedChain(Category.TECHNICAL, deadline_ms=8_000, cache_s=60, stale_s=DAY),
    ShippedChain(
        Category.SOCIAL,
        deadline_ms=8_000,
        cache_s=600,
        stale_s=DAY,
        links=(
            ShippedLink("coingecko", tier=1, weight=10),
            ShippedLink("reddit", tier=1, weight=10),
        ),
    ),
)
