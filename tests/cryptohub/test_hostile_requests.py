"""Whatever anybody sends, no page and no route answers with a 500; what is private is stored nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from cryptohub.api import keys
from cryptohub.api.key_scopes import KeyScope
from cryptohub.models import ApiKey
from providers.adapters.generic.templates import path_problem

pytestmark = pytest.mark.django_db

DIGITS = ("9" * 5_000, "9" * 19, "9" * 18, "-1", "1.5", "٣", "²", "", "0x1", "1e9", "NaN")
PAGES = ("/watchlist/", "/alerts/", "/inbox/", "/keys/")
POSTS = (
    ("/inbox/read/", ("event",)),
    ("/watchlist/new/", ("name",)),
    ("/watchlist/{list}/add/", ("slug", "coin")),
    ("/watchlist/{list}/change/", ("remove_coin", "up", "down", "order")),
    ("/alerts/", ("slug", "coin", "threshold", "direction")),
    ("/keys/", ("name", "scope", "days")),
)
TEXTS = (*DIGITS, "\x00", "a\x00b", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "x" * 100_000)
URLS = (
    "http://[::1",
    "http://[",
    "//[",
    "http://testserver:99999/",
    "http://a:b:c/",
    "javascript:alert(1)",
    "\x00",
    "é",
)


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("path", [*PAGES, "/", "/status/", "/accounts/login/", "/inbox/badge/", "/alerts/states/"])
@pytest.mark.parametrize("signed_in", [True, False])
def test_no_header_that_names_a_page_is_a_500(client: Client, ann: User, path: str, url: str, signed_in: bool) -> None:
    if signed_in:
        client.force_login(ann)
    headers: Any = {"HX-Request": "true", "HX-Current-URL": url, "Referer": url, "HX-Target": url, "Origin": url}
    assert client.get(path, headers=headers).status_code < 500
    assert client.post(path, headers=headers).status_code < 500


@pytest.mark.parametrize(("path", "fields"), POSTS)
def test_no_field_of_a_form_is_a_500(ann_client: Client, coins: object, path: str, fields: tuple[str, ...]) -> None:
    ann_client.get("/watchlist/")
    number = User.objects.get(username="ann").watchlists.get().pk if "{list}" in path else 0
    for field in fields:
        for text in TEXTS:
            response = ann_client.post(path.format(list=number), {field: text})
            assert response.status_code < 500, (field, text[:20])


@pytest.mark.parametrize("digits", ["9" * 5_000, "9" * 25, "9" * 19, "0"])
@pytest.mark.parametrize("path", ["/alerts/%s/", "/watchlist/%s/", "/api/alerts/%s/", "/api/watchlists/%s/"])
def test_no_number_in_a_path_is_a_500(ann_client: Client, path: str, digits: str) -> None:
    assert ann_client.get(path % digits).status_code == 404


@pytest.mark.parametrize("path", ["/inbox/?page=%00", "/?q=%00", "/coins/suggestions/?q=a%00", "/watchlist/%00/"])
def test_an_address_with_a_nul_is_refused(ann_client: Client, path: str) -> None:
    assert ann_client.get(path).status_code in {400, 404}


def test_a_form_with_a_nul_is_refused(ann_client: Client) -> None:
    assert ann_client.post("/watchlist/new/", {"name": "a\x00b"}).status_code == 400
    form = {"data": "name=a%00b", "content_type": "application/x-www-form-urlencoded"}
    assert ann_client.post("/watchlist/new/", **form).status_code == 400  # type: ignore[arg-type]  # two texts
    ann_client.post("/watchlist/new/", {"name": "a\nb"})
    assert not User.objects.get(username="ann").watchlists.filter(name__contains="b").exists()


# -- permissions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["post", "delete"])
@pytest.mark.parametrize("scope", [KeyScope.WRITE, KeyScope.OPERATE])
def test_no_key_creates_or_revokes_keys(client: Client, admin_user: User, method: str, scope: KeyScope) -> None:
    keys.reset()
    other, _ = keys.create(admin_user, "other", KeyScope.READ, 30)
    headers = {"Authorization": f"Token {keys.create(admin_user, 'own', scope, 30)[1]}"}
    path = "/api/keys/" if method == "post" else f"/api/keys/{other.token_key}/"
    response = getattr(client, method)(path, {"name": "new"}, content_type="application/json", headers=headers)
    assert response.status_code == 403
    assert ApiKey.objects.count() == 2
    assert client.get("/api/keys/", headers=headers).status_code == 200


def test_a_signed_in_user_revokes_a_key(ann_client: Client) -> None:
    row, _ = keys.create(User.objects.get(username="ann"), "own", KeyScope.READ, 30)
    assert ann_client.delete(f"/api/keys/{row.token_key}/").status_code == 204


@pytest.mark.parametrize(
    ("path", "codename", "found"),
    [("/api/system/quarantine", "view_quarantine", 200), ("/api/system/decisions/x", "view_decisionrecord", 404)],
)
def test_staff_read_what_the_admin_would_show_them_and_nothing_else(
    client: Client, ann: User, path: str, codename: str, found: int
) -> None:
    User.objects.filter(pk=ann.pk).update(is_staff=True)
    client.force_login(ann)
    assert client.get(path).status_code == 403
    ann.user_permissions.add(Permission.objects.get(codename=codename))
    assert client.get(path).status_code == found


# -- what browsers keep -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*PAGES, "/accounts/login/", "/admin/login/"])
def test_a_page_that_depends_on_who_asks_is_stored_nowhere(ann_client: Client, client: Client, path: str) -> None:
    assert "no-store" in ann_client.get(path).headers.get("Cache-Control", "")


def test_the_admin_is_stored_nowhere(admin_client: Client) -> None:
    assert "no-store" in admin_client.get("/admin/").headers["Cache-Control"]
    assert "no-store" in admin_client.get("/admin/auth/user/").headers["Cache-Control"]


# -- paths of definitions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/../admin", "/%2e%2e/admin", "/%2E%2E/admin", "/.%2e/admin", "/%2e./x", "/v1/%2e/x", "/%252e%252e/admin",
        "/%25252e%25252e/x", "/v1/..%2fadmin", "/v1%2f..%2fadmin", "/%2f/x", "/a%5c..%5cb", "/v1//x", "/%2fadmin/..",
    ],
)  # fmt: skip
def test_a_path_stays_below_its_base_url_however_it_is_written(path: str) -> None:
    assert path_problem(path, ())


@pytest.mark.parametrize("path", ["/v1/ticker", "/v1/a%20b", "/v1/BTC%2FUSD", "/v1/a.b/..c", "/v1/100%25"])
def test_an_ordinary_path_is_allowed(path: str) -> None:
    assert path_problem(path, ()) is None
