"""Providers in the admin: switches, endpoints, and a key that goes in and never comes out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from providers.catalogue.import_export import export_text
from providers.credentials import encryption
from providers.credentials.api_keys import KeyState, key_state, set_key
from providers.models import Cooldown, Endpoint, Health, Provider
from tests.admin_forms import filled

SECRET = "sk-very-secret-0123"


@pytest.fixture
def coincap(db: None) -> Provider:
    provider = Provider.objects.create(slug="coincap", name="CoinCap", adapter="coincap")
    provider.endpoints.create(base_url="https://rest.coincap.io")
    return provider


def page(provider: Provider) -> str:
    return reverse("admin:providers_provider_change", args=[provider.pk])


def save(client: Client, provider: Provider, **fields: Any) -> Any:
    return client.post(page(provider), filled(client.get(page(provider))) | fields)


def test_a_new_key_is_encrypted_and_ends_the_cooldown_of_the_old_one(admin_client: Client, coincap: Provider) -> None:
    now = timezone.now()
    Cooldown.objects.create(
        key=f"provider:{coincap.pk}", until=now + timedelta(hours=6), since=now, outcome="unauthorized"
    )
    assert save(admin_client, coincap, new_api_key=SECRET).status_code == 302
    coincap.refresh_from_db()
    assert encryption.decrypt(coincap.api_key_encrypted) == SECRET
    assert not Cooldown.objects.exists()


def test_a_key_appears_on_no_page_in_no_history_and_in_no_export(admin_client: Client, coincap: Provider) -> None:
    shown = [save(admin_client, coincap, new_api_key=SECRET).text]
    coincap.refresh_from_db()
    shown += [admin_client.get(url).text for url in _pages(coincap)]
    shown += [f"{entry} {entry.change_message} {entry.get_change_message()}" for entry in LogEntry.objects.all()]
    shown.append(export_text())
    assert LogEntry.objects.exists()
    for text in shown:
        assert SECRET not in text
        assert coincap.api_key_encrypted not in text


def _pages(provider: Provider) -> list[str]:
    one = [reverse(f"admin:providers_provider_{name}", args=[provider.pk]) for name in ("change", "history", "delete")]
    lists = [reverse(f"admin:{name}") for name in ("index", "providers_provider_changelist", "providers_overview")]
    return one + lists


def test_a_key_typed_into_a_form_with_an_error_is_not_shown_again(admin_client: Client, coincap: Provider) -> None:
    response = save(admin_client, coincap, new_api_key=SECRET, name="")
    assert response.status_code == 200
    assert SECRET not in response.text
    coincap.refresh_from_db()
    assert coincap.api_key_encrypted == ""


def test_a_key_that_no_header_can_carry_is_refused_without_repeating_it(
    admin_client: Client, coincap: Provider
) -> None:
    response = save(admin_client, coincap, new_api_key="two words-secret")
    assert "without spaces" in response.text
    assert "words-secret" not in response.text


def test_an_empty_field_keeps_the_key_and_a_tick_clears_it(admin_client: Client, coincap: Provider) -> None:
    set_key(coincap, SECRET)
    save(admin_client, coincap, name="Renamed")
    coincap.refresh_from_db()
    assert (coincap.name, key_state(coincap)) == ("Renamed", KeyState.SET)
    save(admin_client, coincap, clear_api_key="on")
    coincap.refresh_from_db()
    assert key_state(coincap) is KeyState.NOT_SET


def test_the_state_of_a_key_is_shown(admin_client: Client, coincap: Provider) -> None:
    assert "not set: not called without one" in admin_client.get(page(coincap)).text
    set_key(coincap, SECRET)
    assert ">set<" in admin_client.get(page(coincap)).text
    Provider.objects.update(api_key_encrypted="of another installation")
    assert "cannot be decrypted" in admin_client.get(page(coincap)).text


def test_saving_one_field_leaves_what_someone_else_changed_meanwhile(admin_client: Client, coincap: Provider) -> None:
    data = filled(admin_client.get(page(coincap)))
    set_key(coincap, SECRET)
    admin_client.post(page(coincap), data | {"name": "Renamed"})
    coincap.refresh_from_db()
    assert (coincap.name, key_state(coincap)) == ("Renamed", KeyState.SET)


def test_an_endpoints_url_cannot_be_changed_only_added_and_deleted(admin_client: Client, coincap: Provider) -> None:
    old = coincap.endpoints.get()
    save(admin_client, coincap, **{"endpoints-0-base_url": "https://other.example.org", "endpoints-0-enabled": ""})
    old.refresh_from_db()
    assert (old.base_url, old.enabled) == ("https://rest.coincap.io", False)
    new = {"endpoints-TOTAL_FORMS": "2", "endpoints-1-base_url": "https://new.example.org", "endpoints-1-enabled": "on"}
    save(admin_client, coincap, **new, **{"endpoints-0-DELETE": "on"})
    assert coincap.endpoints.get().base_url == "https://new.example.org"
    assert coincap.endpoints.get().pk != old.pk


@pytest.mark.parametrize("url", ["http://127.0.0.1:80", "https://u:p@x.org", "gopher://x", "https://rest.coincap.io/"])
def test_a_forbidden_endpoint_url_is_refused(admin_client: Client, coincap: Provider, url: str) -> None:
    response = save(admin_client, coincap, **{"endpoints-TOTAL_FORMS": "2", "endpoints-1-base_url": url})
    assert response.status_code == 200
    assert coincap.endpoints.count() == 1


def test_endpoints_are_dragged_into_order(admin_client: Client, coincap: Provider) -> None:
    coincap.endpoints.create(base_url="https://second.example.org", position=1)
    save(admin_client, coincap, **{"endpoints-0-position": "2", "endpoints-1-position": "1"})
    assert coincap.endpoints.all()[0].base_url == "https://second.example.org"


def test_the_slug_of_a_provider_stays(admin_client: Client, coincap: Provider) -> None:
    save(admin_client, coincap, slug="other")
    assert Provider.objects.get().slug == "coincap"


def test_a_provider_is_added_with_an_endpoint_and_a_key(admin_client: Client, db: None) -> None:
    url = reverse("admin:providers_provider_add")
    data = filled(admin_client.get(url)) | {"name": "Gate", "slug": "gate", "adapter": "gate", "new_api_key": SECRET}
    data |= {"endpoints-TOTAL_FORMS": "1", "endpoints-0-base_url": "https://api.gateio.ws", "endpoints-0-enabled": "on"}
    assert admin_client.post(url, data).status_code == 302
    assert key_state(Provider.objects.get(slug="gate")) is KeyState.SET
    assert Endpoint.objects.get().base_url == "https://api.gateio.ws"


@pytest.mark.parametrize("on", [True, False])
def test_selected_providers_are_switched_and_each_is_logged(admin_client: Client, coincap: Provider, on: bool) -> None:
    Provider.objects.update(enabled=not on)
    word = "on" if on else "off"
    url = reverse("admin:providers_provider_changelist")
    admin_client.post(url, {"action": f"switch_{word}", "_selected_action": [coincap.pk]})
    assert Provider.objects.get().enabled is on
    assert LogEntry.objects.get().change_message == f"Switched {word}."


def test_facts_of_a_deleted_endpoint_go_with_it_and_its_neighbours_stay(db: None, coincap: Provider) -> None:
    other = coincap.endpoints.create(base_url="https://second.example.org")
    gone = coincap.endpoints.exclude(pk=other.pk).get()
    for key in (f"endpoint:{gone.pk}", f"endpoint:{gone.pk}|NEWS", f"endpoint:{other.pk}", f"endpoint:{gone.pk}0"):
        Health.objects.create(key=key)
    stored = {f"endpoint:{other.pk}", f"endpoint:{gone.pk}0"}
    gone.delete()
    assert set(Health.objects.values_list("key", flat=True)) == stored


def test_without_the_permission_nothing_is_shown_or_changed(client: Client, coincap: Provider) -> None:
    staff = User.objects.create_user("staff", password="x", is_staff=True)
    client.force_login(staff)
    assert client.get(page(coincap)).status_code == 403
    staff.user_permissions.add(Permission.objects.get(codename="view_provider"))
    assert client.get(page(coincap)).status_code == 200
    assert client.post(page(coincap), {"name": "X", "new_api_key": SECRET}).status_code == 403
    assert key_state(Provider.objects.get()) is KeyState.NOT_SET
