"""Candles of the simulated market: a pure function of seed, venue, pair and opening time.

Prices are sampled at a few moments, so that a candle opens at the previous close and the forming one ends at the
current price. Volumes are a share of the day's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from providers.sandbox.http1 import Call
from providers.sandbox.levels import unit
from providers.sandbox.market import DAY, Market
from providers.sandbox.view import Pair, View

WEEK = 604_800
MONDAY = 345_600
"""The first Monday in unix seconds."""
BEGAN = 1_483_228_800
"""Start of trading: 2017-01-01 in unix seconds."""
FEW, MANY = 4, 8
"""Number of sampled moments of a candle: MANY for a day or a week."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A candle in the quote currency (``base`` volume in the coin); ``opens`` is in unix seconds."""

    opens: int
    open: float
    high: float
    low: float
    close: float
    base: float
    volume: float
    trades: int
    closed: bool

    @property
    def vwap(self) -> float:
        """Volume-weighted average price, 0 without volume."""
        return self.volume / self.base if self.base else 0.0


def bars(
    view: View, pair: Pair, length: int, count: int, *, first: float = BEGAN, last: float = math.inf, anchor: int = 0
) -> list[Bar]:
    """Newest ``count`` candles that open from ``first`` to ``last``, both included, oldest first.

    ``anchor`` is a time at which one begins: 0, or MONDAY.
    """
    latest = _floor(min(last, view.now), length, anchor)
    earliest = max(latest - (count - 1) * length, -_floor(-max(first, BEGAN), length, -anchor))
    return [_bar(view, pair, opens, length) for opens in range(earliest, latest + 1, length)]


def seconds(call: Call, name: str, default: float) -> float:
    """Time parameter of a query, or the default."""
    text = call.query.get(name, "")
    return float(text) if text.isdecimal() else default


def millis(call: Call, name: str, default: float) -> float:
    """Time parameter in milliseconds, converted to seconds."""
    return seconds(call, name, default * 1000) / 1000


def length_of(call: Call, name: str, lengths: Mapping[str, int], default: str = "") -> int | None:
    """Interval of a query in seconds; None if unknown."""
    return lengths.get(call.query.get(name, default))


def _floor(t: float, length: int, anchor: int) -> int:
    return int((t - anchor) // length * length + anchor)


def _bar(view: View, pair: Pair, opens: int, length: int) -> Bar:
    """Candle as the provider reports it, with frozen or wrong prices if faults are set."""
    fair = _fair_bar(view.market, view.venue, pair, opens, length, min(view.at, opens + length))
    factor, places, over = view.error(pair.coin), view.places(pair), opens + length <= view.now
    prices = [round(price * factor, places) for price in (fair.open, fair.high, fair.low, fair.close)]
    opened, high, low, close = prices if factor >= 0 else (prices[0], prices[2], prices[1], prices[3])
    return replace(fair, open=opened, high=high, low=low, close=close, closed=over)


@lru_cache(maxsize=32_768)
def _fair_bar(market: Market, venue: str, pair: Pair, opens: int, length: int, end: float) -> Bar:
    """Candle without faults, up to ``end``."""
    now = View(market, venue, {}, end, end)
    span, steps = max(0.0, end - opens), MANY if length >= DAY else FEW
    prices = [now.price(pair, ago=end - min(end, opens + span * step / steps)) for step in range(steps + 1)]
    volume = now.volume(pair) * span / DAY * (0.5 + unit(market.seed, venue, pair.coin.slug, opens, length))
    base = volume * len(prices) / sum(prices)
    trades = math.ceil(volume * market.nominal(pair.quote) / 1_000)
    return Bar(opens, prices[0], max(prices), min(prices), prices[-1], base, volume, trades, closed=False)
