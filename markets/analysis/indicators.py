"""Technical indicators of closed candles, computed by TA-Lib, with the textbook interpretation. Pure.

Every indicator is a dict of its members. An unknown member is None, and ``reason`` gives the cause. ``settled`` is
False while the history is so short that its beginning still moves a recursive average by more than a millionth.

Sources: RSI, ATR, ADX: J. Welles Wilder, New Concepts in Technical Trading Systems (1978). MACD: Gerald Appel.
Bollinger bands: population deviation, as John Bollinger defines them. Stochastic: slow %K and %D, 14-3-3. OBV:
Joseph Granville. VWAP: typical price weighted by volume over the last 20 candles.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import talib

from markets.analysis.series import Columns, Floats, closed, columns
from providers.domain.market_data import Candle
from providers.domain.wire_format import unix

Members = dict[str, Any]

RSI_PERIOD = ATR_PERIOD = ADX_PERIOD = STOCH_PERIOD = 14
BAND_PERIOD = VWAP_PERIOD = 20
OVERBOUGHT, OVERSOLD = 70.0, 30.0
STOCH_HIGH, STOCH_LOW = 80.0, 20.0
TRENDING = 25.0
"""Wilder's threshold: an ADX above it means a trend, in either direction."""

SIMPLE = talib.MA_Type.SMA  # type: ignore[attr-defined]  # exported, but the stubs do not say so

NO_MOVE = "the price did not move in this span"
NO_VOLUME = "no single source gives the volumes of these candles"


@dataclass(frozen=True, slots=True)
class Indicator:
    """Definition of an indicator.

    ``needs`` candles give a first value; after ``settles`` candles the start of the history no longer matters.
    """

    key: str
    needs: int
    settles: int
    compute: Callable[[Columns], Members]
    members: tuple[str, ...]


def compute(candles: Sequence[Candle], names: Iterable[str]) -> dict[str, Members]:
    """Compute indicators as of the last closed candle, by their key in the response."""
    table = columns(closed(candles))
    return {INDICATORS[name].key: _compute_or_reason(INDICATORS[name], table) for name in names}


def warm_up(names: Iterable[str]) -> int:
    """Number of closed candles after which all of these indicators are settled."""
    return max(INDICATORS[name].settles for name in names)


def _compute_or_reason(indicator: Indicator, table: Columns) -> Members:
    if len(table) < indicator.needs:
        reason = f"{indicator.needs} closed candles are needed, and {len(table)} are known"
        return dict.fromkeys(indicator.members) | {"reason": reason, "settled": False}
    members = indicator.compute(table)
    return {"reason": None} | members | {"settled": len(table) >= indicator.settles}


def scaled(table: Columns) -> tuple[Columns, float]:
    """Scale prices to about 1; returned with the factor that restores them.

    TA-Lib treats values below 1e-14 as zero, which the variance of a coin worth 0.00001 is. A power of two loses no
    digit.
    """
    factor = 2.0 ** math.floor(math.log2(float(table.close[0])))
    prices = (table.open / factor, table.high / factor, table.low / factor, table.close / factor)
    return Columns(table.t, *prices, table.volume), factor


def last(values: Floats) -> float:
    """Newest value of a column."""
    return float(values[-1])


# -- one function per indicator --------------------------------------------------------------------------------------


def _rsi(table: Columns) -> Members:
    near, _ = scaled(table)
    members: Members = {"value": None, "period": RSI_PERIOD, "interpretation": None}
    if not np.diff(near.close).any():
        return members | {"reason": NO_MOVE}
    value = last(talib.RSI(near.close, RSI_PERIOD))
    return members | {"value": value, "interpretation": _zone(value, OVERSOLD, OVERBOUGHT)}


def _zone(value: float, low: float, high: float) -> str:
    if value >= high:
        return "overbought"
    return "oversold" if value <= low else "neutral"


def _macd(table: Columns) -> Members:
    near, factor = scaled(table)
    line, signal, histogram = (last(values) * factor for values in talib.MACD(near.close, 12, 26, 9))
    return {"macd": line, "signal": signal, "histogram": histogram, "interpretation": _leaning(histogram)}


def _leaning(difference: float) -> str:
    if difference == 0:
        return "neutral"
    return "bullish" if difference > 0 else "bearish"


def _bands(table: Columns) -> Members:
    near, factor = scaled(table)
    upper, middle, lower = (last(values) * factor for values in talib.BBANDS(near.close, BAND_PERIOD, 2.0, 2.0))
    members: Members = {"upper": upper, "middle": middle, "lower": lower, "period": BAND_PERIOD, "position": None}
    if upper == lower:
        return members | {"percent_b": None, "reason": NO_MOVE}
    share = (last(table.close) - lower) / (upper - lower)
    return members | {"percent_b": share, "position": _band(share)}


def _band(share: float) -> str:
    if share > 1:
        return "above upper band"
    if share < 0:
        return "below lower band"
    return "upper half" if share >= 0.5 else "lower half"


