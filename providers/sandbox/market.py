"""The one market behind every fake: a pure function of seed, asset and time.

A coin's logarithmic price is a sum of sines of incommensurate periods (seconds to days) with phases from the seed.
Its slope stays under 0.005 % a second, so that a price read a moment ago is still right to 0.2 %, while every page
refresh shows another figure. Steering (``Move``) changes the price from a time on and leaves the past as it was.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType

from providers.sandbox.coins import Coin
from providers.sandbox.levels import PEGGED, level_of, unit

DAY = 86_400.0


@dataclass(frozen=True, slots=True, eq=False)
class Waves:
    """Amplitudes and periods in seconds of the sines that make up a movement."""

    parts: tuple[tuple[float, float], ...]


FREE = Waves(((1.5e-4, 41.0), (4e-4, 311.0), (5e-3, 5_000.0), (1.8e-2, 71_000.0), (5e-2, 790_000.0)))
"""A free coin's logarithmic price."""
PEG = Waves(((4e-5, 53.0), (1.2e-4, 3_700.0), (2e-4, 97_000.0)))
"""Deviation of a pegged coin from its peg."""
BASIS = Waves(((8e-5, 67.0), (1.1e-4, 1_900.0)))
"""Deviation of a venue's price from the fair one: at most 0.02 %."""
FIAT = {"USD": 1.0, "EUR": 1.1432, "GBP": 1.3127}
TOKENS = {"USDT": "tether", "USDC": "usd-coin", "BTC": "bitcoin", "ETH": "ethereum"}


@dataclass(frozen=True, slots=True)
class Move:
    """A change of a coin's price by the control API.

    From ``at`` on, over ``over`` seconds, the price moves to ``price`` and stays there, or to ``factor`` times its
    natural path and continues to move. A factor of 1 releases it.
    """

    at: float
    price: float | None = None
    factor: float = 1.0
    over: float = 0.0

    def done(self, t: float) -> float:
        """Fraction of the move done at ``t``: 0 to 1."""
        if t < self.at:
            return 0.0
        return min(1.0, (t - self.at) / self.over) if self.over else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """Market of one seed with its moves."""

    seed: int
    coins: tuple[Coin, ...]
    moves: Mapping[str, tuple[Move, ...]] = field(default_factory=lambda: MappingProxyType({}))
    by_slug: Mapping[str, Coin] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_slug", {coin.slug: coin for coin in self.coins})

    def find(self, text: str) -> Coin | None:
        """Find a coin by slug or symbol; of several with one symbol, the highest ranked."""
        lowered = text.lower()
        by_slug = self.by_slug.get(lowered)
        return by_slug or next((coin for coin in self.coins if coin.symbol.lower() == lowered), None)

    def steered(self, slug: str, move: Move) -> Market:
        """Market with one more move."""
        return replace(self, moves={**self.moves, slug: (*self.moves.get(slug, ()), move)})

    def released(self, slug: str | None = None) -> Market:
        """Market without the moves of one coin, or of all."""
        remaining = {} if slug is None else {key: moves for key, moves in self.moves.items() if key != slug}
        return replace(self, moves=remaining)

    def fair(self, slug: str, t: float) -> float:
        """Fair USD price of a coin at unix time ``t``."""
        return _fair(self, slug, t)

    def rate(self, currency: str, t: float) -> float:
        """USD for one unit of a quote currency. Raises KeyError for an unknown one."""
        token = TOKENS.get(currency)
        return self.fair(token, t) if token else FIAT[currency]

    def nominal(self, currency: str) -> float:
        """The level a quote currency moves around, which settles how many places a price in it has."""
        token = TOKENS.get(currency)
        return level_of(token)[0] if token else FIAT[currency]

    def cross(self, slug: str, currency: str, t: float) -> float:
        """The fair price of a coin in a quote currency."""
        return self.fair(slug, t) / self.rate(currency, t)


@lru_cache(maxsize=16_384)
def _fair(market: Market, slug: str, t: float) -> float:
    """The fair price, remembered: one answer asks for the same coin at the same time again and again."""
    price = path = natural(market, market.by_slug[slug], t)
    for move in market.moves.get(slug, ()):
        share = move.done(t)
        if share:
            target = path * move.factor if move.price is None else move.price
            price = target if share == 1 else price * (target / price) ** share
    return price


def natural(market: Market, coin: Coin, t: float) -> float:
    """A coin's own path, unsteered; a pegged coin follows its peg, steering of the peg included."""
    peg = PEGGED.get(coin.slug)
    if peg is None:
        return coin.level * math.exp(swing(FREE, t, market.seed, coin.slug))
    base = market.fair(peg, t) if peg in market.by_slug else coin.level
    return base * math.exp(swing(PEG, t, market.seed, coin.slug))


@lru_cache(maxsize=16_384)
def basis(market: Market, venue: str, slug: str, t: float) -> float:
    """A venue's price as a multiple of the fair one."""
    return math.exp(swing(BASIS, t, market.seed, venue, slug))


def swing(waves: Waves, t: float, *words: object) -> float:
    """The sum of sines at ``t``, their phases and periods made from the words."""
    total = 0.0
    for amplitude, speed, phase in _phased(waves, words):
        total += amplitude * math.sin(speed * t + phase)
    return total


@lru_cache(maxsize=8192)
def _phased(waves: Waves, words: tuple[object, ...]) -> tuple[tuple[float, float, float], ...]:
    """Amplitude, speed in radians a second and phase of each sine."""
    return tuple(
        (a, math.tau / (period * (0.85 + 0.3 * unit(*words, i, "period"))), math.tau * unit(*words, i, "phase"))
        for i, (a, period) in enumerate(waves.parts)
    )


@dataclass(frozen=True, slots=True)
class Shape:
    """A coin's last 24 hours in USD, from hourly points: highest, lowest and mean fair price."""

    high: float
    low: float
    mean: float


@lru_cache(maxsize=4096)
def shape(market: Market, slug: str, minute: int) -> Shape:
    """The day before a minute (a count of minutes since 1970)."""
    points = [market.fair(slug, minute * 60.0 - hour * 3600.0) for hour in range(25)]
    return Shape(max(points), min(points), sum(points) / len(points))


def turnover(market: Market, coin: Coin, t: float) -> float:
    """A coin's traded value of the last 24 hours over all venues, in USD."""
    daily = 0.02 + 0.06 * unit(market.seed, coin.slug, "turnover")
    tide = 1 + 0.3 * math.sin(math.tau * (t / 97_000.0 + unit(market.seed, coin.slug, "tide")))
    return coin.cap * daily * tide
