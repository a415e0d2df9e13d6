"""Accounts: sign up, sign in, change the password, sign out; guessing is slowed down."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def ada() -> User:
    return get_user_model().objects.create_user("ada", "ada@example.org", PASSWORD)


def sign_up(client: Client, **changes: str) -> Any:
    form = {"username": "ada", "email": "ada@example.org", "password1": PASSWORD, "password2": PASSWORD}
    return client.post("/accounts/signup/", form | changes)


def sign_in(client: Client, password: str) -> Any:
    return client.post("/accounts/login/", {"username": "ada", "password": password})


def test_signing_up_creates_an_account_and_signs_in(client: Client) -> None:
    assert sign_up(client).status_code == 302
    assert client.session["_auth_user_id"] == str(get_user_model().objects.get(username="ada").pk)


@pytest.mark.parametrize("changes", [{"email": ""}, {"password1": "123", "password2": "123"}, {"password2": "other"}])
def test_an_invalid_sign_up_form_shows_the_error_and_creates_nothing(client: Client, changes: dict[str, str]) -> None:
    response = sign_up(client, **changes)
    assert response.status_code == 200
    assert 'aria-invalid="true"' in response.content.decode()
    assert not get_user_model().objects.exists()


def test_signing_in_and_out(client: Client, ada: User) -> None:
    assert sign_in(client, PASSWORD).status_code == 302
    assert client.post("/accounts/logout/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_signing_out_needs_a_post(client: Client, ada: User) -> None:
    client.force_login(ada)
    assert client.get("/accounts/logout/").status_code == 405


def test_a_password_can_be_changed(client: Client, ada: User) -> None:
    client.force_login(ada)
    new = "another horse entirely"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/accounts/password/", form).status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(new)


def test_after_a_few_failed_logins_the_right_password_is_refused_too(client: Client, ada: User) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        refused = sign_in(client, "wrong")
    assert refused.status_code == 429
    assert "Too many attempts" in refused.content.decode()
    assert sign_in(client, PASSWORD).status_code == 429


def test_failed_logins_from_one_address_do_not_lock_the_user_out_elsewhere(client: Client, ada: User) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        sign_in(client, "wrong")
    elsewhere = client.post("/accounts/login/", {"username": "ada", "password": PASSWORD}, REMOTE_ADDR="198.51.100.7")
    assert elsewhere.status_code == 302


def test_a_form_without_csrf_token_gets_a_page_that_says_what_to_do() -> None:
    from django.test import Client

    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {})
    assert response.status_code == 403
    assert "The form has expired" in response.content.decode()
