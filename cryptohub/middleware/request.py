"""What every request passes through that is ours: who asks, its id, and errors that programs can read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import getrandbits  # the system's own source takes longer than all the rest of a warm answer

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from cryptohub.api import errors
from cryptohub.middleware import forwarded as proxies

Handler = Callable[[HttpRequest], HttpResponse]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def forwarded(get_response: Handler) -> Handler:
    """Believe X-Forwarded-For and -Proto from TRUSTED_PROXIES, drop them from anyone else.

    Cookies that leave over https are marked Secure; over http (this machine, without TLS) they could not be.
    """
    trusted: Sequence[proxies.Network] = settings.TRUSTED_PROXIES

    def middleware(request: HttpRequest) -> HttpResponse:
        proxies.settle(request.META, trusted)
        response = get_response(request)
        if response.cookies and request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response

    return middleware


def request_id(get_response: Handler) -> Handler:
    """Give the request an id, its own if it brought a decent one, and send it back as X-Request-ID."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        found = given if _REQUEST_ID.fullmatch(given) else f"{getrandbits(64):016x}"
        request.request_id = found  # type: ignore[attr-defined]  # read by errors.py
        response = get_response(request)
        response["X-Request-ID"] = found
        return response

    return middleware


def api_problems(get_response: Handler) -> Handler:
    """Turn any error page under /api/ that is not problem+json yet into it: 400, 403, 404, 405, 500 and so on."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code >= 400 and request.path_info.startswith("/api/"):
            return errors.as_problem(request, response)
        return response

    return middleware


class ContentPolicy(CSPMiddleware):
    """django-csp with the policy built once: building it anew for each answer takes a fifth of a short request.

    An answer that a view gave a policy of its own, and Django's debug pages, go the long way.
    """

    def __init__(self, get_response: Handler) -> None:
        super().__init__(get_response)
        self._policy = build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        own = hasattr(request, "_csp_nonce") or "_csp" in " ".join(vars(response))
        if own or (settings.DEBUG and response.status_code >= 400):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._policy)
        return response
