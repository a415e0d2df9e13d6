"""Adapters of django-allauth: who may sign up, how people are found, and how second factors are stored."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse

from cryptohub.accounts import invitations
from cryptohub.conf.env import SignUp
from providers.credentials import encryption


class AccountAdapter(DefaultAccountAdapter):
    """Accounts: sign-up as ``SIGN_UP`` allows, and links that name the address the client used."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return whether this visitor may sign up now."""
        if settings.SIGN_UP is SignUp.INVITATION:
            return invitations.is_valid(invitations.token_of(request))
        return bool(settings.SIGN_UP is SignUp.OPEN)

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> User:
        """Save a new account; an invitation is used up in the same transaction.

        Raises:
            invitations.Spent: The invitation was used meanwhile.
        """
        saved = cast(User, super().save_user(request, user, form, commit))
        if settings.SIGN_UP is SignUp.INVITATION:
            invitations.claim(invitations.token_of(request), saved)
        return saved

    def get_login_stages(self) -> list[str]:
        """Return the steps of signing in, with this hub's rule for accounts without an e-mail address."""
        ours = {"allauth.account.stages.EmailVerificationStage": "cryptohub.accounts.stages.EmailVerificationStage"}
        return [ours.get(path, path) for path in super().get_login_stages()]

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's address, which the middleware has taken from a trusted proxy if there is one."""
        return str(request.META.get("REMOTE_ADDR", ""))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Return the page of account settings."""
        return reverse("account_change_password")


class MFAAdapter(DefaultMFAAdapter):
    """Second factors: secrets are encrypted with the keys that encrypt providers' credentials."""

    def encrypt(self, text: str) -> str:
        """Return the token to store."""
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret of a stored token. Raises encryption.WrongKey if no key fits."""
        return encryption.decrypt(encrypted_text)

    def get_totp_issuer(self) -> str:
        """Return the name that authenticator apps show."""
        return "CryptoHub"
