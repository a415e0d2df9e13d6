"""The commands an operator asks: who would be asked in any category, and what a forecast is worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from markets.analysis.resampling import grid
from markets.feeds import candle_store
from providers.catalogue.seed import seed
from providers.domain.categories import Category
from providers.domain.market_data import Candles
from providers.models import Chain
from providers.sandbox.client import Sandbox
from tests.hub import candle_hub, restart
from tests.markets.candle_maker import random_market

pytestmark = pytest.mark.relaxed_timing


def output_of(name: str, *args: str) -> str:
    out = StringIO()
    call_command(name, *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def candles(transactional_db: None, sandbox: Sandbox, settings: Any) -> Iterator[Chain]:
    settings.ALLOW_PRIVATE_UPSTREAMS = True
    with candle_hub(sandbox) as chain:
        yield chain


@pytest.mark.parametrize("category", Category)
def test_every_category_can_be_explained(candles: Chain, category: Category) -> None:
    seed()
    restart()
    result = output_of("explain", category.value, "BTC")
    expected = {Category.AI_PREDICTION: "random_walk", Category.TECHNICAL: "computed here"}
    assert expected.get(category, " 1. ") in result


def keep_days(count: int) -> None:
    """So many closed days of bitcoin in the store, up to yesterday."""
    openings = grid("1d", count + 1, None, datetime.now(UTC))[:-1]
    created = random_market(count, interval="1d", step=0.03)
    days = tuple(replace(candle, opens=opens) for candle, opens in zip(created, openings, strict=True))
    candle_store.write(Candles("bitcoin", "USDT", "1d", days), "*", "binance", datetime.now(UTC))


def test_a_forecast_says_what_it_is_worth_and_how_long_it_takes(candles: Chain) -> None:
    keep_days(500)
    result = output_of("forecast", "BTC", "--days", "3")
    assert "closed days from" in result
    assert "of a random walk's error" in result
    assert "intervals of 80% held in" in result
    assert "ms, the median of" in result


def test_a_coin_that_nobody_knows_is_refused(candles: Chain) -> None:
    for name, args in (("forecast", ["NOPE"]), ("explain", ["MARKET_PRICE", "NOPE"])):
        with pytest.raises(CommandError, match="NOPE"):
            output_of(name, *args)
