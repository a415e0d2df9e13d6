"""Order books asked of the sandbox's fakes over real HTTP: they lie around the one market's price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from providers.domain.adapter import Lookup
from providers.domain.categories import Category
from providers.domain.market_data import OrderBook, OrderBookQuery
from providers.domain.outcomes import Failure, Outcome
from providers.sandbox.client import Sandbox
from providers.sandbox.coins import Coin
from tests.providers.adapters.sandbox_calls import answered
from tests.providers.adapters.support import book_handler, levels
from tests.providers.adapters.test_books import PAYLOADS

NEAR = Decimal("0.005")
"""A venue's own price lies this close to the fair one."""


def asked(sandbox: Sandbox, coins: dict[str, Coin], slug: str, asset: str = "bitcoin", count: int = 20) -> OrderBook:
    depth = OrderBookQuery(asset, levels=count)
    result = answered(sandbox, slug, Category.MARKET_ORDERBOOK, [Lookup(depth, coins[asset].name_at(slug))])[depth]
    assert isinstance(result, OrderBook)
    return result


@pytest.mark.parametrize("slug", PAYLOADS)
@pytest.mark.parametrize("asset", ["bitcoin", "dogecoin"])
def test_a_book_encloses_the_price(sandbox: Sandbox, coins: dict[str, Coin], slug: str, asset: str) -> None:
    result = asked(sandbox, coins, slug, asset)
    assert (len(result.bids), len(result.asks)) == (20, 20)
    fair = sandbox.price(coins[asset].symbol, result.currency)
    assert abs(result.bids[0][0] / fair - 1) < NEAR
    assert abs(result.asks[0][0] / fair - 1) < NEAR


@pytest.mark.parametrize("slug", PAYLOADS)
def test_a_book_is_as_deep_as_was_asked(sandbox: Sandbox, coins: dict[str, Coin], slug: str) -> None:
    for count in (1, 5, 100):
        result = asked(sandbox, coins, slug, count=count)
        assert (len(result.bids), len(result.asks)) == (count, count)


@pytest.mark.parametrize("slug", PAYLOADS)
def test_no_venue_has_a_book_of_a_coin_that_is_not(sandbox: Sandbox, slug: str) -> None:
    ask = levels("NOPE")
    assert book_handler(slug).accepts(ask)
    with pytest.raises(Failure) as caught:
        answered(sandbox, slug, Category.MARKET_ORDERBOOK, [ask])
    assert caught.value.outcome is Outcome.UNKNOWN_ASSET


@pytest.mark.parametrize("slug", PAYLOADS)
@pytest.mark.parametrize(
    ("kind", "options", "outcome"),
    [
        ("status", {"status": 429, "retry_after": 30}, Outcome.RATE_LIMITED),
        ("error200", {}, Outcome.BROKEN),
        ("html200", {}, Outcome.BROKEN),
        ("empty", {}, Outcome.BROKEN),
        ("wrong_price", {"factor": "nan"}, Outcome.IMPLAUSIBLE),
        ("wrong_price", {"factor": "0"}, Outcome.IMPLAUSIBLE),
        ("wrong_price", {"factor": "-1"}, Outcome.IMPLAUSIBLE),
    ],
)
def test_every_fault_has_its_outcome_for_books(
    sandbox: Sandbox, coins: dict[str, Coin], slug: str, kind: str, options: dict[str, Any], outcome: Outcome
) -> None:
    sandbox.fault(slug, kind, **options)
    with pytest.raises(Failure) as caught:
        asked(sandbox, coins, slug)
    assert caught.value.outcome is outcome
