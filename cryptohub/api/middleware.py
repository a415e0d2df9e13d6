"""What every answer under /api/ goes through: who asks is settled, counted, and told where it stands."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import Throttled

from cryptohub.api import clients, errors
from cryptohub.api.clients import Client
from cryptohub.api.rate_limiter import RateLimitStatus, limiter
from cryptohub.api.rates import Rate

Handler = Callable[[HttpRequest], HttpResponse]


def api_clients(get_response: Handler) -> Handler:
    """Refuse bad keys and clients beyond their limit before anything is done for them; say the limit to all.

    What was found is left on the request as ``api_client``. A warm request costs no SQL here, but for one statement
    whenever a block of its limit is used up.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/api/"):
            return get_response(request)
        now = time.time()
        client = clients.identify(request, datetime.fromtimestamp(now, UTC))
        request.api_client = client  # type: ignore[attr-defined]  # read by authentication.py
        standing = limiter().take(client.name, client.rate, now)
        response = _refusal(request, client, standing) or get_response(request)
        response["RateLimit-Policy"], response["RateLimit"] = rate_limit_fields(client.kind, standing)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


def _refusal(request: HttpRequest, client: Client, standing: RateLimitStatus) -> HttpResponse | None:
    if not standing.allowed:
        return errors.handle(_beyond(client, standing), {"request": request})
    return errors.handle(client.refusal, {"request": request}) if client.refusal else None


def _beyond(client: Client, standing: RateLimitStatus) -> Throttled:
    quota, window = standing.rate
    said = f"More than {quota} requests in {window} s from this {client.kind}."
    return Throttled(wait=standing.reset_s, detail=said)


def rate_limit_fields(name: str, standing: RateLimitStatus) -> tuple[str, str]:
    """RateLimit-Policy and RateLimit as structured fields (draft-ietf-httpapi-ratelimit-headers, from revision 08 on):
    ``"key";q=600;w=60`` and ``"key";r=42;t=17``.
    """
    return policy(name, standing.rate), f'"{name}";r={standing.remaining};t={standing.reset_s}'


@lru_cache
def policy(name: str, rate: Rate) -> str:
    return f'"{name}";q={rate.quota};w={rate.window_s}'
