"""Backtests cross where lines cross, act on the next open, pay what trading costs, and never see ahead."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.analysis import backtest
from markets.analysis.backtest import NotEnoughCandles, TradingCosts, run
from markets.analysis.performance import max_drawdown, performance
from markets.analysis.series import columns, steps_per_year
from markets.analysis.strategies import STRATEGIES, BadParameter, crossings, params_for
from tests.markets.candle_maker import START, from_closes, random_market

FREE = TradingCosts(Decimal(10_000), Decimal(0), Decimal(0))
COSTLY = TradingCosts(Decimal(10_000), Decimal(10), Decimal(5))
SMALL = {"fast": 2, "slow": 3}
RULES = sorted(set(STRATEGIES) - {"buy_and_hold"})


def params(name: str, **given: Any) -> Any:
    return params_for(STRATEGIES[name], given)


def outcome_of(name: str, candles: Any, terms: Any = FREE, start: Any = START, **given: Any) -> Any:
    return run(name, candles, start, params(name, **given), terms, "1d")


# -- crossings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ([1, 3], [0, 1]),
        ([3, 1], [0, -1]),
        ([1, 2, 1], [0, 0, 0]),
        ([1, 2, 3], [0, 0, 1]),
        ([3, 2, 2, 1], [0, 0, 0, -1]),
        ([np.nan, 3, 1], [0, 0, -1]),
        ([3, 4, 5], [0, 0, 0]),
    ],
)
def test_a_crossing_is_a_change_of_side_and_a_touch_is_none(line: Any, expected: list[int]) -> None:
    assert crossings(np.array(line, float), np.full(len(line), 2.0)).tolist() == expected


# -- no look-ahead ------------------------------------------------------------------------------------------------


def test_a_signal_acts_on_the_next_candles_open() -> None:
    closes = [10, 9, 8, 7, 12, 13, 14, 6, 5, 5]
    opens = [10, 10, 9, 8, 7.5, 12.5, 13, 14, 6.5, 5]
    (trade,) = outcome_of("sma_crossover", from_closes(closes, opens=opens), **SMALL).trades
    day = timedelta(days=1)
    assert (trade.signal_at, trade.entry_at, trade.entry_price) == (START + 4 * day, START + 5 * day, Decimal("12.5"))
    assert (trade.exit_at, trade.exit_price, trade.is_open) == (START + 8 * day, Decimal("6.5"), False)


@pytest.mark.parametrize("name", RULES)
def test_what_comes_later_never_changes_an_earlier_signal(name: str) -> None:
    past, other = random_market(400, seed=11), random_market(800, seed=12)
    step = timedelta(hours=1)
    future = [
        type(c)(past[-1].opens + step * (i + 1), c.open, c.high, c.low, c.close, c.volume) for i, c in enumerate(other)
    ]
    rule = STRATEGIES[name]
    alone = rule.signals(columns(past), params(name))
    followed = rule.signals(columns([*past, *future]), params(name))
    assert alone.any()
    assert followed[: len(past)].tolist() == alone.tolist()


@given(name=st.sampled_from(sorted(STRATEGIES)), cut=st.integers(60, 199), seed=st.integers(0, 500))
def test_what_comes_later_never_changes_a_trade_that_is_over_or_the_equity_before(
    name: str, cut: int, seed: int
) -> None:
    candles = random_market(200, seed=seed, step=0.03)
    short = run(name, candles[:cut], candles[50].opens, params(name), COSTLY, "1h")
    whole = run(name, candles, candles[50].opens, params(name), COSTLY, "1h")
    assert whole.equity[: len(short.equity)] == short.equity
    ended = [trade for trade in short.trades if not trade.is_open]
    assert list(whole.trades[: len(ended)]) == ended


def test_no_trade_begins_before_the_period() -> None:
    candles = random_market(300)
    start = candles[150].opens
    found = run("sma_crossover", candles, start, params("sma_crossover", fast=3, slow=8), FREE, "1h")
    assert len(found.trades) > 3
    assert min(trade.entry_at for trade in found.trades) >= start
    assert found.candles[0].opens == start


def test_a_signal_at_the_last_close_before_the_period_acts_on_its_first_open() -> None:
    candles = from_closes([10, 9, 8, 7, 12, 13, 14])
    (trade,) = outcome_of("sma_crossover", candles, start=candles[5].opens, **SMALL).trades
    assert (trade.signal_at, trade.entry_at) == (candles[4].opens, candles[5].opens)


# -- money --------------------------------------------------------------------------------------------------------


def test_fees_and_slippage_are_paid_both_ways_to_the_last_digit() -> None:
    closes = [10, 9, 8, 7, 12, 13, 14, 6, 5, 5]
    opens = [10, 10, 9, 8, 7, 12, 13, 14, 6, 5]
    found = outcome_of("sma_crossover", from_closes(closes, opens=opens), COSTLY, **SMALL)
    bought, sold, fee = Decimal(12) * Decimal("1.0005"), Decimal(6) * Decimal("0.9995"), Decimal("0.001")
    quantity = 10_000 / (bought * (1 + fee))
    (trade,) = found.trades
    assert (trade.entry_price, trade.exit_price, trade.quantity) == (bought, sold, quantity)
    assert trade.received == quantity * sold * (1 - fee)
    assert found.final == trade.received


def test_a_position_open_at_the_end_is_valued_at_the_last_close_and_counted_apart() -> None:
    found = outcome_of("sma_crossover", from_closes([10, 9, 8, 7, 12, 13, 14, 15]), **SMALL)
    (trade,) = found.trades
    assert (trade.is_open, trade.exit_price) == (True, Decimal(15))
    assert found.final == Decimal(10_000) / 12 * 15
    assert backtest.trade_counts(found.trades) == {"total": 0, "winning": 0, "losing": 0, "open": 1, "win_rate": None}


def test_buy_and_hold_is_the_price_change_less_the_cost_of_buying() -> None:
    candles = from_closes([100, 150, 200], opens=[80, 100, 150])
    assert backtest.buy_and_hold(candles, START, FREE, "1d").final == Decimal(25_000)
    costly = backtest.buy_and_hold(candles, START, COSTLY, "1d").final
    assert costly == pytest.approx(Decimal(25_000) / (Decimal("1.0005") * Decimal("1.001")), rel=Decimal("1E-25"))


def test_without_a_signal_nothing_is_traded_and_nothing_lost() -> None:
    found = outcome_of("rsi", from_closes(range(100, 200)), COSTLY)
    assert (found.trades, found.final, found.exposure) == ((), Decimal(10_000), 0.0)


def test_winners_and_losers_are_counted_after_costs() -> None:
    closes = [10, 9, 8, 12, 13, 20, 12, 8, 7, 12, 13, 9, 6, 6]
    found = outcome_of("sma_crossover", from_closes(closes), COSTLY, **SMALL)
    answer: dict[str, Any] = {**backtest.trade_counts(found.trades)}
    assert answer["total"] == answer["winning"] + answer["losing"] == len([t for t in found.trades if t.profit])
    assert sum(t.profit for t in found.trades) == pytest.approx(found.final - 10_000, abs=Decimal("0.0001"))


def test_rsi_enters_on_the_way_back_up_and_leaves_on_the_way_back_down() -> None:
    rng = np.random.default_rng(2)
    wave = [100 + 30 * np.sin(i / 12) + rng.normal(0, 0.4) for i in range(300)]
    found = outcome_of("rsi", from_closes(wave))
    assert len(found.trades) >= 3
    assert all(trade.entry_price < 100 < trade.exit_price for trade in found.trades if not trade.is_open)


# -- metrics ------------------------------------------------------------------------------------------------------


def test_drawdown_is_from_the_highest_equity_before() -> None:
    assert max_drawdown(np.array([100, 120, 90, 130, 104.0])) == pytest.approx(25)
    assert max_drawdown(np.array([1.0, 2, 3])) == 0


def test_ratios_are_what_their_formulas_say() -> None:
    path = np.cumprod(np.array([100, *(1.02, 0.99, 1.01, 0.98) * 10])).astype(np.float64)
    returns = [0.02, -0.01, 0.01, -0.02] * 10
    found = performance(path, 365.25)
    year = 365.25**0.5
    assert found.sharpe == pytest.approx(np.mean(returns) / np.std(returns, ddof=1) * year, abs=1e-9)
    downside = (sum(min(value, 0) ** 2 for value in returns) / 40) ** 0.5
    assert found.sortino == pytest.approx(np.mean(returns) / downside * year, abs=1e-9)
    assert found.cagr == pytest.approx(((path[-1] / path[0]) ** (365.25 / 40) - 1) * 100)


def test_what_too_short_a_path_cannot_say_is_none_with_the_reason() -> None:
    found = performance(np.array([100, 101, 99, 102.0]), 365.25)
    assert (found.sharpe, found.sortino, found.cagr) == (None, None, None)
    assert found.unknown["sharpe"] == "30 returns are needed, and there are 3"
    assert found.unknown["cagr"] == "less than 30 days are not annualised"


def test_the_smallest_capital_has_its_percentages_too() -> None:
    tiny = TradingCosts(Decimal("1E-18"), Decimal(0), Decimal(0))
    held = backtest.buy_and_hold(from_closes(range(100, 160)), START, tiny, "1d")
    assert held.final == pytest.approx(Decimal("1.59E-18"))
    assert held.performance.sharpe is not None


def test_growth_beyond_all_measure_is_not_annualised() -> None:
    found = performance(np.array([1.0, *[2.0] * 20, *[1e30] * 20]), 365.25)
    assert (found.cagr, found.unknown["cagr"]) == (None, "too large to be meaningful")


def test_exposure_is_the_share_of_candles_in_the_market() -> None:
    found = outcome_of("sma_crossover", from_closes([10, 9, 8, 7, 12, 13, 14, 6, 5, 5]), **SMALL)
    assert found.exposure == pytest.approx(30)


def test_a_market_that_is_not_always_traded_has_fewer_candles_a_year() -> None:
    every_second = from_closes([100, 100, 103, 103, 101, 101] * 14)[::2]
    free = TradingCosts(Decimal(1000), Decimal(0), Decimal(0))
    found = backtest.buy_and_hold(every_second, START, free, "1d").performance
    closes = [100.0, *(float(candle.close) for candle in every_second)]
    returns = np.diff(closes) / closes[:-1]
    assert found.volatility == pytest.approx(np.std(returns, ddof=1) * 100 * (365.25 * 42 / 83) ** 0.5)


def test_a_year_has_its_candles() -> None:
    assert steps_per_year("1d") == pytest.approx(365.25)
    assert steps_per_year("1h") == pytest.approx(8766)


# -- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "given", "field", "why"),
    [
        ("sma_crossover", {"speed": 3}, "speed", "Allowed: fast, slow"),
        ("sma_crossover", {"fast": 50, "slow": 20}, "fast", "less than slow"),
        ("sma_crossover", {"fast": 2.5}, "fast", "whole number"),
        ("rsi", {"period": 1}, "period", "from 2 to 100"),
        ("rsi", {"period": "14"}, "period", "a number"),
        ("rsi", {"oversold": True}, "oversold", "a number"),
        ("rsi", {"oversold": float("nan")}, "oversold", "a number"),
        ("buy_and_hold", {"fast": 3}, "fast", "Allowed: none"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused_with_what_would(
    name: str, given: Any, field: str, why: str
) -> None:
    with pytest.raises(BadParameter) as refused:
        params_for(STRATEGIES[name], given)
    assert refused.value.name == field
    assert why in refused.value.reason


def test_a_period_without_candles_is_not_tested() -> None:
    with pytest.raises(NotEnoughCandles, match="2 closed candles are needed in the period, and 0 are known"):
        outcome_of("sma_crossover", from_closes(range(1, 50)), start=START + timedelta(days=90))
