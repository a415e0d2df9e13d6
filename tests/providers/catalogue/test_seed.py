"""What the shipped catalogue adds to the database, and what it leaves to the operator."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from markets.analysis.forecast_models import MODELS
from markets.assets import seed as asset_seed
from markets.models import Asset, AssetAlias
from providers.adapters import ADAPTERS
from providers.catalogue.seed import seed
from providers.catalogue.shipped import CHAINS, PROVIDERS, ShippedChain
from providers.domain.adapter import KeyUse
from providers.domain.categories import Category
from providers.domain.local_models import LOCAL_ADAPTERS
from providers.models import Chain, ChainLink, Endpoint, Provider, SeededItem

pytestmark = pytest.mark.django_db

MARKET_DATA = (Category.MARKET_PRICE, Category.MARKET_OHLCV, Category.MARKET_VOLUME, Category.MARKET_ORDERBOOK)


def links(category: str = "MARKET_PRICE") -> list[str]:
    return list(ChainLink.objects.filter(chain__category=category).values_list("provider__slug", flat=True))


PRICED = {slug for slug, adapter in ADAPTERS.items() if Category.MARKET_PRICE in adapter.handlers}


def test_all_providers_and_all_ten_chains_are_there_after_the_first_seed() -> None:
    seed()
    assert Provider.objects.count() == len(PROVIDERS)
    assert set(Chain.objects.values_list("category", flat=True)) == {category.value for category in Category}
    assert links()[0] == "binance"
    assert sorted(links()) == sorted(PRICED)


def test_binance_has_six_endpoints_of_one_quota_group() -> None:
    seed()
    binance = Provider.objects.get(slug="binance")
    assert binance.endpoints.count() == 6
    assert binance.quota_group == "binance"


def test_every_shipped_provider_has_an_adapter_and_every_link_a_provider() -> None:
    adapters = {provider.slug: provider.adapter or provider.slug for provider in PROVIDERS}
    assert set(adapters.values()) == {*ADAPTERS, *LOCAL_ADAPTERS}
    assert {link.provider for chain in CHAINS for link in chain.links} <= set(adapters)


def test_the_chain_of_forecasts_links_every_local_model_the_random_walk_first() -> None:
    seed()
    found = ChainLink.objects.filter(chain__category="AI_PREDICTION").values_list("provider__adapter", flat=True)
    assert next(iter(found)) == "local:random_walk"
    assert set(found) == LOCAL_ADAPTERS == {f"local:{name}" for name in MODELS}


def test_shipped_tiers_never_decrease_along_a_chain() -> None:
    for chain in CHAINS:
        tiers = [link.tier for link in chain.links]
        assert tiers == sorted(tiers), chain.category


def test_sources_of_borrowed_numbers_name_their_lineage() -> None:
    seed()
    borrowed = ChainLink.objects.exclude(lineage="").values_list("chain__category", "provider__slug", "lineage")
    assert set(borrowed) == {
        ("MARKET_PRICE", "defillama", "coingecko"),
        ("MARKET_PRICE", "render", "coingecko"),
        ("MARKET_OHLCV", "render", "binance"),
        ("NEWS", "render", "outlets"),
        ("SENTIMENT", "render", "alternative_me"),
    }


BORROWED = frozenset({"outlets"})
"""Lineages that are others' together: no source of their own."""


@pytest.mark.parametrize("chain", [chain for chain in CHAINS if chain.links], ids=lambda chain: chain.category)
def test_no_category_depends_on_one_lineage_nor_on_a_key(chain: ShippedChain) -> None:
    adapters = {provider.slug: provider.adapter or provider.slug for provider in PROVIDERS}
    keyless = [
        link
        for link in chain.links
        if (adapter := ADAPTERS.get(adapters[link.provider])) is None or adapter.key_use is not KeyUse.REQUIRED
    ]
    assert len({link.lineage or link.provider for link in keyless} - BORROWED) >= 2


def test_the_last_resort_is_the_last_link_wherever_it_is_one() -> None:
    ends = {
        chain.category: [link.provider for link in chain.links].index("render") - len(chain.links)
        for chain in CHAINS
        if any(link.provider == "render" for link in chain.links)
    }
    assert ends == dict.fromkeys((Category.MARKET_PRICE, Category.MARKET_OHLCV, Category.NEWS, Category.SENTIMENT), -1)


@pytest.mark.parametrize("category", MARKET_DATA)
def test_market_data_comes_from_at_least_six_independent_sources_that_need_no_key(category: Category) -> None:
    (chain,) = (chain for chain in CHAINS if chain.category is category)
    keyless = [link for link in chain.links if ADAPTERS[link.provider].key_use is not KeyUse.REQUIRED]
    assert len({link.lineage or link.provider for link in keyless}) >= 6


