"""The published formulas of technical indicators, written out plainly in Python: slow, and easy to check by eye.

Sources: J. W. Wilder, New Concepts in Technical Trading Systems (1978) for RSI, ATR and ADX; Gerald Appel for MACD;
John Bollinger, Bollinger on Bollinger Bands (2001); George Lane for the stochastic; Joseph Granville for OBV.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

Row = Sequence[float]


def sma(values: Row, period: int) -> float:
    return sum(values[-period:]) / period


def ema(values: Row, period: int) -> list[float]:
    """From the simple average of the first ``period`` values on."""
    average = sum(values[:period]) / period
    found = [average]
    for value in values[period:]:
        average += 2 / (period + 1) * (value - average)
        found.append(average)
    return found


def wilder(values: Row, period: int) -> list[float]:
    """Wilder's smoothing: the first average is simple, each later one takes in 1/period of the new value."""
    average = sum(values[:period]) / period
    found = [average]
    for value in values[period:]:
        average = (average * (period - 1) + value) / period
        found.append(average)
    return found


def rsi(close: Row, period: int = 14) -> list[float]:
    changes = [after - before for before, after in pairwise(close)]
    gains = wilder([max(change, 0) for change in changes], period)
    losses = wilder([max(-change, 0) for change in changes], period)
    return [100 - 100 / (1 + gain / loss) for gain, loss in zip(gains, losses, strict=True)]


def macd(close: Row) -> tuple[float, float]:
    fast, slow = ema(close, 12), ema(close, 26)
    line = [one - other for one, other in zip(fast[len(fast) - len(slow) :], slow, strict=True)]
    return line[-1], ema(line, 9)[-1]


def bands(close: Row, period: int = 20, width: float = 2) -> tuple[float, float, float]:
    middle = sma(close, period)
    deviation = math.sqrt(sum((value - middle) ** 2 for value in close[-period:]) / period)
    return middle + width * deviation, middle, middle - width * deviation


def true_ranges(high: Row, low: Row, close: Row) -> list[float]:
    return [
        max(high[i] - low[i], abs(high[i] - close[i - 1]), abs(low[i] - close[i - 1])) for i in range(1, len(close))
    ]


def atr(high: Row, low: Row, close: Row, period: int = 14) -> float:
    return wilder(true_ranges(high, low, close), period)[-1]


def adx(high: Row, low: Row, close: Row, period: int = 14) -> tuple[float, float, float]:
    """ADX, +DI, -DI."""
    ups = [high[i] - high[i - 1] for i in range(1, len(high))]
    downs = [low[i - 1] - low[i] for i in range(1, len(low))]
    plus = wilder([up if up > down and up > 0 else 0 for up, down in zip(ups, downs, strict=True)], period)
    minus = wilder([down if down > up and down > 0 else 0 for up, down in zip(ups, downs, strict=True)], period)
    ranges = wilder(true_ranges(high, low, close), period)
    pairs = [(100 * p / r, 100 * m / r) for p, m, r in zip(plus, minus, ranges, strict=True)]
    return wilder([100 * abs(p - m) / (p + m) for p, m in pairs], period)[-1], *pairs[-1]


def stochastic(high: Row, low: Row, close: Row, period: int = 14, smooth: int = 3) -> tuple[float, float]:
    """Slow %K and %D."""
    fast = []
    for end in range(period, len(close) + 1):
        highest, lowest = max(high[end - period : end]), min(low[end - period : end])
        fast.append(100 * (close[end - 1] - lowest) / (highest - lowest))
    slow = [sma(fast[:end], smooth) for end in range(smooth, len(fast) + 1)]
    return slow[-1], sma(slow, smooth)


def obv(close: Row, volume: Row) -> float:
    """Begins with the first volume, as TA-Lib counts."""
    total = volume[0]
    for i in range(1, len(close)):
        total += volume[i] * ((close[i] > close[i - 1]) - (close[i] < close[i - 1]))
    return total


def vwap(high: Row, low: Row, close: Row, volume: Row, period: int = 20) -> float:
    rows = list(zip(high, low, close, volume, strict=True))[-period:]
    return sum((h + lo + c) / 3 * v for h, lo, c, v in rows) / sum(v for *_, v in rows)
