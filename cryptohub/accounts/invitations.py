"""Invitations: links with which one person may sign up. Only a digest of the link's token is stored."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from cryptohub.models import Invitation

PARAMETER = "invitation"
LIFETIME = timedelta(days=14)


class Spent(Exception):  # noqa: N818 - expected: two people with one link
    """The invitation has been used or has expired."""


def create(by: User | None, note: str, now: datetime) -> tuple[Invitation, str]:
    """Create an invitation; return it and its token, which is not stored."""
    token = secrets.token_urlsafe(24)
    invitation = Invitation.objects.create(digest=_digest(token), invited_by=by, note=note, expires_at=now + LIFETIME)
    return invitation, token


def link(token: str) -> str:
    """Return the path of the sign-up page for a token."""
    return f"{reverse('account_signup')}?{PARAMETER}={token}"


def token_of(request: HttpRequest) -> str:
    """Return the token that a request carries, or ""."""
    return str(request.POST.get(PARAMETER) or request.GET.get(PARAMETER) or "")[:200]


def is_valid(token: str) -> bool:
    """Return whether the token belongs to an invitation that is unused and has not expired."""
    return bool(token) and _unused(token, timezone.now()).exists()


def claim(token: str, user: User) -> None:
    """Use the invitation up for an account. Raises Spent if somebody else was first, or it has expired."""
    now = timezone.now()
    if _unused(token, now).update(used_by=user, used_at=now) != 1:
        raise Spent


def _unused(token: str, now: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.filter(digest=_digest(token), used_at=None, expires_at__gt=now)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
