"""Asking a fake over HTTP and reading it, as the hub would, whatever the category."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

from providers.adapters import ADAPTERS
from providers.domain.adapter import KeyUse, Lookup, Response
from providers.domain.categories import Category
from providers.sandbox.client import Sandbox


def answered(sandbox: Sandbox, slug: str, category: Category, lookups: Sequence[Lookup[Any]]) -> dict[Any, Any]:
    """What the adapter makes of the fake's answer. Raises its Failure."""
    adapter = ADAPTERS[slug]
    handler = adapter.handlers[category]
    request = handler.request(lookups)
    if adapter.key_use is KeyUse.REQUIRED:
        request = adapter.authorize(request, "any-key")
    url = f"{sandbox.url(slug)}{request.path}?{urlencode(request.params)}"
    try:
        with urlopen(HttpRequest(url, headers=dict(request.headers)), timeout=10) as got:
            status, headers, body = got.status, got.headers, got.read()
    except HTTPError as error:
        with error:
            status, headers, body = error.code, error.headers, error.read()
    lowered = {name.lower(): value for name, value in headers.items()}
    return handler.parse(lookups, Response(status, lowered, body, datetime.now(UTC)))
