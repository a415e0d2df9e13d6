"""What people type -> one coin; each provider's own name for it; all from memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from hypothesis import given
from hypothesis import strategies as st

from markets.assets import registry
from markets.assets.index import AssetIndex, build
from markets.models import Asset, AssetAlias
from providers.domain.market_data import Instrument

COINS = [
    ("bitcoin", "BTC", "Bitcoin", 1, True),
    ("ethereum", "ETH", "Ethereum", 2, True),
    ("tether", "USDT", "Tether", 3, True),
    ("bitcoin-cash", "BCH", "Bitcoin Cash", 15, True),
    ("sonic-3", "S", "Sonic", 80, True),
    ("the-open-network", "TON", "Toncoin", 21, True),
    ("ton-station", "TON", "TON Station", None, True),
    ("tokamak", "TON", "Tokamak Network", 900, True),
    ("gone", "GONE", "Switched Off", 5, False),
]
INDEX = build(COINS, [("kraken", "bitcoin", "BTC"), ("coingecko", "bitcoin", "bitcoin")])


@pytest.mark.parametrize("text", ["BTC", "btc", " Btc ", "bitcoin", "Bitcoin"])
def test_a_coin_is_found_by_symbol_or_id_in_any_case(text: str) -> None:
    assert INDEX.find(text) == Instrument("bitcoin", "*")


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("BTCUSDT", "USDT"),
        ("btcusd", "USD"),
        ("BTC-USDT", "USDT"),
        ("BTC_USDC", "USDC"),
        ("BTC/EUR", "EUR"),
        ("bitcoin-usd", "USD"),
        ("BTCFDUSD", "FDUSD"),
        ("BTC:ETH", "ETH"),
    ],
)
def test_a_pair_names_the_coin_and_the_quote_currency(text: str, quote: str) -> None:
    assert INDEX.find(text) == Instrument("bitcoin", quote)


def test_an_id_with_a_hyphen_is_no_pair() -> None:
    assert INDEX.find("bitcoin-cash") == Instrument("bitcoin-cash", "*")
    assert INDEX.find("bitcoin-cash-usd") == Instrument("bitcoin-cash", "USD")


def test_a_symbol_of_several_coins_means_the_one_with_the_best_rank() -> None:
    assert INDEX.find("TON") == Instrument("the-open-network", "*")
    assert INDEX.find("tokamak") == Instrument("tokamak", "*")


@pytest.mark.parametrize(
    "text", ["", " ", "NOPE", "USD", "NOPEUSDT", "BTC-NOPE", "USDT-USDT", "sUSD", "gone", "x" * 500, "\x00"]
)
def test_what_is_not_known_is_not_guessed(text: str) -> None:
    assert INDEX.find(text) is None


@given(st.text(max_size=150))
def test_no_text_at_all_breaks_the_search(text: str) -> None:
    found = INDEX.find(text)
    assert found is None or found.asset in INDEX.by_slug
    assert len(INDEX.search(text, 3)) <= 3


def test_autocomplete_puts_symbols_before_names_and_better_ranks_first() -> None:
    assert [ref.slug for ref in INDEX.search("ton", 10)] == ["the-open-network", "tokamak", "ton-station"]
    assert [ref.slug for ref in INDEX.search("bit", 10)] == ["bitcoin", "bitcoin-cash"]
    assert [ref.slug for ref in INDEX.search("cash", 10)] == ["bitcoin-cash"]
    assert [ref.slug for ref in INDEX.search("b", 1)] == ["bitcoin"]


def test_what_is_switched_off_is_still_named_but_not_offered() -> None:
    assert "gone" in INDEX.by_slug
    assert INDEX.search("gone", 5) == []
    assert isinstance(INDEX, AssetIndex)


# -- over the tables ---------------------------------------------------------------------------------------------


@pytest.fixture
def coins(db: None) -> Iterator[None]:
    bitcoin = Asset.objects.create(slug="bitcoin", symbol="BTC", name="Bitcoin", rank=1)
    Asset.objects.create(slug="ethereum", symbol="ETH", name="Ethereum", rank=2)
    AssetAlias.objects.create(asset=bitcoin, provider="kraken", name="XBT")
    AssetAlias.objects.create(asset=bitcoin, provider="gate", name="BTC", verified=False)
    registry.reset()
    yield
    registry.reset()


def test_a_name_that_is_not_verified_is_not_asked(coins: None) -> None:
    assert registry.provider_names("kraken") == {"bitcoin": "XBT"}
    assert registry.provider_names("gate") == {}
    assert registry.provider_names("nobody") == {}


def test_an_asset_is_had_by_its_slug_and_the_best_come_first(coins: None) -> None:
    assert registry.get("bitcoin") == registry.AssetRef("bitcoin", "BTC", "Bitcoin", 1)
    assert registry.get("nope") is None
    assert [ref.symbol for ref in registry.top(1)] == ["BTC"]
    assert [ref.symbol for ref in registry.search("eth")] == ["ETH"]


def test_a_warm_answer_costs_no_sql(coins: None, django_assert_num_queries: Any) -> None:
    registry.find("BTC")
    with django_assert_num_queries(0):
        assert registry.find("ethusdt") == Instrument("ethereum", "USDT")


@pytest.mark.parametrize(
    "change",
    [
        lambda: Asset.objects.create(slug="solana", symbol="SOL", name="Solana", rank=3),
        lambda: Asset.objects.filter(slug="ethereum").update(symbol="SOL"),
        lambda: AssetAlias.objects.filter(provider="gate").update(verified=True),
        lambda: AssetAlias.objects.get(provider="kraken").delete(),
    ],
)
def test_a_change_of_the_tables_is_seen_a_second_later(coins: None, change: Any) -> None:
    index_cache = registry.IndexCache()
    before = index_cache.index(now=100.0)
    change()
    assert index_cache.index(now=100.9) is before
    after = index_cache.index(now=101.0)
    assert (after.by_name, after.provider_names) != (before.by_name, before.provider_names)


def test_where_a_thread_follows_the_tables_nobody_who_asks_has_to(coins: None, django_assert_num_queries: Any) -> None:
    index_cache = registry.IndexCache()
    index_cache.index(now=0.0)
    Asset.objects.filter(slug="bitcoin").update(symbol="XBT")
    index_cache.follow(now=0.6)
    with django_assert_num_queries(0):
        assert index_cache.index(now=1.5).by_slug["bitcoin"].symbol == "XBT"


def test_without_a_change_nothing_is_read_again_for_a_minute(coins: None) -> None:
    index_cache = registry.IndexCache()
    first = index_cache.index(now=0.0)
    assert index_cache.index(now=59.0) is first
    assert index_cache.index(now=60.0) is not first


def test_while_the_database_is_away_the_last_index_stands(coins: None) -> None:
    index_cache = registry.IndexCache()
    before = index_cache.index(now=0.0)
    with connection.execute_wrapper(_away):
        assert index_cache.index(now=5.0) is before
        with pytest.raises(OperationalError):
            registry.IndexCache().index(now=5.0)


def _away(*args: Any) -> Any:
    raise OperationalError
