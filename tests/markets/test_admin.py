"""Coins and their names in the admin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from markets.admin import report_lines
from markets.assets.alias_check import AliasReport
from markets.models import Asset, AssetAlias
from providers.models import Provider
from providers.sandbox.client import Sandbox
from tests.admin_forms import filled
from tests.hub import small_hub


@pytest.fixture
def ton(db: None) -> Asset:
    Provider.objects.create(slug="gate", name="Gate", adapter="gate")
    asset = Asset.objects.create(slug="the-open-network", symbol="TON", name="Toncoin", rank=21)
    AssetAlias.objects.create(asset=asset, provider="gate", name="TON", verified=False)
    return asset


def test_a_name_is_verified_by_an_action_and_logged(admin_client: Client, ton: Asset) -> None:
    alias = ton.aliases.get()
    data = {"action": "verified", "_selected_action": [alias.pk]}
    admin_client.post(reverse("admin:markets_assetalias_changelist"), data)
    alias.refresh_from_db()
    assert alias.verified
    assert LogEntry.objects.get().change_message == "Verified."


def test_coins_with_names_that_wait_are_listed(admin_client: Client, ton: Asset) -> None:
    Asset.objects.create(slug="bitcoin", symbol="BTC", name="Bitcoin", rank=1)
    listed = admin_client.get(reverse("admin:markets_asset_changelist"), {"names": "unverified"})
    assert "Toncoin" in listed.text
    assert "0 providers, 1 not verified" in listed.text
    assert listed.context["cl"].result_count == 1


def test_the_slug_of_a_coin_stays(admin_client: Client, ton: Asset) -> None:
    url = reverse("admin:markets_asset_change", args=[ton.pk])
    assert admin_client.post(url, filled(admin_client.get(url)) | {"slug": "x", "rank": "9"}).status_code == 302
    ton.refresh_from_db()
    assert (ton.slug, ton.rank) == ("the-open-network", 9)


def test_a_name_of_a_provider_that_is_not_there_is_refused(admin_client: Client, ton: Asset) -> None:
    url = reverse("admin:markets_asset_change", args=[ton.pk])
    response = admin_client.post(url, filled(admin_client.get(url)) | {"aliases-0-provider": "nobody"})
    assert response.status_code == 200
    assert ton.aliases.get().provider == "gate"


@pytest.mark.parametrize("model", ["asset", "assetalias"])
def test_coins_are_searched_by_any_of_their_names(admin_client: Client, ton: Asset, model: str) -> None:
    url = reverse(f"admin:markets_{model}_changelist")
    assert admin_client.get(url, {"q": "toncoin"}).context["cl"].result_count == 1
    assert admin_client.get(url, {"q": "nothing"}).context["cl"].result_count == 0


def give_names(client: Client, **fields: str) -> str:
    """What the page says after a provider was given names."""
    url = reverse("admin:markets_assetalias_names")
    data = {"provider": "gate", "spelling": "BTC", "many": "50", **fields}
    return client.post(url, data, follow=True).text


def test_a_provider_is_given_our_symbols_but_none_that_is_doubtful_or_taken(admin_client: Client, ton: Asset) -> None:
    for rank, (slug, symbol) in enumerate(
        [("bitcoin", "BTC"), ("uniswap", "UNI"), ("unicorn", "uni"), ("x", "TON")], 1
    ):
        Asset.objects.create(slug=slug, symbol=symbol, name=slug.title(), rank=rank)
    page = give_names(admin_client)
    named = AssetAlias.objects.exclude(asset=ton)
    assert list(named.values_list("asset__slug", "name", "verified")) == [("bitcoin", "BTC", False)]
    assert "1 names for Gate, not verified yet." in page
    assert "Left out, because another coin has the same symbol: UNI, uni, TON." in page
    assert LogEntry.objects.get().change_message == "Given 1 names, not verified yet."


def test_names_are_asked_at_once_only_where_the_operator_vouches_for_them(admin_client: Client, ton: Asset) -> None:
    Asset.objects.create(slug="bitcoin", symbol="BTC", name="Bitcoin", rank=1)
    Asset.objects.create(slug="ethereum", symbol="ETH", name="Ether", rank=2)
    give_names(admin_client, spelling="btc", many="1", verified="on")
    assert list(AssetAlias.objects.filter(verified=True).values_list("name", flat=True)) == ["btc"]


@pytest.mark.parametrize("fields", [{"provider": "nobody"}, {"many": "0"}, {"spelling": "bTc"}])
def test_names_for_what_is_not_there_are_refused(admin_client: Client, ton: Asset, fields: dict[str, str]) -> None:
    assert "Please correct the errors below." in give_names(admin_client, **fields)
    assert AssetAlias.objects.count() == 1


def test_who_may_not_add_names_gives_none(client: Client, ton: Asset) -> None:
    client.force_login(User.objects.create_user("staff", password="x", is_staff=True))
    assert client.get(reverse("admin:markets_assetalias_names")).status_code == 403


# -- what the venues say themselves -------------------------------------------------------------------------------


@pytest.fixture
def venues(transactional_db: None, sandbox: Sandbox, settings: Any) -> Iterator[None]:
    settings.ALLOW_PRIVATE_UPSTREAMS = True
    with small_hub(sandbox, ("kraken", "coinbase", "binance")):
        AssetAlias.objects.create(asset=Asset.objects.get(slug="bitcoin"), provider="coinbase", name="BTC")
        AssetAlias.objects.create(asset=Asset.objects.get(slug="solana"), provider="coinbase", name="GONE")
        yield
        sandbox.reset()


def checked(client: Client, provider: str) -> list[str]:
    """What the operator is told after checking all of a provider's names."""
    rows = AssetAlias.objects.filter(provider=provider)
    data = {"action": "check_at_the_provider", "_selected_action": [row.pk for row in rows]}
    response = client.post(reverse("admin:markets_assetalias_changelist"), data, follow=True)
    return [str(message) for message in response.context["messages"]]


