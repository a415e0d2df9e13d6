"""Whether an answer was right is known without asking: the market is a function of time."""

from __future__ import annotations

import pytest

from cryptohub.tools.drill.harness import COINS
from cryptohub.tools.drill.oracle import PriceOracle
from markets.assets.seed import shipped
from providers.sandbox.client import Sandbox
from providers.sandbox.coins import read_coins
from providers.sandbox.market import Move
from providers.sandbox.server import CATALOGUE
from tests.cryptohub.tools.drill.parts import sample

BIG = ("binance", "kraken", "okx", "coinbase", "bybit", "kucoin", "gate", "bitstamp", "coingecko")


@pytest.fixture
def truth() -> PriceOracle:
    return PriceOracle(1, read_coins(CATALOGUE.read_text(encoding="utf-8")))


def test_it_agrees_with_the_sandbox(truth: PriceOracle, sandbox: Sandbox) -> None:
    answer = sandbox.price("bitcoin", "USDT", at=1_700_000_000.0)
    assert truth.error(sample(0, price=str(answer), fetched_at=1_700_000_000.0)) < 1e-9


def test_a_tenth_too_much_is_wrong_and_a_thousandth_is_not(truth: PriceOracle, sandbox: Sandbox) -> None:
    price = float(sandbox.price("bitcoin", "USDT", at=1_700_000_000.0))
    high, near = (sample(n, price=str(price * f), fetched_at=1_700_000_000.0) for n, f in enumerate((1.1, 1.001)))
    assert truth.wrong([high, near]) == frozenset({high})


@pytest.mark.parametrize("price", ["0", "-1", "NaN", "Infinity", ""])
def test_a_price_that_cannot_be_is_wrong(truth: PriceOracle, price: str) -> None:
    nonsense = sample(1, price=price, fetched_at=1_700_000_000.0)
    assert truth.wrong([nonsense]) == frozenset({nonsense})


def test_no_answer_is_not_a_wrong_one(truth: PriceOracle) -> None:
    assert truth.wrong([sample(1, price="", missing="unavailable")]) == frozenset()


def test_it_follows_a_hand_on_the_market(truth: PriceOracle, sandbox: Sandbox) -> None:
    before = sandbox.price("bitcoin", "USDT", at=1_700_000_000.0)
    truth.follow_move("bitcoin", Move(1_600_000_000.0, None, 2.0))
    assert truth.error(sample(1, price=str(before * 2), fetched_at=1_700_000_000.0)) < 1e-9


def test_the_drills_coins_are_known_to_all_the_large_sources_by_verified_names() -> None:
    rows = {row["slug"]: row for row in shipped()}
    assert [coin for coin in COINS if any(rows[coin][s] in ("", None) or "?" in rows[coin][s] for s in BIG)] == []
