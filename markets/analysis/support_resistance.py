"""Support, resistance, breakouts and unusual moves, each with its evidence. Pure.

- Support and resistance: prices at which at least two swings turned. A swing is a high (low) above (below) the three
  candles on either side; swings within half an average true range are one level.
- Breakout: the last closed candle closed beyond every high or low of the 20 before it, and the one before had not.
- Volatility: the last closed candle's return is at least three times what was expected of it (EWMA).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import talib

from markets.analysis.series import Columns, Floats, Ints, log_returns
from markets.analysis.volatility import ewma

KINDS = ("breakout", "support", "resistance", "volatility")
SWING_CANDLES = 3
CHANNEL_CANDLES = 20
ATR_PERIOD = 14
MAX_DISTANCE_ATR = 1.0
"""Largest distance of a reported level, in average true ranges."""
HIGH_PRIORITY_ATR = 0.5
MIN_TOUCHES = 2
JUMP, GREAT_JUMP = 3.0, 4.0
MIN_CANDLES = 60


@dataclass(frozen=True, slots=True)
class PriceNote:
    """A notable price level or move. ``target`` is the price level, None if there is none.

    ``t`` is the unix time at which the newest candle of the evidence opened.
    """

    kind: str
    priority: str
    target: float | None
    message: str
    t: int
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Level:
    """A price level at which swings turned: their mean price, times and prices."""

    price: float
    touched: tuple[int, ...]
    prices: tuple[float, ...]


def price_notes(table: Columns, current: float, kinds: Sequence[str]) -> list[PriceNote]:
    """Find notable levels and moves in closed candles; none with fewer than ``MIN_CANDLES``."""
    if len(table) < MIN_CANDLES:
        return []
    atr = float(talib.ATR(table.high, table.low, table.close, ATR_PERIOD)[-1])
    notes = [finder(table, current, atr) for kind, finder in _FINDERS.items() if kind in kinds]
    return [note for note in notes if note is not None]


# -- support and resistance ------------------------------------------------------------------------------------------


def swings(values: Floats, sign: int) -> Ints:
    """Indices of swing highs (sign 1) or lows (-1) among the candles on either side; of equals, the first."""
    windows = np.lib.stride_tricks.sliding_window_view(values * sign, 2 * SWING_CANDLES + 1)
    return np.flatnonzero(windows.argmax(axis=1) == SWING_CANDLES).astype(np.int64) + SWING_CANDLES


def clusters(table: Columns, tolerance: float) -> list[Level]:
    """Group swings into levels: each within ``tolerance`` of its level's mean so far."""
    highs, lows = swings(table.high, 1), swings(table.low, -1)
    points = [(float(table.high[i]), int(table.t[i])) for i in highs] + [
        (float(table.low[i]), int(table.t[i])) for i in lows
    ]
    groups: list[list[tuple[float, int]]] = []
    for point in sorted(points):
        if groups and point[0] - _mean(groups[-1]) <= tolerance:
            groups[-1].append(point)
        else:
            groups.append([point])
    return [_level(group) for group in groups if len(group) >= MIN_TOUCHES]


def _mean(group: list[tuple[float, int]]) -> float:
    return sum(price for price, _ in group) / len(group)


def _level(group: list[tuple[float, int]]) -> Level:
    in_time = sorted(group, key=lambda point: point[1])
    return Level(_mean(group), tuple(t for _, t in in_time), tuple(price for price, _ in in_time))


def _support(table: Columns, current: float, atr: float) -> PriceNote | None:
    below = [level for level in clusters(table, atr / 2) if level.price <= current]
    return _near(max(below, key=lambda level: level.price, default=None), "support", current, atr)


def _resistance(table: Columns, current: float, atr: float) -> PriceNote | None:
    above = [level for level in clusters(table, atr / 2) if level.price > current]
    return _near(min(above, key=lambda level: level.price, default=None), "resistance", current, atr)


def _near(level: Level | None, kind: str, current: float, atr: float) -> PriceNote | None:
    if level is None or atr <= 0 or abs(level.price - current) > MAX_DISTANCE_ATR * atr:
        return None
    distance = abs(level.price - current) / atr
    message = f"The price is {distance:.2f} average true ranges from a level where {len(level.touched)} swings turned."
    evidence = {
        "touches": [{"t": t, "price": price} for t, price in zip(level.touched, level.prices, strict=True)],
        "atr": atr,
        "distance_in_atr": distance,
    }
    return PriceNote(
        kind, "high" if distance <= HIGH_PRIORITY_ATR else "medium", level.price, message, level.touched[-1], evidence
    )


# -- breakout --------------------------------------------------------------------------------------------------------


def _breakout(table: Columns, current: float, atr: float) -> PriceNote | None:
    for sign, edge, word in ((1, table.high, "highest high"), (-1, table.low, "lowest low")):
        level = sign * float((sign * edge[-CHANNEL_CANDLES - 1 : -1]).max())
        before = sign * float((sign * edge[-CHANNEL_CANDLES - 2 : -2]).max())
        beyond = sign * (float(table.close[-1]) - level)
        if beyond > 0 and sign * (float(table.close[-2]) - before) <= 0:
            message = f"The last closed candle closed beyond the {word} of the {CHANNEL_CANDLES} before it."
            return PriceNote(
                "breakout",
                "high" if beyond >= atr else "medium",
                level,
                message,
                int(table.t[-1]),
                {
                    "direction": "up" if sign > 0 else "down",
                    "close": float(table.close[-1]),
                    "channel_candles": CHANNEL_CANDLES,
                    "beyond_in_atr": beyond / atr if atr > 0 else None,
                    "volume_ratio": _volume_ratio(table),
                },
            )
    return None


def _volume_ratio(table: Columns) -> float | None:
    """Volume of the last candle over the mean of those before; None if volumes are unknown."""
    usual = float(table.volume[-CHANNEL_CANDLES - 1 : -1].mean())
    ratio = float(table.volume[-1]) / usual if usual > 0 else float("nan")
    return None if np.isnan(ratio) else ratio


# -- volatility ------------------------------------------------------------------------------------------------------


def _volatility(table: Columns, current: float, atr: float) -> PriceNote | None:
    returns = log_returns(table.close)
    expected = float(ewma(returns)[-2])
    if not expected > 0 or abs(returns[-1]) < JUMP * expected:
        return None
    times = abs(float(returns[-1])) / expected
    larger = int((np.abs(returns[:-1]) >= abs(returns[-1])).sum())
    message = f"The last closed candle moved {times:.1f} times what was expected of it."
    return PriceNote(
        "volatility",
        "high" if times >= GREAT_JUMP else "medium",
        None,
        message,
        int(table.t[-1]),
        {
            "return_percent": float(np.expm1(returns[-1])) * 100,
            "expected_percent": expected * 100,
            "times_expected": times,
            "as_large_before": larger,
            "compared_with": len(returns) - 1,
        },
    )


_FINDERS = {"breakout": _breakout, "support": _support, "resistance": _resistance, "volatility": _volatility}
