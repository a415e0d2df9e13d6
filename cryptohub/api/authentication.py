"""DRF authentication by API key. The middleware has verified the key already, so this costs no SQL."""

from __future__ import annotations

import copy
from typing import Any

from django.contrib.auth.models import User
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, AllowAny, IsAdminUser
from rest_framework.request import Request

from cryptohub.api.clients import CHALLENGE
from cryptohub.api.key_scopes import KeyScope
from cryptohub.api.keys import CachedKey


class KeyAuthentication(BaseAuthentication):
    """Set `request.user` to the key's owner and `request.auth` to the key, and enforce the key's scope."""

    def authenticate(self, request: Request) -> tuple[User, CachedKey] | None:
        """Return owner and key; None without a key. Raises PermissionDenied if the scope does not suffice."""
        client = getattr(request._request, "api_client", None)
        if client is None or client.key is None:
            return None
        required = required_scope((request.parser_context or {}).get("view"), str(request.method))
        if not client.key.scope.covers(required):
            detail = f"This key's scope is “{client.key.scope}”; this needs “{required}”."
            raise PermissionDenied(detail, code="scope")
        return copy.copy(client.key.user), client.key

    def authenticate_header(self, request: Request) -> str:
        """Return the WWW-Authenticate header of a 401."""
        return CHALLENGE


def required_scope(view: Any, method: str) -> KeyScope:
    """Return the scope that a view requires, from its permission classes and the method."""
    permissions = tuple(getattr(view, "permission_classes", ()))
    if any(issubclass(permission, IsAdminUser) for permission in permissions):
        return KeyScope.OPERATE
    if permissions and all(permission is AllowAny for permission in permissions):
        return KeyScope.MARKET
    return KeyScope.READ if method in SAFE_METHODS else KeyScope.WRITE
