"""Errors under /api/ are problem+json without internal details; elsewhere they are pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, override_settings
from django.urls import path
from django.views.decorators.http import require_GET
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from cryptohub.api.errors import field_errors
from markets.api.problems import Unavailable

SECRET = "postgres://hub:hunter2@db/hub"


class Boom(APIView):
    permission_classes = ()
    raises = Exception()

    def get(self, request: Request) -> None:
        raise self.raises


class Form(serializers.Serializer[Any]):
    symbols = serializers.ListField(child=serializers.CharField(max_length=3))
    limit = serializers.IntegerField(min_value=1)


class Invalid(APIView):
    permission_classes = ()

    def get(self, request: Request) -> None:
        Form(data={"symbols": ["BTC", "TOOLONG"], "limit": 0}).is_valid(raise_exception=True)


def fine(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(SECRET)


def boom(error: Exception) -> Callable[..., HttpResponseBase]:
    return Boom.as_view(raises=error)


urlpatterns = [
    path("api/plain", broken),
    path("api/drf", boom(RuntimeError(SECRET))),
    path("api/missing", boom(Http404(SECRET))),
    path("api/denied", boom(PermissionDenied(SECRET))),
    path("api/throttled", boom(exceptions.Throttled(wait=1.2))),
    path("api/unavailable", boom(Unavailable(retry_after=3, attempts=[{"provider": "binance", "outcome": "refused"}]))),
    path("api/invalid", Invalid.as_view()),
    path("api/get", require_GET(fine)),
    path("page", broken),
]
handler400 = "cryptohub.api.errors.bad_request"
handler404 = "cryptohub.api.errors.page_not_found"
handler500 = "cryptohub.api.errors.server_error"

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def get() -> Callable[..., Any]:
    client = Client(raise_request_exception=False)

    def asked(path: str, method: str = "get") -> Any:
        response = getattr(client, method)(path)
        assert response["Content-Type"] == "application/problem+json"
        body = json.loads(response.content)
        assert body["status"] == response.status_code
        assert body["request_id"] == response["X-Request-ID"]
        assert "hunter2" not in response.content.decode()
        return response, body

    return asked


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/api/plain", 500, "Internal Server Error"),
        ("/api/drf", 500, "Internal Server Error"),
        ("/api/missing", 404, "Not Found"),
        ("/api/nowhere", 404, "Not Found"),
        ("/api/denied", 403, "Forbidden"),
    ],
)
def test_every_error_of_the_api_is_a_problem_without_internal_details(
    get: Callable[..., Any], path: str, status: int, title: str
) -> None:
    _, body = get(path)
    assert (body["status"], body["title"]) == (status, title)


@pytest.mark.parametrize("path", ["/api/get", "/api/drf"])
def test_a_wrong_method_is_a_problem_that_names_the_right_ones(get: Callable[..., Any], path: str) -> None:
    response, body = get(path, "delete")
    assert body["status"] == 405
    assert "GET" in response["Allow"]


def test_bad_parameters_are_listed_by_field(get: Callable[..., Any]) -> None:
    _, body = get("/api/invalid")
    assert body["type"] == "urn:cryptohub:problem:invalid"
    assert {(row["field"], row["code"]) for row in body["errors"]} == {
        ("symbols.1", "max_length"),
        ("limit", "min_value"),
    }


def test_a_throttled_client_gets_retry_after_in_whole_seconds(get: Callable[..., Any]) -> None:
    response, body = get("/api/throttled")
    assert (body["status"], response["Retry-After"]) == (429, "2")


def test_upstream_failure_carries_its_attempts_and_when_to_try_again(get: Callable[..., Any]) -> None:
    response, body = get("/api/unavailable")
    assert (body["status"], response["Retry-After"]) == (503, "3")
    assert body["attempts"] == [{"provider": "binance", "outcome": "refused"}]


def test_a_broken_page_is_a_page_with_the_request_id_and_no_reason() -> None:
    response = Client(raise_request_exception=False).get("/page")
    assert response.status_code == 500
    assert response["Content-Type"].startswith("text/html")
    assert response["X-Request-ID"] in response.content.decode()
    assert "hunter2" not in response.content.decode()


@override_settings(DEBUG=True)
def test_debug_adds_no_details_to_api_errors(get: Callable[..., Any]) -> None:
    get("/api/nowhere")
    get("/api/plain")


def test_a_host_that_is_not_allowed_is_a_problem_too(get: Callable[..., Any]) -> None:
    response = Client(SERVER_NAME="evil.example").get("/api/missing")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


def test_errors_of_the_whole_form_have_no_field() -> None:
    details = exceptions.ValidationError({"non_field_errors": ["no"], "rows": [{}, {"price": ["bad"]}]})
    assert list(field_errors(details.get_full_details())) == [
        {"field": "", "detail": "no", "code": "invalid"},
        {"field": "rows.1.price", "detail": "bad", "code": "invalid"},
    ]
