"""View of one provider on the market at one moment: prices, 24 hours, names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from providers.sandbox.coins import Coin
from providers.sandbox.market import DAY, Market, basis, shape, turnover

SHARES = {
    "binance": 0.2,
    "okx": 0.05,
    "bybit": 0.06,
    "coinbase": 0.04,
    "kraken": 0.015,
    "kucoin": 0.015,
    "gate": 0.03,
    "bitstamp": 0.004,
    "gemini": 0.001,
    "bitget": 0.02,
    "tidemark": 0.002,
}
"""Share of each venue in all trading; aggregators report all of it."""
QUOTE_SHARES = {"USDT": 0.8, "USD": 0.8, "USDC": 0.12, "EUR": 0.06, "GBP": 0.02, "BTC": 0.01, "ETH": 0.01}


@dataclass(frozen=True, slots=True)
class Pair:
    """A coin in a quote currency, as listed by a provider."""

    coin: Coin
    quote: str


@dataclass(frozen=True, slots=True)
class Meter:
    """Usage of a provider's limit.

    Calls or weight ``used`` of ``limit`` in a window of ``window`` seconds, which ends in ``left`` seconds.
    """

    used: int = 0
    limit: int = 0
    window: float = 60.0
    left: float = 60.0

    @property
    def remaining(self) -> int:
        """Calls or weight left in the window."""
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class Day:
    """Rolling 24 hours of a pair on a venue, in the quote currency (``base`` volume in the coin)."""

    last: float
    open: float
    high: float
    low: float
    vwap: float
    base: float
    volume: float
    bid: float
    ask: float
    places: int

    @property
    def change(self) -> float:
        """Change in 24 hours as a fraction."""
        return self.last / self.open - 1 if self.open else 0.0


@dataclass(frozen=True, slots=True)
class View:
    """View of a provider; ``now`` is the stated time, ``at`` the time of its prices (earlier if frozen).

    ``factor`` multiplies the prices of the coins in ``wrong`` (of all coins when that is None).
    """

    market: Market
    venue: str
    names: Mapping[str, Pair]
    now: float
    at: float
    factor: float = 1.0
    wrong: frozenset[str] | None = None
    meter: Meter = field(default_factory=Meter)

    def price(self, pair: Pair, ago: float = 0.0) -> float:
        """Price of a pair at this provider, now or ``ago`` seconds ago."""
        t = self.at - ago
        slug = pair.coin.slug
        return self.market.cross(slug, pair.quote, t) * basis(self.market, self.venue, slug, t) * self.error(pair.coin)

    def error(self, coin: Coin) -> float:
        """Factor that a fault applies to a coin's prices."""
        hit = self.wrong is None or coin.slug in self.wrong or coin.symbol in self.wrong
        return self.factor if hit else 1.0

    def change(self, pair: Pair) -> float:
        """Change of a pair in 24 hours as a fraction."""
        before = self.price(pair, DAY)
        return self.price(pair) / before - 1 if before else 0.0

    def volume(self, pair: Pair) -> float:
        """Traded value of the last 24 hours in the quote currency."""
        share = SHARES.get(self.venue, 1.0) * QUOTE_SHARES.get(pair.quote, 0.01) if self.venue in SHARES else 1.0
        return turnover(self.market, pair.coin, self.at) * share / self.market.rate(pair.quote, self.at)

    def day(self, pair: Pair) -> Day:
        """Rolling 24 hours of a pair; high and low enclose all its other prices."""
        places = self.places(pair)
        last, opened = round(self.price(pair), places), round(self.price(pair, DAY), places)
        past = shape(self.market, pair.coin.slug, int(self.at // 60))
        scale = self.error(pair.coin) / self.market.rate(pair.quote, self.at)
        reach = (past.high * scale, past.low * scale, last, opened)
        high, low = round(max(reach), places), round(min(reach), places)
        vwap = round(min(max(past.mean * scale, low), high), places)
        spread = max(10.0**-places, abs(last) * 1e-5)
        volume = self.volume(pair)
        return Day(
            last=last,
            open=opened,
            high=high,
            low=low,
            vwap=vwap,
            base=volume / vwap if vwap and math.isfinite(vwap) else 0.0,
            volume=volume,
            bid=round(last - spread, places),
            ask=round(last + spread, places),
            places=places,
        )

    def places(self, pair: Pair) -> int:
        """Decimals of a pair's prices: six significant digits, at least two decimals."""
        return max(2, 5 - math.floor(math.log10(pair.coin.level / self.market.nominal(pair.quote))))
