"""Order book of a venue: levels around its price, with sizes that change every second. Pure."""

from __future__ import annotations

from providers.sandbox.levels import unit
from providers.sandbox.view import Pair, View

STEP = 2e-5
"""Distance of two levels as a fraction of the price."""
Levels = list[tuple[float, float]]


def ladder(view: View, pair: Pair, count: int) -> tuple[Levels, Levels]:
    """Bids and asks, best first, ``count`` of each: price and quantity of the coin."""
    day = view.day(pair)
    step = max(10.0**-day.places, abs(day.last) * STEP)

    def side(best: float, away: float, name: str) -> Levels:
        return [(round(best + away * n, day.places), _size(day.base, view, pair, f"{name}{n}")) for n in range(count)]

    return side(day.bid, -step, "bid"), side(day.ask, step, "ask")


def _size(base: float, view: View, pair: Pair, level: str) -> float:
    return base / 100_000 * (0.1 + unit(view.market.seed, view.venue, pair.coin.slug, pair.quote, level, int(view.at)))
