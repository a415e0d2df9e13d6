"""Requests that need no session, user, form or page go past the middleware that serves those.

What is light is listed; whatever is not gets everything. The list is held against the views themselves in the tests:
each of its paths leads to one that asks nobody who they are. What the middleware that guards browsers would say on an
answer, it is asked once, and it is said on every light answer too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from axes.middleware import AxesMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django_htmx.middleware import HtmxMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware

from cryptohub.middleware.request import ContentPolicy

ROUTES = (
    "prices",
    "ohlcv/[^/]+",
    "coins/search",
    "coins/[^/]+/(details|history|chart)",
    "metadata/coins",
    "market/(gainers|losers|categories|global)",
    "exchanges",
    "trading/(orderbook|volume)",
    "news/[^/]+",
    "events",
    "indicators/[^/]+",
    "correlations",
    "ai/(predictions|sentiment)/[^/]+",
    "ai/models",
    "social/(trending|sentiment)",
    "alerts/prices",
    "cache/stats",
    "system/(providers/health|providers/stats|binance/health|circuit-breakers)",
)
"""Below /api/, whole paths: all that anybody may read."""
LIGHT = re.compile(f"/api/({'|'.join(ROUTES)})")
READING = frozenset({"GET", "HEAD"})
GUARDS = (SecurityMiddleware, ContentPolicy, XFrameOptionsMiddleware)

Handler = Callable[[HttpRequest], HttpResponse]


def is_light(method: str | None, path: str) -> bool:
    """Whether a request needs neither session nor user nor form."""
    return method in READING and LIGHT.fullmatch(path) is not None


def lighten(get_response: Handler) -> Handler:
    """Mark light requests, and do for them what little they need of all they go past: the host's name is checked, and
    answers have a length and the headers that guard browsers.
    """
    guards = {secure: _guards(secure) for secure in (False, True)}

    def middleware(request: HttpRequest) -> HttpResponse:
        light = is_light(request.method, request.path_info)
        request.is_light = light  # type: ignore[attr-defined]  # read below
        if not light:
            return get_response(request)
        request.get_host()
        response = get_response(request)
        if response.status_code == 304:
            return response  # whoever asked again keeps the headers that came with the bytes
        for name, value in guards[request.is_secure()]:
            response.headers.setdefault(name, value)
        if not response.streaming and "Content-Length" not in response.headers:
            response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware


def _guards(secure: bool) -> list[tuple[str, str]]:
    """What the guarding middleware says on an answer that says nothing itself, over https or not."""
    request = HttpRequest()
    request.method, request.path = "GET", "/api/"
    request.META |= {"SERVER_NAME": "localhost", "SERVER_PORT": "80"}
    request.META["HTTP_X_FORWARDED_PROTO"] = "https" if secure else "http"
    said: Any = lambda _: HttpResponse()  # noqa: E731 - the innermost of the chain
    for guard in GUARDS:
        said = guard(said)
    plain = set(HttpResponse().headers)
    return [(name, value) for name, value in said(request).headers.items() if name not in plain]


class PassedOver:
    """Before a middleware's class: light requests go past it, and past all of its kind that follow, in one step."""

    get_response: Any

    def __init__(self, get_response: Handler) -> None:
        super().__init__(get_response)  # type: ignore[call-arg]  # that of the class it stands before
        inner = getattr(get_response, "__wrapped__", None)  # Django wraps each, to turn exceptions into answers
        self.past: Handler = inner.past if isinstance(inner, PassedOver) else get_response

    def __call__(self, request: HttpRequest) -> Any:
        if getattr(request, "is_light", False):
            return self.past(request)
        return super().__call__(request)  # type: ignore[misc]  # likewise


class Security(PassedOver, SecurityMiddleware):
    pass


class Policy(PassedOver, ContentPolicy):
    pass


class Frames(PassedOver, XFrameOptionsMiddleware):
    pass


class Files(PassedOver, WhiteNoiseMiddleware):  # type: ignore[misc]  # its __call__ has no types
    pass


class Sessions(PassedOver, SessionMiddleware):
    pass


class Common(PassedOver, CommonMiddleware):
    pass


class Csrf(PassedOver, CsrfViewMiddleware):
    pass


class Authentication(PassedOver, AuthenticationMiddleware):
    pass


class Messages(PassedOver, MessageMiddleware):
    pass


class Htmx(PassedOver, HtmxMiddleware):
    pass


class Lockouts(PassedOver, AxesMiddleware):
    pass