@pytest.mark.parametrize("category", MARKET_DATA)
def test_a_market_datas_chain_links_every_adapter_that_answers_it_once(category: Category) -> None:
    (chain,) = (chain for chain in CHAINS if chain.category is category)
    answering = sorted(slug for slug, adapter in ADAPTERS.items() if category in adapter.handlers)
    assert sorted(link.provider for link in chain.links) == answering


def test_a_second_seed_adds_nothing() -> None:
    assert seed()
    assert seed() == []


def test_a_seed_never_goes_over_an_edit() -> None:
    seed()
    Provider.objects.filter(slug="okx").update(name="Mine", enabled=False)
    Chain.objects.filter(category="MARKET_PRICE").update(cache_s=0)
    assert seed() == []
    assert Provider.objects.get(slug="okx").name == "Mine"
    assert Chain.objects.get(category="MARKET_PRICE").cache_s == 0


def test_what_an_operator_deleted_does_not_come_back() -> None:
    seed()
    ChainLink.objects.get(chain__category="MARKET_PRICE", provider__slug="kraken").delete()
    Endpoint.objects.get(base_url="https://api1.binance.com").delete()
    Provider.objects.get(slug="render").delete()
    assert seed() == []
    assert "kraken" not in links()
    assert not Provider.objects.filter(slug="render").exists()


def test_a_provider_of_a_later_release_comes_at_the_end_of_its_chain() -> None:
    seed()
    ChainLink.objects.get(chain__category="MARKET_PRICE", provider__slug="okx").delete()
    Provider.objects.get(slug="okx").delete()
    SeededItem.objects.filter(key__contains="okx").delete()  # as if no release had shipped it yet
    seed()
    link = ChainLink.objects.get(chain__category="MARKET_PRICE", provider__slug="okx")
    assert links()[-1] == "okx"
    assert link.tier == 4, "not below the tier of the link before it"


def test_a_provider_and_a_chain_made_by_hand_before_the_first_seed_stay_as_they_are() -> None:
    mine = Provider.objects.create(slug="binance", name="My proxy", adapter="binance")
    mine.endpoints.create(base_url="https://proxy.example.org")
    chain = Chain.objects.create(category="MARKET_PRICE", cache_s=3)
    chain.links.create(provider=mine)
    seed()
    assert [endpoint.base_url for endpoint in mine.endpoints.all()] == ["https://proxy.example.org"]
    assert links() == ["binance"]
    assert seed() == []


def sandbox_urls(first_port: int) -> dict[tuple[str, int], str]:
    """As a sandbox gives them: a port for each endpoint."""
    named = [(shipped.slug, number) for shipped in PROVIDERS for number, _ in enumerate(shipped.endpoints)]
    return {name: f"http://127.0.0.1:{port}" for port, name in enumerate(named, first_port)}


def test_with_a_sandbox_every_endpoint_points_at_it() -> None:
    urls = sandbox_urls(8100)
    seed(urls)
    status = Endpoint.objects.values_list("provider__slug", "position", "base_url")
    assert {(slug, position): url for slug, position, url in status} == urls


def test_a_sandbox_on_other_ports_is_followed_as_new_endpoints() -> None:
    seed(sandbox_urls(8100))
    before = set(Endpoint.objects.values_list("pk", flat=True))
    seed(sandbox_urls(8200))
    assert set(Endpoint.objects.values_list("base_url", flat=True)) == set(sandbox_urls(8200).values())
    assert not before & set(Endpoint.objects.values_list("pk", flat=True))
    assert seed(sandbox_urls(8200)) == []


def test_a_sandbox_elsewhere_than_on_this_machine_is_refused() -> None:
    with pytest.raises(CommandError, match=r"127\.0\.0\.1"):
        call_command("catalogue", "seed", "--sandbox", "http://example.org")


def test_the_coins_come_with_every_providers_own_name() -> None:
    asset_seed.seed()
    assert Asset.objects.count() == 122
    names = dict(AssetAlias.objects.filter(asset__slug="bitcoin").values_list("provider", "name"))
    assert set(names) == PRICED
    assert (names["coinpaprika"], names["coinmarketcap"]) == ("btc-bitcoin", "1")


def test_a_ticker_that_several_coins_share_is_not_verified() -> None:
    asset_seed.seed()
    ton = AssetAlias.objects.filter(asset__slug="the-open-network")
    assert not ton.get(provider="binance").verified
    assert ton.get(provider="coingecko").verified


def test_coins_and_names_an_operator_deleted_or_changed_stay_so() -> None:
    asset_seed.seed()
    Asset.objects.get(slug="tron").delete()
    AssetAlias.objects.filter(asset__slug="bitcoin", provider="kraken").delete()
    AssetAlias.objects.filter(asset__slug="ethereum", provider="kraken").update(name="MINE")
    assert asset_seed.seed() == []
    assert not Asset.objects.filter(slug="tron").exists()
    assert AssetAlias.objects.get(asset__slug="ethereum", provider="kraken").name == "MINE"
