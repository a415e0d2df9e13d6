"""Keys are created, listed and revoked on the page, over the API and in the admin."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cryptohub.api import keys
from cryptohub.api.key_scopes import KeyScope
from cryptohub.models import ApiKey
from tests.cryptohub.conftest import MakeKey

pytestmark = pytest.mark.django_db
PAGE = "/accounts/keys/"
ASKED = {"name": "my script", "scope": "read", "days": "90"}
WHOLE = re.compile(r"hub_[0-9a-f]{64}")


def test_a_visitor_is_redirected_to_sign_in(client: Client) -> None:
    assert client.get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_key_is_shown_exactly_once_and_works(ann_client: Client, headers: dict[str, str]) -> None:
    answer = ann_client.post(PAGE, ASKED, headers=headers)
    [key] = WHOLE.findall(answer.content.decode())
    assert "no-store" in answer["Cache-Control"]
    assert Client().get("/api/watchlists/", headers={"Authorization": f"Token {key}"}).status_code == 200
    shown = ann_client.get(PAGE).content.decode()
    assert not WHOLE.search(shown)
    assert key[:15] in shown
    assert "my script" in shown


@pytest.mark.parametrize(
    ("wrong", "reply"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 61}, "at most 60"),
        ({"scope": "operate"}, "Select a valid choice"),
        ({"days": "9999"}, "Select a valid choice"),
    ],
)
def test_an_invalid_key_form_shows_the_error_and_creates_nothing(
    ann_client: Client, wrong: dict[str, str], reply: str
) -> None:
    assert reply in ann_client.post(PAGE, ASKED | wrong).content.decode()
    assert not ApiKey.objects.exists()


def test_only_operators_are_offered_the_operators_scope(ann_client: Client, admin_client: Client) -> None:
    assert 'value="operate"' not in ann_client.get(PAGE).content.decode()
    assert 'value="operate"' in admin_client.get(PAGE).content.decode()


def test_the_number_of_keys_is_limited(ann_client: Client, ann: User) -> None:
    for n in range(keys.MAX_KEYS):
        keys.create(ann, f"key {n}", KeyScope.MARKET, 1)
    assert "at most 20 keys" in ann_client.post(PAGE, ASKED).content.decode()


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_revoked_key_is_gone_and_stops_working(
    ann_client: Client, make_key: MakeKey, headers: dict[str, str]
) -> None:
    key = make_key(KeyScope.READ)
    keys.reset()
    ann_client.post(f"{PAGE}{ApiKey.objects.get().prefix}/revoke/", headers=headers)
    assert Client().get("/api/watchlists/", headers={"Authorization": key}).status_code == 401


def test_others_keys_cannot_be_seen_or_revoked(ann_client: Client, make_key: MakeKey, bob: User) -> None:
    make_key(owner=bob)
    prefix = ApiKey.objects.get().prefix
    assert prefix not in ann_client.get(PAGE).content.decode()
    ann_client.post(f"{PAGE}{prefix}/revoke/")
    assert [
        ann_client.get(f"/api/keys/{prefix}/").status_code,
        ann_client.delete(f"/api/keys/{prefix}/").status_code,
    ] == [404, 404]
    assert ApiKey.objects.exists()


def test_an_expired_key_is_shown_as_expired(ann_client: Client, make_key: MakeKey) -> None:
    make_key()
    ApiKey.objects.update(expiry=timezone.now() - timedelta(days=1))
    assert "expired" in ann_client.get(PAGE).content.decode()


# -- over the API -------------------------------------------------------------------------------------------------


def post(client: Client, body: Any, **headers: str) -> Any:
    return client.post("/api/keys/", body, content_type="application/json", headers=headers)


def test_the_api_creates_lists_shows_and_revokes_keys(ann_client: Client) -> None:
    created = post(ann_client, {"name": "bot", "scope": "write", "days": 7})
    assert created.status_code == 201
    assert created["Cache-Control"] == "private, no-store"
    reply = created.json()
    assert WHOLE.fullmatch(reply.pop("key"))
    assert (reply["name"], reply["scope"], reply["last_used_at"]) == ("bot", "write", None)
    here = f"/api/keys/{reply['prefix']}/"
    assert ann_client.get(here).json() == ann_client.get("/api/keys/").json()["results"][0] == reply
    assert ann_client.delete(here).status_code == 204
    assert ann_client.get(here).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "name"), ({"name": "a", "scope": "all"}, "scope"), ({"name": "a", "days": 366}, "days"), ([], "")],
)
def test_the_api_explains_what_is_not_allowed(ann_client: Client, body: Any, field: str) -> None:
    refused = post(ann_client, body)
    assert (refused.status_code, [row["field"] for row in refused.json()["errors"]]) == (400, [field])


def test_the_api_creates_no_operators_key_for_others(ann_client: Client) -> None:
    refused = post(ann_client, {"name": "a", "scope": "operate"})
    assert refused.json()["errors"][0]["detail"] == "Only operators can have a key for their routes."


def test_a_key_cannot_create_keys_but_can_revoke_them(make_key: MakeKey) -> None:
    key = make_key(KeyScope.WRITE)
    assert post(Client(), {"name": "a"}, Authorization=key).status_code == 403
    prefix = ApiKey.objects.get().prefix
    assert Client().delete(f"/api/keys/{prefix}/", headers={"Authorization": key}).status_code == 204


@pytest.mark.parametrize("query", ["?limit=1&offset=1", "?limit=1"])
def test_the_list_of_keys_has_pages(ann_client: Client, make_key: MakeKey, query: str) -> None:
    make_key(), make_key()
    reply = ann_client.get(f"/api/keys/{query}").json()
    assert (reply["count"], len(reply["results"])) == (2, 1)


# -- for operators ------------------------------------------------------------------------------------------------


def test_operators_see_keys_and_can_only_revoke_them(admin_client: Client, make_key: MakeKey) -> None:
    key = make_key()
    listed = admin_client.get(reverse("admin:cryptohub_apikey_changelist")).content.decode()
    assert key.removeprefix("Token ")[:15] in listed
    assert not WHOLE.search(listed)
    row = ApiKey.objects.get()
    page = reverse("admin:cryptohub_apikey_change", args=[row.pk])
    assert admin_client.get(page).status_code == 200
    assert admin_client.post(page, {"scope": "operate"}).status_code == 403
    assert admin_client.get(reverse("admin:cryptohub_apikey_add")).status_code == 403
    admin_client.post(reverse("admin:cryptohub_apikey_delete", args=[row.pk]), {"post": "yes"})
    assert not ApiKey.objects.exists()
