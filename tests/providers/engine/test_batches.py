"""Prices fail over one by one: what one does not answer the next completes; not knowing is nobody's fault."""

from __future__ import annotations

from typing import Any

import pytest

from providers.domain.market_data import Instrument
from tests.providers.engine_harness import BTC, COINS, ETH, SOL, Road, names, tried

pytestmark = pytest.mark.relaxed_timing

NOBODY = Instrument("no-such-coin")


def without(provider: str, *slugs: str) -> Any:
    """The names as they are, but for these coins, which this provider does not have."""
    return lambda slug: {k: v for k, v in names(slug).items() if slug != provider or k not in slugs}


def wrong_name(provider: str, **wrong: str) -> Any:
    """The names as they are, but for these coins, for which ours are not the provider's own."""
    return lambda slug: {**names(slug), **(wrong if slug == provider else {})}


def quoted(provider: str) -> list[str]:
    """Coins that this provider prices in its dollar, which is not a coin of its own."""
    return [row["slug"] for row in COINS if row["slug"] in names(provider) and row["slug"] != "tether"]


def test_three_and_twenty_coins_are_right_from_one_call(road: Road) -> None:
    road.build("coingecko", "kraken")
    items = [Instrument(row["slug"]) for row in COINS[:23]]
    result = road.ask(*items)
    assert road.right(result, *items) == "coingecko"
    assert road.calls() == 1


def test_what_the_first_provider_does_not_have_the_next_completes(road: Road) -> None:
    road.build("binance", "kraken", "coingecko")
    result = road.ask(BTC, ETH, SOL, names=without("binance", "ethereum", "solana"))
    road.right(result, BTC, ETH, SOL)
    assert {item: result.answered[item].provider for item in result.answered} == {
        BTC: "binance",
        ETH: "kraken",
        SOL: "kraken",
    }
    assert road.blamed() == set()


def test_each_row_says_its_own_source_host_currency_and_time(road: Road) -> None:
    road.build("binance", "kraken")
    result = road.ask(BTC, ETH, names=without("binance", "ethereum"))
    btc, eth = result.answered[BTC], result.answered[ETH]
    assert (btc.value.currency, eth.value.currency) == ("USDT", "USD")
    assert btc.host != eth.host
    assert eth.fetched_at > btc.fetched_at


def test_an_unknown_coin_is_unknown_and_blames_nobody(road: Road) -> None:
    road.build("binance", "kraken", "coingecko")
    result = road.ask(BTC, NOBODY)
    assert road.right(result) == "binance"
    assert result.missing == {NOBODY: "unknown"}
    assert road.blamed() == set()


@pytest.mark.parametrize("provider", ["binance", "kraken", "coingecko"])
def test_a_name_the_provider_does_not_know_is_completed_by_the_next_and_not_asked_again(
    road: Road, provider: str
) -> None:
    road.build(provider, "okx")
    lied = wrong_name(provider, bitcoin="NOSUCHCOIN")
    result = road.ask(names=lied)
    assert road.right(result) == "okx"
    seen = road.calls(provider)
    assert tried(road.ask(names=lied)) == ["okx ok"]
    assert road.calls(provider) == seen
    assert road.blamed() == set()


def test_nobody_knowing_it_is_not_the_same_as_nobody_being_there(road: Road) -> None:
    road.build("binance", "kraken")
    road.sandbox.fault("*", "refuse")
    result = road.ask(BTC, NOBODY)
    assert result.missing == {BTC: "unavailable", NOBODY: "unknown"}


@pytest.mark.parametrize("provider", ["binance", "kraken"])
def test_a_batch_refused_for_one_unknown_name_is_answered_by_the_next(road: Road, provider: str) -> None:
    road.build(provider, "okx")
    result = road.ask(BTC, ETH, SOL, names=wrong_name(provider, solana="NOSUCHCOIN"))
    assert tried(result)[0] == f"{provider} unknown_asset"
    road.right(result, BTC, ETH, SOL)
    assert road.blamed() == set()


@pytest.mark.parametrize("provider", ["binance", "kraken"])
def test_a_refused_batch_comes_back_to_its_provider_without_the_unknown_name(road: Road, provider: str) -> None:
    """Few calls find out which of the batch's names it was; nobody waits hours for the others."""
    road.build(provider, "coingecko")
    items = [Instrument(slug) for slug in quoted(provider)[:12]]
    lied = wrong_name(provider, **{items[7].asset: "NOSUCHCOIN"})
    refused = 0
    for _ in range(12):
        found = road.ask(*items, names=lied)
        road.right(found, *items)
        refused += sum(one == f"{provider} unknown_asset" for one in tried(found))
    assert refused <= 8
    result = road.ask(*items, names=lied)
    sources = {item: result.answered[item].provider for item in items}
    assert sources == {item: "coingecko" if item is items[7] else provider for item in items}
    assert road.blamed() == set()


def test_a_batch_beyond_what_one_call_carries_takes_several(road: Road) -> None:
    road.build("gemini")
    items = [Instrument(slug) for slug in list(names("gemini"))[:3]]
    result = road.ask(*items)
    assert road.right(result, *items) == "gemini"
    assert road.calls("gemini") == 3


def test_a_batch_that_would_take_a_provider_many_calls_goes_to_one_that_answers_it_in_one(road: Road) -> None:
    road.build("gemini", "coingecko")
    items = [Instrument(slug) for slug in list(names("gemini"))[:8]]
    assert road.right(road.ask(*items), *items) == "coingecko"
    assert road.calls() == 1


def test_a_provider_kept_for_the_end_is_asked_when_nobody_else_can(road: Road) -> None:
    road.build("gemini", "coingecko")
    road.sandbox.fault("coingecko", "refuse")
    items = [Instrument(slug) for slug in list(names("gemini"))[:8]]
    assert road.right(road.ask(*items), *items) == "gemini"


def test_a_currency_only_some_quote_is_asked_of_those(road: Road) -> None:
    road.build("gemini", "kraken")
    item = Instrument("bitcoin", "EUR")
    result = road.ask(item)
    assert road.right(result, item) in ("gemini", "kraken")
    assert result.answered[item].value.currency == "EUR"


def test_what_nobody_quotes_is_unknown_and_asks_nobody(road: Road) -> None:
    road.build("binance", "kraken")
    item = Instrument("bitcoin", "XYZ")
    assert road.ask(item).missing == {item: "unknown"}
    assert road.calls() == 0


def test_a_batch_failing_half_way_is_completed_by_the_next(road: Road) -> None:
    road.build("gemini", "kraken")
    road.sandbox.faults("gemini", [{"kind": "status", "status": 500, "count": 1, "path": "/v2/ticker/eth"}])
    result = road.ask(BTC, ETH, SOL)
    road.right(result, BTC, ETH, SOL)
