"""Errors as HTTP responses: problem+json (RFC 9457) for programs, HTML pages for people."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import set_rollback

from cryptohub.conf.limits import MAX_BODY

CONTENT_TYPE = "application/problem+json"
KIND = "urn:cryptohub:problem:"

MOST_ERRORS = 20
"""Errors that one response lists: a small request must not become a large response."""
LONGEST_DETAIL = 1_000

Problem = dict[str, Any]
_KNOWN = {413: ("too_large", f"A body has at most {MAX_BODY} bytes.")}
"""Code and detail of refusals by middleware."""


def handle(exc: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """Return problem+json for an API exception, as DRF's EXCEPTION_HANDLER; None lets Django answer 500."""
    api_exception = _as_api_exception(exc)
    if api_exception is None:
        return None
    set_rollback()
    body = problem(
        api_exception.status_code,
        detail=_detail(api_exception),
        code=_code(api_exception),
        request=context.get("request"),
    )
    if isinstance(api_exception, drf.ValidationError):
        body["errors"] = list(islice(field_errors(api_exception.get_full_details()), MOST_ERRORS))
    if attempts := getattr(api_exception, "attempts", None):
        body["attempts"] = list(attempts)
    return respond(body, _headers(api_exception))


def _as_api_exception(exc: Exception) -> drf.APIException | None:
    if isinstance(exc, Http404):
        return drf.NotFound()
    if isinstance(exc, PermissionDenied):
        return drf.PermissionDenied()
    return exc if isinstance(exc, drf.APIException) else None


def problem(status: int, *, detail: str = "", code: str = "", request: Any = None) -> Problem:
    """Return the members of every problem. `type` is our URN for `code`, or about:blank for plain HTTP errors."""
    return {
        "type": KIND + code if code else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or HTTPStatus(status).description,
        "request_id": getattr(request, "request_id", None),
    }


def respond(body: Problem, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return a problem as a response that must not be cached."""
    response = HttpResponse(json.dumps(body, default=str), content_type=CONTENT_TYPE, status=body["status"])
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"  # some responses do not pass SecurityMiddleware
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def as_problem(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Replace an error response by a problem; keep its cookies, Allow, Retry-After and WWW-Authenticate."""
    if response.headers.get("Content-Type", "").startswith(CONTENT_TYPE):
        return response
    headers = {name: response[name] for name in ("Allow", "Retry-After", "WWW-Authenticate") if name in response}
    code, detail = _KNOWN.get(response.status_code, ("", ""))
    replacement = respond(problem(response.status_code, code=code, detail=detail, request=request), headers)
    replacement.cookies = response.cookies
    return replacement


def field_errors(details: Any, field: str = "") -> Iterator[dict[str, str]]:
    """Flatten DRF's nested error details into rows of field, detail and code; nested fields are joined by dots."""
    if isinstance(details, Mapping) and set(details) == {"message", "code"}:
        yield {"field": _cut(field), "detail": _cut(str(details["message"])), "code": str(details["code"])}
    elif isinstance(details, Mapping):
        for name, inner in details.items():
            name_part = "" if name == "non_field_errors" else str(name)
            yield from field_errors(inner, ".".join(part for part in (field, name_part) if part))
    else:
        for position, inner in enumerate(details):
            nested = isinstance(inner, Mapping) and set(inner) != {"message", "code"}
            yield from field_errors(inner, f"{field}.{position}" if nested and field else field)


def _cut(text: str) -> str:
    """Return the text, shortened: what a client sends may be quoted in it."""
    return text if len(text) <= LONGEST_DETAIL else f"{text[:LONGEST_DETAIL]}…"


def _detail(exc: drf.APIException) -> str:
    if isinstance(exc, drf.ValidationError):
        return "The request has parameters that are not allowed."
    return _cut(str(exc.detail))


def _code(exc: drf.APIException) -> str:
    return "invalid" if isinstance(exc, drf.ValidationError) else str(exc.get_codes())


def _headers(exc: drf.APIException) -> dict[str, str]:
    """Return Retry-After in whole seconds, rounded up, and WWW-Authenticate of a 401."""
    headers = {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = str(challenge)
    wait = getattr(exc, "wait", None) or getattr(exc, "retry_after", None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, math.ceil(wait)))
    return headers


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Render the page for 400 (handler400)."""
    return _page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Render the page for 403 (handler403)."""
    return _page(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Render the page for 404 (handler404)."""
    return _page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Render the page for 500 (handler500) without database and session, as either may be the cause."""
    if request.path_info.startswith("/api/"):
        return HttpResponse(status=500)
    page = render_to_string("500.html", {"request_id": getattr(request, "request_id", None)})
    return HttpResponse(page, status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Render the page for a form without a valid CSRF token. `reason` is Django's and is not shown."""
    return _page(request, 403, "403_csrf.html")


def _page(request: HttpRequest, status: int, template: str = "") -> HttpResponse:
    """Render an error page; under /api/ only the status, which `api_problems` turns into a problem."""
    if request.path_info.startswith("/api/"):
        return HttpResponse(status=status)
    return render(request, template or f"{status}.html", status=status)


__all__ = ["CONTENT_TYPE", "Response", "handle", "problem", "respond"]
