"""Middleware for pages that depend on who asks."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


def private_pages(get_response: Handler) -> Handler:
    """Forbid to store pages that depend on who asks: a shared computer must not show them after signing out."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "Cookie" in response.headers.get("Vary", "") and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-store"
        return response

    return middleware
