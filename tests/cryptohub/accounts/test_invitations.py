"""Sign-up as the operator allows it: open, by invitation, or closed."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from cryptohub.accounts import invitations
from cryptohub.conf import env
from cryptohub.conf.env import SignUp
from cryptohub.models import Invitation

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def sign_up(address: str, name: str = "ada") -> Any:
    form = {"username": name, "email": f"{name}@example.org", "password1": PASSWORD, "password2": PASSWORD}
    return Client().post(address, form)


def test_closed_means_that_nobody_signs_up(settings: Any) -> None:
    settings.SIGN_UP = SignUp.CLOSED
    page = Client().get("/accounts/signup/").content.decode()
    assert "Sign-up is closed" in page
    sign_up("/accounts/signup/")
    assert not User.objects.exists()
    assert "Sign up" not in Client().get("/accounts/login/").content.decode()


def test_an_invitation_lets_one_person_in(settings: Any) -> None:
    settings.SIGN_UP = SignUp.INVITATION
    sign_up("/accounts/signup/")
    assert not User.objects.exists()
    _, token = invitations.create(None, "for Ada", timezone.now())
    assert sign_up(invitations.link(token)).status_code == 302
    assert Invitation.objects.get().used_by == User.objects.get()
    sign_up(invitations.link(token), "bob")
    assert User.objects.count() == 1


def test_an_invitation_that_two_people_use_at_once_makes_one_account(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SIGN_UP = SignUp.INVITATION
    _, token = invitations.create(None, "", timezone.now())
    sign_up(invitations.link(token))
    monkeypatch.setattr(invitations, "is_valid", lambda _token: True)  # as for a form opened before
    late = sign_up(invitations.link(token), "bob")
    assert late.status_code == 409
    assert [user.username for user in User.objects.all()] == ["ada"]


def test_an_expired_invitation_is_no_invitation(settings: Any) -> None:
    settings.SIGN_UP = SignUp.INVITATION
    _, token = invitations.create(None, "", timezone.now() - invitations.LIFETIME - timedelta(seconds=1))
    sign_up(invitations.link(token))
    assert not User.objects.exists()


def test_the_link_is_shown_once_and_only_its_digest_is_stored(admin_client: Client) -> None:
    page = admin_client.post("/admin/cryptohub/invitation/add/", {"note": "for Ada"}, follow=True).content.decode()
    token = page.partition("?invitation=")[2][:32]
    assert invitations.is_valid(token)
    assert token not in Invitation.objects.get().digest
    assert "?invitation=" not in admin_client.get("/admin/cryptohub/invitation/").content.decode()


def test_the_commands_print_links() -> None:
    out = StringIO()
    call_command("invite", "for Ada", stdout=out)
    assert invitations.is_valid(out.getvalue().strip().partition("=")[2])
    User.objects.create_user("ada", "ada@example.org", PASSWORD)
    call_command("resetlink", "ada", stdout=out)
    assert "/accounts/password/reset/key/" in out.getvalue()


def test_a_mistyped_setting_names_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGN_UP", "friends")
    with pytest.raises(SystemExit, match="SIGN_UP is 'friends'; allowed: open, invitation, closed"):
        env.sign_up("SIGN_UP")
