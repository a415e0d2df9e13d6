"""The market: the same everywhere, smooth, moving, and steered without touching the past."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.sandbox.market import DAY, Market, Move
from tests.providers.sandbox.wire import COINS, NOW

MARKET = Market(1, COINS)
SLUGS = [coin.slug for coin in COINS]
times = st.floats(1.7e9, 2.0e9)


def test_a_process_with_other_hashes_sees_the_same_prices() -> None:
    code = (
        "from tests.providers.sandbox.wire import COINS, NOW\n"
        "from providers.sandbox.market import Market\n"
        "print(repr([Market(1, COINS).fair(coin.slug, NOW) for coin in COINS]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    other = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == repr([MARKET.fair(slug, NOW) for slug in SLUGS])


def test_another_seed_is_another_market() -> None:
    assert Market(2, COINS).fair("bitcoin", NOW) != MARKET.fair("bitcoin", NOW)


@given(st.sampled_from(SLUGS), times, st.floats(0, 10))
def test_a_price_read_ten_seconds_ago_is_still_right_to_a_twentieth_of_a_percent(
    slug: str, t: float, ago: float
) -> None:
    assert MARKET.fair(slug, t - ago) == pytest.approx(MARKET.fair(slug, t), rel=5e-4)


@given(times)
def test_bitcoin_moves_within_any_three_seconds(t: float) -> None:
    prices = {round(MARKET.fair("bitcoin", t + second), 2) for second in range(4)}
    assert len(prices) > 1


@given(st.sampled_from(["tether", "usd-coin"]), times)
def test_dollar_tokens_stay_within_a_twentieth_of_a_percent_of_a_dollar(slug: str, t: float) -> None:
    assert MARKET.fair(slug, t) == pytest.approx(1, abs=5e-4)


def test_a_coin_keeps_near_its_level_and_still_changes_over_days() -> None:
    prices = [MARKET.fair("bitcoin", NOW + day * DAY) for day in range(60)]
    assert max(prices) / min(prices) > 1.05
    assert all(0.9 < price / MARKET.by_slug["bitcoin"].level < 1.1 for price in prices)


def test_a_set_price_holds_from_its_moment_on_and_leaves_the_past() -> None:
    steered = MARKET.steered("bitcoin", Move(NOW, price=50_000.0))
    assert steered.fair("bitcoin", NOW) == steered.fair("bitcoin", NOW + 3600) == 50_000
    assert steered.fair("bitcoin", NOW - 1) == MARKET.fair("bitcoin", NOW - 1)


def test_a_factor_multiplies_the_natural_path_which_goes_on() -> None:
    steered = MARKET.steered("bitcoin", Move(NOW, factor=1.2))
    assert steered.fair("bitcoin", NOW + 50) == pytest.approx(1.2 * MARKET.fair("bitcoin", NOW + 50))
    assert steered.fair("ethereum", NOW + 50) == MARKET.fair("ethereum", NOW + 50)


def test_a_move_over_some_seconds_passes_through_the_prices_between() -> None:
    steered = MARKET.steered("bitcoin", Move(NOW, price=40_000.0, over=10))
    halfway = steered.fair("bitcoin", NOW + 5)
    assert 40_000 < halfway < MARKET.fair("bitcoin", NOW + 5)
    assert steered.fair("bitcoin", NOW + 10) == 40_000


def test_letting_go_returns_to_the_natural_price() -> None:
    steered = MARKET.steered("bitcoin", Move(NOW, price=40_000.0)).steered("bitcoin", Move(NOW + 1))
    assert steered.fair("bitcoin", NOW + 2) == MARKET.fair("bitcoin", NOW + 2)


def test_a_pegged_coin_follows_what_it_is_pegged_to() -> None:
    steered = MARKET.steered("bitcoin", Move(NOW, price=50_000.0))
    assert steered.fair("wrapped-bitcoin", NOW) == pytest.approx(50_000, rel=5e-4)


def test_a_price_in_tether_is_the_dollar_price_over_tethers() -> None:
    expected = MARKET.fair("bitcoin", NOW) / MARKET.fair("tether", NOW)
    assert MARKET.cross("bitcoin", "USDT", NOW) == pytest.approx(expected)


def test_a_shared_symbol_means_the_highest_ranked_coin() -> None:
    found = MARKET.find("btc")
    assert found is not None
    assert found.slug == "bitcoin"
    assert MARKET.find("no-such-coin") is None
