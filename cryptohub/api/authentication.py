"""Keys as DRF's authentication: a thin class over what the middleware found, without SQL of its own."""

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
    """``request.user`` is the key's owner, ``request.auth`` the key. A key is held to its scope here, in one place."""

    def authenticate(self, request: Request) -> tuple[User, CachedKey] | None:
        client = getattr(request._request, "api_client", None)
        if client is None or client.key is None:
            return None
        needed = required_scope((request.parser_context or {}).get("view"), str(request.method))
        if not client.key.scope.covers(needed):
            said = f"This key's scope is “{client.key.scope}”; this needs “{needed}”."
            raise PermissionDenied(said, code="scope")
        return copy.copy(client.key.user), client.key

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


def required_scope(view: Any, method: str) -> KeyScope:
    """What a key must be allowed to do here: operators' routes are those that only operators may use."""
    permissions = tuple(getattr(view, "permission_classes", ()))
    if any(issubclass(permission, IsAdminUser) for permission in permissions):
        return KeyScope.OPERATE
    if permissions and all(permission is AllowAny for permission in permissions):
        return KeyScope.MARKET
    return KeyScope.READ if method in SAFE_METHODS else KeyScope.WRITE
