"""Middleware for /api/: identify the client, apply and report its rate limit, and turn errors into problem+json."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache, partial

from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import Throttled

from cryptohub.api import clients, errors
from cryptohub.api.clients import Client
from cryptohub.api.rate_limiter import RateLimitStatus, limiter
from cryptohub.conf.rates import Rate

Handler = Callable[[HttpRequest], HttpResponse]


def api_clients(get_response: Handler) -> Handler:
    """Refuse bad keys and clients beyond their limit before any work is done for them.

    The client is stored as `request.api_client`. A warm request costs no SQL here, except for one statement whenever a
    block of the client's limit is used up.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/api/"):
            return get_response(request)
        now = time.time()
        client = clients.identify(request, datetime.fromtimestamp(now, UTC))
        request.api_client = client  # type: ignore[attr-defined]  # read by authentication.py
        request.is_operator = partial(clients.is_operator, request, client)  # type: ignore[attr-defined]  # for explain=1
        status = limiter().take(client.name, client.rate, now)
        response = _refusal(request, client, status) or get_response(request)
        response["RateLimit-Policy"], response["RateLimit"] = rate_limit_fields(client.kind, status)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


def api_problems(get_response: Handler) -> Handler:
    """Replace error responses under /api/ that are not problem+json, such as Django's own 400, 404 or 500."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code >= 400 and request.path_info.startswith("/api/"):
            return errors.as_problem(request, response)
        return response

    return middleware


def _refusal(request: HttpRequest, client: Client, status: RateLimitStatus) -> HttpResponse | None:
    if not status.allowed:
        return errors.handle(_throttled(client, status), {"request": request})
    return errors.handle(client.refusal, {"request": request}) if client.refusal else None


def _throttled(client: Client, status: RateLimitStatus) -> Throttled:
    quota, window_s = status.rate
    detail = f"More than {quota} requests in {window_s} s from this {client.kind}."
    return Throttled(wait=status.reset_s, detail=detail)


def rate_limit_fields(name: str, status: RateLimitStatus) -> tuple[str, str]:
    """Return the values of RateLimit-Policy and RateLimit, such as `"key";q=600;w=60` and `"key";r=42;t=17`.

    Source: draft-ietf-httpapi-ratelimit-headers, revision 08 and later.
    """
    return policy(name, status.rate), f'"{name}";r={status.remaining};t={status.reset_s}'


@lru_cache
def policy(name: str, rate: Rate) -> str:
    """Return the RateLimit-Policy value of a limit: quota `q` in a window of `w` seconds."""
    return f'"{name}";q={rate.quota};w={rate.window_s}'
