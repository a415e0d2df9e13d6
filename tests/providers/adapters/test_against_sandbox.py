"""Adapters and the sandbox's fakes over real HTTP: what one asks the other answers, in the provider's own format."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from providers.domain.adapter import Lookup
from providers.domain.categories import Category
from providers.domain.market_data import ANY_DOLLAR, Instrument, Quote
from providers.domain.outcomes import Failure, Outcome
from providers.sandbox.client import Sandbox
from providers.sandbox.coins import Coin
from tests.providers.adapters import sandbox_calls
from tests.providers.adapters.support import PRICED, handler, lookup_of

WANTED = ("bitcoin", "ethereum", "solana", "dogecoin", "tether")
NEAR = Decimal("0.005")
"""A venue's own price lies this close to the fair one."""


def answered(sandbox: Sandbox, slug: str, lookups: list[Lookup[Instrument]]) -> dict[Instrument, Quote]:
    return sandbox_calls.answered(sandbox, slug, Category.MARKET_PRICE, lookups)


@pytest.mark.parametrize("slug", PRICED)
def test_every_provider_answers_what_its_adapter_asks(sandbox: Sandbox, coins: dict[str, Coin], slug: str) -> None:
    lookup_list = [Lookup(Instrument(name, ANY_DOLLAR), coins[name].name_at(slug)) for name in WANTED]
    lookup_list = [one for one in lookup_list if one.name and handler(slug).accepts(one)][: handler(slug).max_items]
    quotes = answered(sandbox, slug, lookup_list)
    assert list(quotes) == [one.item for one in lookup_list] != []
    for quote in quotes.values():
        fair = sandbox.price(coins[quote.asset].symbol, quote.currency)
        assert abs(quote.price / fair - 1) < NEAR


@pytest.mark.parametrize("slug", PRICED)
def test_no_provider_knows_a_coin_that_is_not(sandbox: Sandbox, slug: str) -> None:
    nothing = lookup_of("999999999" if slug == "coinmarketcap" else "NOPE")
    try:
        assert answered(sandbox, slug, [nothing]) == {}
    except Failure as failure:
        assert failure.outcome is Outcome.UNKNOWN_ASSET  # noqa: PT017 - either ending is right: providers differ


@pytest.mark.parametrize("slug", PRICED)
@pytest.mark.parametrize(
    ("kind", "options", "outcome"),
    [
        ("status", {"status": 429, "retry_after": 30}, Outcome.RATE_LIMITED),
        ("error200", {}, Outcome.BROKEN),
        ("html200", {}, Outcome.BROKEN),
        ("empty", {}, Outcome.BROKEN),
        ("wrong_price", {"factor": "nan"}, Outcome.IMPLAUSIBLE),
    ],
)
def test_every_fault_has_its_outcome_at_every_provider(
    sandbox: Sandbox, coins: dict[str, Coin], slug: str, kind: str, options: dict[str, Any], outcome: Outcome
) -> None:
    sandbox.fault(slug, kind, **options)
    with pytest.raises(Failure) as caught:
        answered(sandbox, slug, [Lookup(Instrument("bitcoin"), coins["bitcoin"].name_at(slug))])
    assert caught.value.outcome is outcome
    assert (caught.value.retry_at is None) == (outcome is not Outcome.RATE_LIMITED)
