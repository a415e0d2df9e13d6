"""Trading rules for backtests: when each enters and leaves the market. Pure.

A rule sees candles up to and including one that has closed, and gives a signal at that close: enter (1), leave (-1) or
nothing (0). It never sees a later candle. ``backtest`` executes the signal at the next candle's open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import talib

from markets.analysis.indicators import scaled
from markets.analysis.series import Columns, Floats

Signals = npt.NDArray[np.int8]
Params = Mapping[str, float]


class BadParameter(ValueError):  # noqa: N818 - describes the input, not a failure of the program
    """An unknown parameter, or a value out of its bounds."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(why)
        self.name = name
        self.reason = why


@dataclass(frozen=True, slots=True)
class Bound:
    """Default and bounds of a parameter; periods are whole numbers of candles."""

    default: float
    low: float
    high: float
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Strategy:
    """A rule with its parameters; ``warm_up`` closed candles before the first day let its averages settle."""

    about: str
    bounds: Mapping[str, Bound]
    signals: Callable[[Columns, Params], Signals]
    warm_up: Callable[[Params], int]
    ordered: tuple[str, str] | None = None
    """Two parameters, the first of which must be smaller."""
    buys_at_start: bool = False
    """True if the rule buys at the first open, without a signal."""


def params_for(strategy: Strategy, given: Mapping[str, object]) -> dict[str, float]:
    """Validate parameters and fill in defaults. Raises BadParameter."""
    for name in given:
        if name not in strategy.bounds:
            raise BadParameter(name, f"No such parameter. Allowed: {', '.join(strategy.bounds) or 'none'}.")
    params = {name: _value(name, bound, given.get(name, bound.default)) for name, bound in strategy.bounds.items()}
    if strategy.ordered and params[strategy.ordered[0]] >= params[strategy.ordered[1]]:
        raise BadParameter(strategy.ordered[0], f"Must be less than {strategy.ordered[1]}.")
    return params


def _value(name: str, bound: Bound, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not bound.low <= value <= bound.high:
        raise BadParameter(name, f"Must be a number from {bound.low:g} to {bound.high:g}.")
    if bound.whole and value != int(value):
        raise BadParameter(name, "Must be a whole number.")
    return value


# -- crossings -------------------------------------------------------------------------------------------------------


def crossings(line: Floats, over: Floats) -> Signals:
    """Signals of crossings: 1 where ``line`` moves above ``over``, -1 where it moves below.

    A line that touches and turns back has not crossed. Unknown values (NaN) cross nothing.
    """
    side = np.where(np.isnan(line) | np.isnan(over), 0, np.sign(line - over))
    nonzero = np.flatnonzero(side)
    signals = np.zeros(len(side), dtype=np.int8)
    turned = side[nonzero[1:]] != side[nonzero[:-1]]
    signals[nonzero[1:][turned]] = side[nonzero[1:][turned]]
    return signals


def _level(like: Floats, value: float) -> Floats:
    return np.full(len(like), value)


def _only(signals: Signals, sign: int) -> Signals:
    return np.where(signals == sign, sign, 0).astype(np.int8)


# -- the rules -------------------------------------------------------------------------------------------------------


def _sma_crossover(table: Columns, params: Params) -> Signals:
    return crossings(talib.SMA(table.close, int(params["fast"])), talib.SMA(table.close, int(params["slow"])))


def _ema_crossover(table: Columns, params: Params) -> Signals:
    return crossings(talib.EMA(table.close, int(params["fast"])), talib.EMA(table.close, int(params["slow"])))


def _rsi(table: Columns, params: Params) -> Signals:
    """Enter on a crossing up through the oversold level, leave on one down through the overbought level."""
    value = talib.RSI(table.close, int(params["period"]))
    enter = crossings(value, _level(value, params["oversold"]))
    leave = crossings(value, _level(value, params["overbought"]))
    return np.where(leave < 0, leave, _only(enter, 1)).astype(np.int8)


def _macd_signal(table: Columns, params: Params) -> Signals:
    line, signal, _ = talib.MACD(table.close, int(params["fast"]), int(params["slow"]), int(params["signal"]))
    return crossings(line, signal)


def _bollinger(table: Columns, params: Params) -> Signals:
    """Enter on a crossing up through the lower band, leave on one up through the upper band."""
    near, _ = scaled(table)
    width = float(params["deviations"])
    upper, _, lower = talib.BBANDS(near.close, int(params["period"]), width, width)
    leave, enter = crossings(near.close, upper), crossings(near.close, lower)
    return np.where(leave > 0, -leave, _only(enter, 1)).astype(np.int8)


def _never(table: Columns, params: Params) -> Signals:
    return np.zeros(len(table), dtype=np.int8)


def _slowest(times: float) -> Callable[[Params], int]:
    """Warm-up in multiples of the longest period: recursive averages forget their beginning slowly."""
    return lambda params: (
        int(max((params[name] for name in ("slow", "period") if name in params), default=0) * times) + 2
    )


_FAST, _SLOW = Bound(20, 2, 200), Bound(50, 3, 300)

STRATEGIES: dict[str, Strategy] = {
    "sma_crossover": Strategy(
        "Invested while the fast simple average is above the slow one.",
        {"fast": _FAST, "slow": _SLOW},
        _sma_crossover,
        _slowest(1),
        ("fast", "slow"),
    ),
    "ema_crossover": Strategy(
        "Invested while the fast exponential average is above the slow one.",
        {"fast": Bound(12, 2, 200), "slow": Bound(26, 3, 300)},
        _ema_crossover,
        _slowest(5),
        ("fast", "slow"),
    ),
    "rsi": Strategy(
        "Enters when Wilder's RSI rises through oversold, leaves when it falls through overbought.",
        {"period": Bound(14, 2, 100), "oversold": Bound(30, 1, 50, False), "overbought": Bound(70, 50, 99, False)},
        _rsi,
        _slowest(10),
        ("oversold", "overbought"),
    ),
    "macd_signal": Strategy(
        "Invested while the MACD line is above its signal line.",
        {"fast": Bound(12, 2, 100), "slow": Bound(26, 3, 200), "signal": Bound(9, 2, 100)},
        _macd_signal,
        _slowest(7),
        ("fast", "slow"),
    ),
    "bollinger": Strategy(
        "Enters when the close rises through the lower band, leaves when it rises through the upper band.",
        {"period": Bound(20, 2, 200), "deviations": Bound(2, 0.5, 5, False)},
        _bollinger,
        _slowest(1),
    ),
    "buy_and_hold": Strategy(
        "Buys at the first open and holds to the end.", {}, _never, lambda _: 0, buys_at_start=True
    ),
}
