"""Who a visitor without an account is: the address, or the /64 network of an IPv6 address, which is one customer's."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from cryptohub.middleware.forwarded import client_network


def network(request: HttpRequest) -> str:
    """Return the client's address; of an IPv6 address the first of its /64 network."""
    found = client_network(str(request.META.get("REMOTE_ADDR", "")))
    return "0.0.0.0" if found == "unknown" else found.partition("/")[0]  # noqa: S104 - a placeholder, nothing listens


def name(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str | None:
    """Return the name that a sign-in is for, by which attempts are counted."""
    given = credentials or {}
    post = request.POST if request is not None else {}
    found = given.get("username") or given.get("email") or post.get("login") or post.get("username")
    return str(found).strip().casefold()[:255] if found else None
