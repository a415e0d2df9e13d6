"""Accounts: sign up, sign in, change the password, sign out; guessing is slowed down."""

from __future__ import annotations

from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from cryptography.fernet import Fernet
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import connection
from django.test import Client

from cryptohub.accounts import reset_links
from providers.credentials import encryption

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
    client.get("/accounts/logout/")
    assert "_auth_user_id" in client.session


def test_a_password_can_be_changed(client: Client, ada: User) -> None:
    client.force_login(ada)
    new = "another horse entirely"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/accounts/password/change/", form).status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(new)


def test_the_address_of_the_password_page_in_release_1_0_redirects(client: Client, ada: User) -> None:
    client.force_login(ada)
    assert client.get("/accounts/password/")["Location"] == "/accounts/password/change/"


def test_one_can_sign_in_by_e_mail_address_and_with_the_field_of_release_1_0(client: Client, ada: User) -> None:
    assert client.post("/accounts/login/", {"login": "ada@example.org", "password": PASSWORD}).status_code == 302
    client.post("/accounts/logout/")
    assert client.post("/accounts/login/", {"username": "ada", "password": PASSWORD}).status_code == 302


def test_after_a_few_failed_logins_the_right_password_is_refused_too(client: Client, ada: User) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        refused = sign_in(client, "wrong")
    assert refused.status_code == 429
    assert "Too many attempts" in refused.content.decode()
    assert sign_in(client, PASSWORD).status_code == 429


def test_failed_logins_from_one_address_do_not_lock_the_user_out_elsewhere(client: Client, ada: User) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        sign_in(client, "wrong")
    elsewhere = client.post("/accounts/login/", {"login": "ada", "password": PASSWORD}, REMOTE_ADDR="198.51.100.7")
    assert elsewhere.status_code == 302


def test_a_form_without_csrf_token_gets_a_page_that_says_what_to_do() -> None:
    from django.test import Client

    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {})
    assert response.status_code == 403
    assert "The form has expired" in response.content.decode()


def test_failures_from_many_addresses_of_one_ipv6_network_count_together(client: Client, ada: User) -> None:
    for n in range(12):
        client.post("/accounts/login/", {"login": "ada", "password": "wrong"}, REMOTE_ADDR=f"2001:db8:1:2::{n + 1:x}")
    right = {"login": "ada", "password": PASSWORD}
    refused = client.post("/accounts/login/", right, REMOTE_ADDR="2001:db8:1:2:ffff::1")
    assert refused.status_code == 429
    assert "_auth_user_id" not in client.session
    assert client.post("/accounts/login/", right, REMOTE_ADDR="2001:db8:1:3::1").status_code == 302


def test_one_address_cannot_try_forty_names(client: Client) -> None:
    codes = [client.post("/accounts/login/", {"login": f"name{n}", "password": "wrong"}).status_code for n in range(40)]
    assert codes.count(200) == 20
    assert codes[20:] == [429] * 20


def test_one_address_cannot_sign_up_thirty_times() -> None:
    for n in range(30):
        response = sign_up(Client(), username=f"ada{n}", email=f"ada{n}@example.org")
    assert get_user_model().objects.count() == 10
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "Too many sign-ups" in response.content.decode()


def test_the_admins_sign_in_counts_with_the_others(client: Client) -> None:
    for n in range(20):
        client.post("/admin/login/", {"username": f"name{n}", "password": "wrong"})
    assert client.post("/admin/login/", {"username": "ada", "password": "wrong"}).status_code == 429


def test_the_admin_sends_visitors_to_the_accounts_sign_in(client: Client) -> None:
    response = client.get("/admin/login/?next=/admin/")
    assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("path", ["login/", "signup/", "password/reset/"])
def test_entrance_pages_have_neither_inline_styles_nor_handlers(client: Client, path: str) -> None:
    page = client.get(f"/accounts/{path}").content.decode()
    assert " style=" not in page
    assert " onclick=" not in page


def test_without_mail_a_lost_password_is_reset_by_a_link_of_the_operator(client: Client, ada: User) -> None:
    assert "Ask its operator" in client.get("/accounts/password/reset/").content.decode()
    assert client.post("/accounts/password/reset/", {"email": "ada@example.org"}).status_code == 405
    page = client.get(reset_links.path_for(ada), follow=True)
    new = "another horse entirely"
    done = client.post(page.request["PATH_INFO"], {"password1": new, "password2": new})
    assert done.status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(new)
    again = Client().get(reset_links.path_for(ada).replace(reset_links.path_for(ada)[-8:], "000000-/"))
    assert again.status_code in (200, 302, 404)


def test_only_superusers_may_make_reset_links(client: Client, ada: User, admin_user: User) -> None:
    ada.is_staff = True
    ada.save()
    ada.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    action = {"action": "make_reset_links", "_selected_action": [admin_user.pk]}
    client.force_login(ada)
    assert "/password/reset/key/" not in client.post("/admin/auth/user/", action, follow=True).content.decode()
    client.force_login(admin_user)
    assert "/password/reset/key/" in client.post("/admin/auth/user/", action, follow=True).content.decode()


def test_passkeys_are_refused_where_browsers_refuse_them(client: Client, ada: User) -> None:
    client.force_login(ada)
    refused = client.get("/accounts/2fa/webauthn/add/")
    assert refused.status_code == 403
    assert "HTTPS" in refused.content.decode()
    assert client.get("/accounts/2fa/webauthn/add/", headers={"Host": "localhost"}).status_code != 403
    assert "passkey" not in client.get("/accounts/logout/").content.decode()


def test_an_authenticator_app_is_a_second_step_and_its_secret_is_encrypted(client: Client, ada: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)
    assert secret not in str(Authenticator.objects.get().data)
    assert sign_in(client, PASSWORD)["Location"].startswith("/accounts/2fa/authenticate/")
    assert "_auth_user_id" not in client.session
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    client.post("/accounts/2fa/authenticate/", {"code": code})
    assert client.session["_auth_user_id"] == str(ada.pk)


def test_second_factors_survive_a_change_of_the_encryption_key(ada: User, settings: Any) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ada, secret)
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.FIELD_ENCRYPTION_KEYS]
    call_command("rotate_keys", stdout=StringIO())
    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]
    assert encryption.decrypt(Authenticator.objects.get().data["secret"]) == secret


def test_an_account_of_release_1_0_has_its_address_and_two_that_share_one_keep_both() -> None:
    users = get_user_model().objects
    first = users.create_user("first", "Same@example.org", PASSWORD)
    second = users.create_user("second", "same@example.org", PASSWORD)
    EmailAddress.objects.all().delete()
    module = import_module("cryptohub.migrations.0004_email_addresses")
    module.add_addresses(apps, connection.schema_editor())
    found = {row.user_id: (row.email, row.verified) for row in EmailAddress.objects.all()}
    assert found == {first.pk: ("same@example.org", True), second.pk: ("same@example.org", False)}


def test_with_mail_a_new_address_is_confirmed_before_the_first_sign_in(
    client: Client, settings: Any, mailoutbox: list[Any]
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    sign_up(client)
    assert "_auth_user_id" not in client.session
    [mail] = mailoutbox
    link = next(line for line in mail.body.split() if "/accounts/confirm-email/" in line)
    client.post(link.partition("testserver")[2])
    assert EmailAddress.objects.get().verified


def test_with_mail_an_account_without_an_address_can_still_sign_in(client: Client, settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    get_user_model().objects.create_superuser("ada", "", PASSWORD)
    sign_in(client, PASSWORD)
    assert "_auth_user_id" in client.session
