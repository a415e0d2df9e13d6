"""The hub's own middleware: client address, request id, and headers of public reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import getrandbits  # os.urandom takes longer than the rest of a warm answer
from typing import Any

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from cryptohub.middleware import forwarded as proxies

Handler = Callable[[HttpRequest], HttpResponse]

BROWSER_HEADERS_MIDDLEWARE = (SecurityMiddleware, CSPMiddleware, XFrameOptionsMiddleware)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def forwarded(get_response: Handler) -> Handler:
    """Accept X-Forwarded-For and -Proto from TRUSTED_PROXIES and drop them from any other sender.

    Cookies sent over https are marked Secure. Over http (this machine, without TLS) browsers would reject such cookies.
    """
    trusted: Sequence[proxies.Network] = settings.TRUSTED_PROXIES

    def middleware(request: HttpRequest) -> HttpResponse:
        proxies.apply_forwarded(request.META, trusted)
        response = get_response(request)
        if response.cookies and request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response

    return middleware


def request_id(get_response: Handler) -> Handler:
    """Give the request an id and return it as X-Request-ID; a valid id sent by the client is used as it is."""

    def middleware(request: HttpRequest) -> HttpResponse:
        posted = request.META.get("HTTP_X_REQUEST_ID", "")
        identifier = posted if _REQUEST_ID.fullmatch(posted) else f"{getrandbits(64):016x}"
        request.request_id = identifier  # type: ignore[attr-defined]  # read by errors.py
        response = get_response(request)
        response["X-Request-ID"] = identifier
        return response

    return middleware


def public_read(get_response: Handler) -> Handler:
    """Check the host, and add Content-Length and the headers that protect browsers.

    Public reads skip the middleware that does this elsewhere. A 304 keeps the headers sent with the first response.
    """
    browser_headers = {secure: _browser_headers(secure) for secure in (False, True)}

    def middleware(request: HttpRequest) -> HttpResponse:
        request.get_host()
        response = get_response(request)
        if response.status_code == 304:
            return response
        for name, value in browser_headers[request.is_secure()]:
            response.headers.setdefault(name, value)
        if not response.streaming and "Content-Length" not in response.headers:
            response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware


def _browser_headers(secure: bool) -> list[tuple[str, str]]:
    """Run BROWSER_HEADERS_MIDDLEWARE once, over https or http, and return the headers it adds."""
    request = HttpRequest()
    request.method, request.path = "GET", "/api/"
    request.META |= {"SERVER_NAME": "localhost", "SERVER_PORT": "80"}
    request.META["HTTP_X_FORWARDED_PROTO"] = "https" if secure else "http"
    handler: Any = lambda _: HttpResponse()  # noqa: E731 - the innermost of the chain
    for middleware in BROWSER_HEADERS_MIDDLEWARE:
        handler = middleware(handler)
    plain = set(HttpResponse().headers)
    return [(name, value) for name, value in handler(request).headers.items() if name not in plain]
