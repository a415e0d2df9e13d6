"""A test client that chooses the handler as the WSGI application does: the short one for public reads."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.test import Client
from django.test.client import ClientHandler

from cryptohub.public_handler import PublicReadHandler, PublicReads

public_reads = cache(PublicReads)


class PublicReadClientHandler(ClientHandler):
    """Django's test handler with the middleware of `PublicReadHandler`."""

    load_middleware = PublicReadHandler.load_middleware


class HubClientHandler(ClientHandler):
    """Passes public reads to `PublicReadClientHandler`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._public = PublicReadClientHandler(*args, **kwargs)

    def __call__(self, environ: dict[str, Any]) -> Any:
        if (environ["REQUEST_METHOD"], environ["PATH_INFO"]) in public_reads():
            return self._public(environ)
        return super().__call__(environ)


class HubClient(Client):
    """Django's test client, answered as in production."""

    def __init__(self, enforce_csrf_checks: bool = False, **kwargs: Any) -> None:
        super().__init__(enforce_csrf_checks, **kwargs)
        self.handler = HubClientHandler(enforce_csrf_checks)
