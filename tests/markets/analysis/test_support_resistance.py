"""Levels, breakouts and jumps are found where they are, each with its evidence, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from markets.analysis.series import columns
from markets.analysis.support_resistance import CHANNEL_CANDLES, KINDS, clusters, price_notes, swings
from tests.markets.candle_maker import from_closes, random_market


def wave(count: int = 120, low: float = 100.0, high: float = 110.0, period: int = 20) -> Any:
    """A price that turns at the same two levels again and again."""
    middle, reach = (low + high) / 2, (high - low) / 2
    return [round(middle + reach * np.sin(2 * np.pi * i / period), 4) for i in range(count)]


def found(closes: Any, current: Any, *kinds: Any) -> Any:
    return {finding.kind: finding for finding in price_notes(columns(from_closes(closes)), current, kinds or KINDS)}


def test_swings_are_beyond_the_three_on_either_side_and_seen_after_them() -> None:
    values = np.array([1, 2, 3, 9, 3, 2, 1, 2, 3, 8.0])
    assert swings(values, 1).tolist() == [3]
    assert swings(-values, -1).tolist() == [3]


def test_turns_at_one_price_are_one_level_with_all_its_touches() -> None:
    table = columns(from_closes(wave()))
    levels = clusters(table, 0.5)
    assert [round(level.price) for level in levels] == [100, 110]
    assert all(len(level.touched) >= 5 for level in levels)
    assert all(list(level.touched) == sorted(level.touched) for level in levels)


def test_near_the_bottom_there_is_support_with_its_evidence() -> None:
    answer = found(wave(), 100.4)
    assert set(answer) == {"support"}
    finding = answer["support"]
    assert finding.target == pytest.approx(100, abs=0.1)
    assert len(finding.evidence["touches"]) >= 5
    assert finding.evidence["distance_in_atr"] == pytest.approx((100.4 - finding.target) / finding.evidence["atr"])
    assert finding.t == finding.evidence["touches"][-1]["t"]


def test_near_the_top_there_is_resistance() -> None:
    answer = found(wave(), 109.5)
    assert set(answer) == {"resistance"}
    assert answer["resistance"].target > 109.5


def test_in_the_middle_there_is_nothing_to_say() -> None:
    assert found(wave(), 105.0) == {}


def test_nearer_is_more_urgent() -> None:
    assert found(wave(), 100.05)["support"].priority == "high"
    assert found(wave(), 100.9)["support"].priority == "medium"


@pytest.mark.parametrize(("last", "direction", "level"), [(115.0, "up", 110.0), (95.0, "down", 100.0)])
def test_closing_beyond_the_channel_is_a_breakout(last: float, direction: str, level: float) -> None:
    finding = found([*wave(), last], last, "breakout")["breakout"]
    assert (finding.evidence["direction"], finding.target) == (direction, pytest.approx(level, abs=0.01))
    assert finding.evidence["close"] == last


def test_a_breakout_is_told_once() -> None:
    assert "breakout" not in found([*wave(), 115, 120], 120, "breakout")


def test_a_price_that_only_reaches_beyond_and_comes_back_has_not_broken_out() -> None:
    candles = from_closes([*wave(), 105])
    candles[-1] = replace(candles[-1], high=Decimal(130))
    assert price_notes(columns(candles), 105, ["breakout"]) == []


def test_a_breakout_says_how_its_volume_compares_and_nothing_where_it_is_unknown() -> None:
    candles = from_closes([*wave(), 115])
    candles[-1] = replace(candles[-1], volume=Decimal(3))
    assert price_notes(columns(candles), 115, ["breakout"])[0].evidence["volume_ratio"] == pytest.approx(3)
    silent = from_closes([*wave(), 115], volume=None)
    assert price_notes(columns(silent), 115, ["breakout"])[0].evidence["volume_ratio"] is None


def test_a_move_far_beyond_the_expected_is_told_with_the_count_it_was_compared_with() -> None:
    rng = np.random.default_rng(1)
    quiet = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 200)))
    (finding,) = price_notes(columns(from_closes([*quiet, quiet[-1] * 1.08])), quiet[-1] * 1.08, ["volatility"])
    assert finding.evidence["return_percent"] == pytest.approx(8)
    assert finding.evidence["times_expected"] > 4
    assert (finding.priority, finding.target, finding.evidence["compared_with"]) == ("high", None, 199)
    assert price_notes(columns(from_closes([*quiet, quiet[-1] * 1.01])), quiet[-1], ["volatility"]) == []


def test_only_what_was_asked_for_is_looked_for() -> None:
    assert set(found([*wave(), 115], 115, "breakout")) == {"breakout"}


def test_too_few_candles_say_nothing() -> None:
    assert price_notes(columns(random_market(59)), 50_000, KINDS) == []


def test_a_market_without_levels_makes_no_constant_noise() -> None:
    result = sum(
        len(price_notes(columns(random_market(300, seed=seed)), 0, ["volatility", "breakout"])) for seed in range(100)
    )
    assert result < 30
    assert CHANNEL_CANDLES == 20