def _sma(table: Columns) -> Members:
    fast, slow = (last(talib.SMA(table.close, period)) for period in (20, 50))
    return {"sma_20": fast, "sma_50": slow, "trend": _leaning(fast - slow)}


def _ema(table: Columns) -> Members:
    fast, slow = talib.EMA(table.close, 12), talib.EMA(table.close, 26)
    now, before = _leaning(fast[-1] - slow[-1]), _leaning(fast[-2] - slow[-2])
    crossed = now if before != now else "none"
    return {"ema_12": last(fast), "ema_26": last(slow), "crossover": crossed, "trend": now}


def _atr(table: Columns) -> Members:
    value = last(talib.ATR(table.high, table.low, table.close, ATR_PERIOD))
    return {"value": value, "period": ATR_PERIOD, "percent": value / last(table.close) * 100}


def _stoch(table: Columns) -> Members:
    near, _ = scaled(table)
    members: Members = {"k": None, "d": None, "period": STOCH_PERIOD, "interpretation": None}
    highest, lowest = talib.MAX(near.high, STOCH_PERIOD), talib.MIN(near.low, STOCH_PERIOD)
    if not (highest[-5:] > lowest[-5:]).all():
        return members | {"reason": NO_MOVE}
    k, d = talib.STOCH(near.high, near.low, near.close, STOCH_PERIOD, 3, SIMPLE, 3, SIMPLE)
    return members | {"k": last(k), "d": last(d), "interpretation": _zone(last(k), STOCH_LOW, STOCH_HIGH)}


def _adx(table: Columns) -> Members:
    near, _ = scaled(table)
    members: Members = dict.fromkeys(("value", "plus_di", "minus_di", "interpretation")) | {"period": ADX_PERIOD}
    if not (np.diff(near.high).any() or np.diff(near.low).any()):
        return members | {"reason": NO_MOVE}
    value, plus, minus = (
        last(function(near.high, near.low, near.close, ADX_PERIOD))
        for function in (talib.ADX, talib.PLUS_DI, talib.MINUS_DI)
    )
    direction = "trend upward" if plus > minus else "trend downward"
    words = direction if value >= TRENDING else "no clear trend"
    return members | {"value": value, "plus_di": plus, "minus_di": minus, "interpretation": words}


def _obv(table: Columns) -> Members:
    """On-balance volume over the newest candles with known volumes; ``since`` is the first of them."""
    members: Members = {"value": None, "since": None, "interpretation": None}
    unknown = np.flatnonzero(np.isnan(table.volume))
    first = int(unknown[-1]) + 1 if len(unknown) else 0
    if len(table) - first < INDICATORS["obv"].needs:
        return members | {"reason": NO_VOLUME}
    values = talib.OBV(table.close[first:], table.volume[first:])
    change = last(values) - float(values[-min(len(values), BAND_PERIOD)])
    words = "rising" if change > 0 else "falling"
    return members | {
        "value": last(values),
        "since": unix(float(table.t[first])),
        "interpretation": words if change else "unchanged",
    }


def _vwap(table: Columns) -> Members:
    span = slice(-VWAP_PERIOD, None)
    volume = table.volume[span]
    members: Members = {"value": None, "period": VWAP_PERIOD, "position": None}
    if np.isnan(volume).any():
        return members | {"reason": NO_VOLUME}
    if not volume.sum() > 0:
        return members | {"reason": "nothing was traded in this span"}
    typical = (table.high[span] + table.low[span] + table.close[span]) / 3
    value = float((typical * volume).sum() / volume.sum())
    position = _leaning(last(table.close) - value)
    return members | {"value": value, "position": {"bullish": "above", "bearish": "below"}.get(position, "at")}


INDICATORS: dict[str, Indicator] = {
    "rsi": Indicator("rsi", RSI_PERIOD + 1, 220, _rsi, ("value", "period", "interpretation")),
    "macd": Indicator("macd", 34, 250, _macd, ("macd", "signal", "histogram", "interpretation")),
    "bb": Indicator("bollinger_bands", BAND_PERIOD, BAND_PERIOD, _bands, ("upper", "middle", "lower", "position")),
    "sma": Indicator("sma", 50, 50, _sma, ("sma_20", "sma_50", "trend")),
    "ema": Indicator("ema", 27, 220, _ema, ("ema_12", "ema_26", "crossover", "trend")),
    "atr": Indicator("atr", ATR_PERIOD + 1, 220, _atr, ("value", "period", "percent")),
    "stoch": Indicator("stoch", STOCH_PERIOD + 4, STOCH_PERIOD + 4, _stoch, ("k", "d", "period", "interpretation")),
    "adx": Indicator("adx", 2 * ADX_PERIOD, 300, _adx, ("value", "plus_di", "minus_di", "period", "interpretation")),
    "obv": Indicator("obv", 2, 2, _obv, ("value", "since", "interpretation")),
    "vwap": Indicator("vwap", VWAP_PERIOD, VWAP_PERIOD, _vwap, ("value", "period", "position")),
}
