"""Models of API keys and of the shared rate counters."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from knox.models import AbstractAuthToken, AuthTokenManager

from cryptohub.api.key_scopes import KeyScope

MAX_NAME = 60


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Queries for API keys."""

    def owned_by(self, user: User | AnonymousUser) -> Self:
        """Return the keys of a user; none for anonymous ones."""
        return self.filter(user_id=user.pk) if user.is_authenticated else self.none()


class ApiKey(AbstractAuthToken):
    """An API key: a knox token with a name and a scope. Only its digest is stored.

    `token_key` is the beginning of the key and identifies it. Revoking a key deletes its row.
    """

    name = models.CharField(max_length=MAX_NAME)
    scope = models.CharField(max_length=10, choices=KeyScope.choices(), default=KeyScope.MARKET.value)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the hour.")

    objects = AuthTokenManager.from_queryset(ApiKeyQuerySet)()  # type: ignore[misc]  # knox ships no types

    class Meta:
        ordering = ["-created", "token_key"]
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"

    @property
    def prefix(self) -> str:
        """The beginning of the key."""
        return str(self.token_key)

    def has_expired(self, now: datetime) -> bool:
        """Return whether the key has expired at `now`."""
        return self.expiry is not None and self.expiry <= now


class Invitation(models.Model):
    """A link with which one person may sign up while ``SIGN_UP`` is "invitation"; only its digest is stored."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    note = models.CharField(max_length=100, blank=True, help_text="Whom it is for.")
    invited_by = models.ForeignKey(
        "auth.User", models.SET_NULL, null=True, blank=True, editable=False, related_name="invitations"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(editable=False)
    used_by = models.ForeignKey("auth.User", models.SET_NULL, null=True, blank=True, editable=False, related_name="+")
    used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.note or f"invitation {self.pk}"


class RateCounter(models.Model):
    """Number of requests that all processes together have leased for a client in its current window."""

    client = models.CharField(max_length=80, primary_key=True)
    ends = models.BigIntegerField(help_text="When the window ends, in unix seconds.")
    taken = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "rate counters"

    def __str__(self) -> str:
        return f"{self.client}: {self.taken}"
