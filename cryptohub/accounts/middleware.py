"""Middleware for the account pages: limits of what one visitor may send, and passkeys over HTTPS only."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cryptohub.accounts.client_address import network
from cryptohub.api.rate_limiter import limiter
from cryptohub.conf.rates import Rate

Handler = Callable[[HttpRequest], HttpResponse]

LIMITS: tuple[tuple[str, str, Rate], ...] = (
    ("/accounts/signup/", "sign-ups", Rate(10, 3600)),
    ("/accounts/password/reset/", "password resets", Rate(10, 3600)),
    ("/accounts/login/", "sign-ins", Rate(20, 300)),
    ("/accounts/2fa/authenticate/", "sign-ins", Rate(20, 300)),
    ("/admin/login/", "sign-ins", Rate(20, 300)),
    ("/accounts/", "changes of accounts", Rate(100, 300)),
)
"""Path, what is done there, and how many POSTs one address (IPv6: its /64 network) may send; the first match holds.

An office behind one address signs in more seldom; guessing a password needs more by orders of magnitude.
"""


def post_limits(get_response: Handler) -> Handler:
    """Answer 429 to a visitor who sends more to the account pages than ``LIMITS`` allows."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return get_response(request)
        for path, action, rate in LIMITS:
            if request.path_info.startswith(path):
                status = limiter().take(f"{action}:{network(request)}", rate, time.time())
                return get_response(request) if status.allowed else _refusal(request, action, status.reset_s)
        return get_response(request)

    return middleware


def _refusal(request: HttpRequest, action: str, wait_s: int) -> HttpResponse:
    minutes = -(-wait_s // 60)
    response = render(request, "429.html", {"action": action, "minutes": minutes}, status=429)
    response["Retry-After"] = str(wait_s)
    response["Cache-Control"] = "no-store"
    return response


PASSKEYS = "/accounts/2fa/webauthn/"


def are_passkeys_possible(request: HttpRequest) -> bool:
    """Return whether browsers allow passkeys here: over HTTPS, or on localhost (Web Authentication, section 5.1.3)."""
    return request.is_secure() or request.get_host().partition(":")[0] == "localhost"


def passkeys_over_https(get_response: Handler) -> Handler:
    """Refuse the pages of passkeys where browsers would refuse them without a word."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(PASSKEYS) and not are_passkeys_possible(request):
            return render(request, "account/passkeys_need_https.html", status=403)
        return get_response(request)

    return middleware
