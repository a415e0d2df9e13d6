"""Indicators agree with the published formulas, and say so when the history is too short."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from markets.analysis import indicators
from markets.analysis.indicators import INDICATORS, compute
from tests.markets.analysis import textbook
from tests.markets.candle_maker import from_closes, random_market

STOCKCHARTS_RSI = (
    "44.3389 44.0902 44.1497 43.6124 44.3278 44.8264 45.0955 45.4245 45.8433 46.0826 45.8931 46.0328 45.6140 46.2820 "
    "46.2820 46.0028 46.0328 46.4116 46.2222 45.6439 46.2122 46.2521 45.7137 46.4515 45.7835 45.3548 44.0288 44.1783 "
    "44.2181 44.5672 43.4205 42.6628 43.1314"
).split()
"""The closes of StockCharts ChartSchool's worked example of Wilder's RSI (cs-rsi.xls), and what it finds from them."""
STOCKCHARTS_FOUND = (
    "70.53 66.32 66.55 69.41 66.36 57.97 62.93 63.26 56.06 62.38 54.71 50.42 39.99 41.46 41.87 45.46 37.30 33.08 37.77"
).split()


def columns(count: int = 400, seed: int = 1) -> Any:
    candles = random_market(count, seed=seed)
    rows = {name: [float(getattr(candle, name)) for candle in candles] for name in ("high", "low", "close", "volume")}
    return candles, rows


def one(name: str, candles: Any) -> Any:
    return compute(candles, [name])[INDICATORS[name].key]


@pytest.mark.parametrize("count", range(15, 34))
def test_rsi_is_that_of_the_published_worked_example(count: int) -> None:
    value = one("rsi", from_closes(STOCKCHARTS_RSI[:count]))["value"]
    assert value == pytest.approx(float(STOCKCHARTS_FOUND[count - 15]), abs=0.006)


def test_rsi_agrees_with_wilders_formula() -> None:
    candles, rows = columns()
    assert one("rsi", candles)["value"] == pytest.approx(textbook.rsi(rows["close"])[-1], rel=1e-9)


def test_macd_agrees_with_appels_formula() -> None:
    candles, rows = columns()
    line, signal = textbook.macd(rows["close"])
    answer = one("macd", candles)
    assert (answer["macd"], answer["signal"]) == pytest.approx((line, signal), rel=1e-6)
    assert answer["histogram"] == pytest.approx(line - signal, rel=1e-6)


def test_bands_agree_with_bollingers_formula() -> None:
    candles, rows = columns()
    answer = one("bb", candles)
    bands = (answer["upper"], answer["middle"], answer["lower"])
    assert bands == pytest.approx(textbook.bands(rows["close"]), rel=1e-9)


def test_averages_agree_with_their_formulas() -> None:
    candles, rows = columns()
    answer = compute(candles, ["sma", "ema"])
    assert answer["sma"]["sma_20"] == pytest.approx(textbook.sma(rows["close"], 20), rel=1e-9)
    assert answer["sma"]["sma_50"] == pytest.approx(textbook.sma(rows["close"], 50), rel=1e-9)
    assert answer["ema"]["ema_12"] == pytest.approx(textbook.ema(rows["close"], 12)[-1], rel=1e-9)
    assert answer["ema"]["ema_26"] == pytest.approx(textbook.ema(rows["close"], 26)[-1], rel=1e-9)


def test_atr_and_adx_agree_with_wilders_formulas() -> None:
    candles, rows = columns()
    prices = rows["high"], rows["low"], rows["close"]
    answer = compute(candles, ["atr", "adx"])
    assert answer["atr"]["value"] == pytest.approx(textbook.atr(*prices), rel=1e-6)
    found = answer["adx"]["value"], answer["adx"]["plus_di"], answer["adx"]["minus_di"]
    assert found == pytest.approx(textbook.adx(*prices), rel=1e-6)


def test_the_stochastic_obv_and_vwap_agree_with_their_formulas() -> None:
    candles, rows = columns()
    answer = compute(candles, ["stoch", "obv", "vwap"])
    k, d = textbook.stochastic(rows["high"], rows["low"], rows["close"])
    assert (answer["stoch"]["k"], answer["stoch"]["d"]) == pytest.approx((k, d), rel=1e-6)
    assert answer["obv"]["value"] == pytest.approx(textbook.obv(rows["close"], rows["volume"]), rel=1e-9)
    assert answer["vwap"]["value"] == pytest.approx(textbook.vwap(*rows.values()), rel=1e-9)


@pytest.mark.parametrize("name", sorted(INDICATORS))
def test_after_the_warm_up_what_was_before_does_not_matter(name: str) -> None:
    candles = random_market(1000, seed=3)
    long, short = one(name, candles), one(name, candles[-indicators.warm_up([name]) :])
    assert short["settled"] is True
    for member, value in short.items():
        if isinstance(value, float) and name != "obv":  # a running total counts from where it began
            scale = float(candles[-1].close) if name == "macd" else 0
            assert value == pytest.approx(long[member], rel=1e-6, abs=1e-6 * scale / 100), member


@pytest.mark.parametrize("name", sorted(INDICATORS))
def test_too_short_a_history_is_null_with_the_reason(name: str) -> None:
    needs = INDICATORS[name].needs
    answer = one(name, random_market(needs - 1))
    assert all(answer[member] is None for member in INDICATORS[name].members)
    assert answer["reason"] == f"{needs} closed candles are needed, and {needs - 1} are known"


@pytest.mark.parametrize("name", sorted(INDICATORS))
def test_just_enough_history_is_answered_with_numbers(name: str) -> None:
    answer = one(name, random_market(INDICATORS[name].needs, seed=7))
    assert answer["reason"] is None
    assert all(answer[member] is not None for member in INDICATORS[name].members)
    assert all(math.isfinite(value) for value in answer.values() if isinstance(value, float))


def test_a_coin_worth_next_to_nothing_has_bands_as_wide_as_any() -> None:
    candles = random_market(300)
    scale = Decimal(2) ** -50
    tiny = [
        replace(candle, **{name: getattr(candle, name) * scale for name in ("open", "high", "low", "close")})
        for candle in candles
    ]
    names = ["rsi", "bb", "macd", "stoch", "adx"]
    usual, small = compute(candles, names), compute(tiny, names)
    assert small["rsi"]["value"] == pytest.approx(usual["rsi"]["value"], rel=1e-9)
    assert small["bollinger_bands"]["percent_b"] == pytest.approx(usual["bollinger_bands"]["percent_b"], rel=1e-6)
    assert small["macd"]["macd"] == pytest.approx(usual["macd"]["macd"] * 2.0**-50, rel=1e-6)
    assert small["stoch"]["k"] == pytest.approx(usual["stoch"]["k"], rel=1e-9)
    assert small["adx"]["value"] == pytest.approx(usual["adx"]["value"], rel=1e-9)


@pytest.mark.parametrize(("name", "member"), [("rsi", "value"), ("bb", "percent_b"), ("stoch", "k"), ("adx", "value")])
def test_a_price_that_never_moved_is_said_to_have_none(name: str, member: str) -> None:
    answer = one(name, from_closes(["1.0001"] * 100))
    assert answer[member] is None
    assert answer["reason"] == "the price did not move in this span"


@pytest.mark.parametrize("name", ["obv", "vwap"])
def test_without_volumes_what_needs_them_is_null_with_the_reason(name: str) -> None:
    answer = one(name, from_closes(range(1, 60), volume=None))
    assert (answer["value"], answer["reason"]) == (None, indicators.NO_VOLUME)


def test_a_forming_candle_changes_nothing() -> None:
    candles = random_market(300)
    forming = replace(candles[-1], close=candles[-1].close * 2, high=candles[-1].high * 2, closed=False)
    assert compute([*candles[:-1], forming], INDICATORS) == compute(candles[:-1], INDICATORS)


def test_an_average_crossover_is_told_on_the_candle_it_happens() -> None:
    falling = [100 - 0.1 * i for i in range(60)]
    assert one("ema", from_closes([*falling, 120]))["crossover"] == "bullish"
    assert one("ema", from_closes([*falling, 120, 121]))["crossover"] == "none"


def test_how_long_all_of_them_take_on_a_thousand_candles() -> None:
    candles = random_market(1000)
    compute(candles, INDICATORS)
    began = time.perf_counter()
    answer = compute(candles, INDICATORS)
    print(f"ten indicators on 1000 candles: {(time.perf_counter() - began) * 1000:.2f} ms")
    assert len(answer) == len(INDICATORS)