def test_names_are_checked_against_the_venues_own_list_in_one_call(
    venues: None, admin_client: Client, sandbox: Sandbox
) -> None:
    (result,) = checked(admin_client, "kraken")
    assert result.startswith("kraken trades ETH (USD, USDT, ")
    assert "XBT (USD" in result
    assert len(sandbox.log("kraken")) == 1


def test_what_the_venue_does_not_list_is_said_and_nothing_is_changed(venues: None, admin_client: Client) -> None:
    before = list(AssetAlias.objects.values())
    traded, unlisted = checked(admin_client, "coinbase")
    assert traded.startswith("coinbase trades BTC (")
    assert unlisted == "coinbase does not list GONE."
    assert list(AssetAlias.objects.values()) == before


def test_what_is_listed_and_not_traded_is_said(venues: None, admin_client: Client, sandbox: Sandbox) -> None:
    product = {"id": "BTC-USD", "base_currency": "BTC", "quote_currency": "USD", "status": "online"}
    body = json.dumps([product | {"cancel_only": True}])
    sandbox.fault("coinbase", "status", status=200, body=body)
    assert "coinbase lists, but does not trade now: BTC." in checked(admin_client, "coinbase")


def test_a_provider_without_a_list_is_said_to_have_none(venues: None, admin_client: Client, sandbox: Sandbox) -> None:
    assert checked(admin_client, "binance") == ["binance has no list of its pairs that the hub can read."]
    assert sandbox.log("binance") == []


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        ("refuse", "it cannot be reached, or is in cooldown"),
        ("error200", "it failed, or its answer was not understood"),
        ("html200", "it failed, or its answer was not understood"),
    ],
)
def test_why_a_venue_was_not_heard_is_said_in_plain_words(
    venues: None, admin_client: Client, sandbox: Sandbox, kind: str, result: str
) -> None:
    sandbox.fault("kraken", kind)
    assert checked(admin_client, "kraken") == [f"kraken could not be asked: {result}."]


def test_of_many_names_so_many_are_told_as_one_can_read() -> None:
    names = [f"C{n}" for n in range(25)]
    ((result, _),) = report_lines(AliasReport("kraken", unlisted=names))
    assert result.endswith("C18, C19 and 5 more.")
