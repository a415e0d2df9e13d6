"""A chain in the admin: links dragged into order, saved whole or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from providers.admin.chains import tier_problems
from providers.models import Chain, ChainLink, Provider
from tests.admin_forms import filled


@pytest.fixture
def chain(db: None) -> Chain:
    chain = Chain.objects.create(category="MARKET_PRICE")
    for position, slug in enumerate(("binance", "kraken", "okx")):
        provider = Provider.objects.create(slug=slug, name=slug.title(), adapter=slug)
        chain.links.create(provider=provider, position=position, tier=1 + position // 2)
    return chain


def order(chain: Chain) -> list[tuple[str, int, int]]:
    return list(chain.links.values_list("provider__slug", "position", "tier"))


def page(chain: Chain) -> str:
    return reverse("admin:providers_chain_change", args=[chain.pk])


def dragged(client: Client, chain: Chain, *positions: int, **fields: Any) -> dict[str, Any]:
    """Return the form data after the rows were dragged to these positions (from 1, as the script counts)."""
    data = filled(client.get(page(chain)))
    return data | {f"links-{row}-position": str(position) for row, position in enumerate(positions)} | fields


def test_a_dragged_order_is_saved_and_counted_anew(admin_client: Client, chain: Chain) -> None:
    response = admin_client.post(page(chain), dragged(admin_client, chain, 2, 1, 3))
    assert response.status_code == 302
    assert order(chain) == [("kraken", 0, 1), ("binance", 1, 1), ("okx", 2, 2)]


def test_a_drag_keeps_the_rows_themselves(admin_client: Client, chain: Chain) -> None:
    before = dict(chain.links.values_list("provider__slug", "pk"))
    admin_client.post(page(chain), dragged(admin_client, chain, 2, 1, 3))
    assert dict(chain.links.values_list("provider__slug", "pk")) == before


def test_tiers_that_would_decrease_are_refused_with_what_to_do(admin_client: Client, chain: Chain) -> None:
    response = admin_client.post(page(chain), dragged(admin_client, chain, 2, 3, 1))
    assert response.status_code == 200
    assert "Tiers must not decrease along the chain: Binance (tier 1) comes after Okx (tier 2)" in response.text
    assert order(chain) == [("binance", 0, 1), ("kraken", 1, 1), ("okx", 2, 2)]


def test_a_link_dragged_with_its_tier_changed_is_saved(admin_client: Client, chain: Chain) -> None:
    data = dragged(admin_client, chain, 2, 3, 1, **{"links-2-tier": "1"})
    assert admin_client.post(page(chain), data).status_code == 302
    assert order(chain) == [("okx", 0, 1), ("binance", 1, 1), ("kraken", 2, 1)]


def test_one_wrong_row_keeps_every_row_as_it_was(admin_client: Client, chain: Chain) -> None:
    before = order(chain)
    data = dragged(admin_client, chain, 3, 1, 2, **{"links-1-weight": "-5", "cache_s": "1"})
    assert admin_client.post(page(chain), data).status_code == 200
    assert order(chain) == before
    assert Chain.objects.get().cache_s == 10


def test_a_new_link_comes_last_and_a_deleted_one_goes(admin_client: Client, chain: Chain) -> None:
    gate = Provider.objects.create(slug="gate", name="Gate", adapter="gate")
    new = {"links-3-provider": gate.pk, "links-3-tier": "2", "links-3-weight": "1", "links-3-enabled": "on"}
    data = dragged(admin_client, chain, 1, 2, 3, **new, **{"links-TOTAL_FORMS": "4", "links-0-DELETE": "on"})
    assert admin_client.post(page(chain), data).status_code == 302
    assert order(chain) == [("kraken", 0, 1), ("okx", 1, 2), ("gate", 2, 2)]


def test_a_new_link_below_the_last_tier_is_refused(admin_client: Client, chain: Chain) -> None:
    gate = Provider.objects.create(slug="gate", name="Gate", adapter="gate")
    new = {"links-3-provider": gate.pk, "links-3-tier": "1", "links-3-weight": "1", "links-TOTAL_FORMS": "4"}
    response = admin_client.post(page(chain), dragged(admin_client, chain, 1, 2, 3, **new))
    assert "Gate (tier 1) comes after Okx (tier 2)" in response.text


def test_a_row_without_a_position_keeps_its_current_one(admin_client: Client, chain: Chain) -> None:
    data = dragged(admin_client, chain) | {"links-1-position": ""}
    assert admin_client.post(page(chain), data).status_code == 302
    assert [slug for slug, _, _ in order(chain)] == ["binance", "kraken", "okx"]


def test_a_link_is_switched_off_and_times_are_set(admin_client: Client, chain: Chain) -> None:
    data = dragged(admin_client, chain, cache_s="0", deadline_ms="2500", strategy="weighted")
    del data["links-1-enabled"]
    admin_client.post(page(chain), data)
    assert not ChainLink.objects.get(provider__slug="kraken").enabled
    saved = Chain.objects.get()
    assert (saved.cache_s, saved.deadline_ms, saved.strategy) == (0, 2500, "weighted")


def test_a_change_of_a_chain_is_logged_with_its_user(admin_client: Client, chain: Chain) -> None:
    admin_client.post(page(chain), dragged(admin_client, chain, 2, 1, 3))
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_repr) == ("admin", "MARKET_PRICE")


def test_the_page_works_under_the_content_security_policy(admin_client: Client, chain: Chain) -> None:
    response = admin_client.get(page(chain))
    assert "unsafe" not in response["Content-Security-Policy"]
    assert "adminsortable2" in response.text
    assert " style=" not in response.text
    assert "onclick" not in response.text


def test_a_chain_is_neither_deleted_nor_renamed(admin_client: Client, chain: Chain) -> None:
    assert (
        admin_client.post(reverse("admin:providers_chain_delete", args=[chain.pk]), {"post": "yes"}).status_code == 403
    )
    admin_client.post(page(chain), dragged(admin_client, chain, category="NEWS"))
    assert Chain.objects.get().category == "MARKET_PRICE"


def test_the_list_shows_every_chain_in_its_order(admin_client: Client, chain: Chain) -> None:
    ChainLink.objects.filter(provider__slug="okx").update(enabled=False)
    text = admin_client.get(reverse("admin:providers_chain_changelist")).text
    assert (
        '<span class="">Binance</span> → <span class="">Kraken</span> → <span class="hub-off-text">Okx</span>' in text
    )


def test_tiers_may_stay_or_rise() -> None:
    assert tier_problems([("a", 1), ("b", 1), ("c", 3)]) == []
    assert len(tier_problems([("a", 2), ("b", 1), ("c", 1)])) == 1
