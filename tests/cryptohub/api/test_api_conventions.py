"""The API's common rules, checked on every route of the URL conf."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from cryptohub.api.parsers import MAX_BYTES
from markets.models import Asset

pytestmark = pytest.mark.django_db

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
WITH_BODY = ("POST", "PUT", "PATCH")
NOBODYS = {"int": "999999", "slug": "no-such-thing", "str": "no-such-thing"}
DESCRIPTION = {"/api/schema/", "/api/docs/"}
"""The description of the API and the page that shows it."""
BODILESS = re.compile(r"/api/alerts/events/(999999/read|read-all)/")
"""Posted to as they are: what is sent along is not looked at."""
NO_JSON = [b"{", b"\xff", b"[]", b'"text"', b"null", b"[" * 100_000, b'{"a": NaN}']


def routes(patterns: list[URLPattern | URLResolver], value: dict[str, str], prefix: str = "/") -> Iterator[str]:
    """Every path below /api/, with these values in its places."""
    for entry in patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, value, path)
        elif path.startswith("/api/"):
            yield re.sub(r"<(\w+):\w+>", lambda found: value[found[1]], path)


PATHS = sorted(routes(get_resolver().url_patterns, NOBODYS))


def held(answer: Any, path: str) -> Any:
    """The answer, after it was held against what every answer keeps to."""
    result = f"{answer.request['REQUEST_METHOD']} {path}: {answer.status_code} {dict(answer.headers)}"
    assert answer.get("X-Request-ID"), result
    assert answer.get("Cache-Control"), result
    assert re.fullmatch(r'"\w+";q=\d+;w=\d+', answer.get("RateLimit-Policy", "")), result
    assert re.fullmatch(r'"\w+";r=\d+;t=\d+', answer.get("RateLimit", "")), result
    assert answer.get("X-Content-Type-Options") == "nosniff", result
    assert answer.status_code not in {422, 500}, result
    if answer.status_code >= 400:
        hold_problem(answer, result)
    return answer


def hold_problem(answer: Any, result: str) -> None:
    assert answer["Content-Type"] == "application/problem+json", result
    assert answer["Cache-Control"] == "no-store", result
    for status, name in ((401, "WWW-Authenticate"), (405, "Allow"), (429, "Retry-After"), (503, "Retry-After")):
        assert answer.status_code != status or answer.get(name), result
    if answer.request["REQUEST_METHOD"] != "HEAD":
        body = json.loads(answer.content)
        assert {"type", "title", "status", "detail", "request_id"} <= set(body), result
        assert (body["status"], body["request_id"]) == (answer.status_code, answer["X-Request-ID"]), result
        assert answer.status_code != 400 or body["type"] != "about:blank", result


_allowed: dict[str, list[str]] = {}


def allowed(client: Client, path: str) -> list[str]:
    """The methods a route names, asked once."""
    if path not in _allowed:
        _allowed[path] = str(held(client.options(path), path)["Allow"]).split(", ")
    return _allowed[path]


@pytest.mark.parametrize("method", METHODS)
def test_every_answer_has_the_common_headers(method: str, admin_client: Client, coins: list[Asset]) -> None:
    for path in PATHS:
        for client in (Client(), admin_client):
            held(getattr(client, method)(path), path)


def test_a_private_route_is_401_to_a_visitor_and_not_cacheable(admin_client: Client, coins: list[Asset]) -> None:
    private = [path for path in PATHS if Client().get(path).status_code == 401]
    assert {"/api/watchlists/", "/api/alerts/", "/api/keys/", "/api/system/quarantine"} <= set(private)
    for path in private:
        assert "no-store" in admin_client.get(path)["Cache-Control"], path


def test_a_wrong_method_is_405_and_names_the_right_ones(admin_client: Client) -> None:
    for path in PATHS:
        right = allowed(admin_client, path)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(right):
            answer = held(admin_client.generic(method, path), path)
            assert (answer.status_code, answer["Allow"].split(", ")) == (405, right), path


@pytest.mark.parametrize("body", NO_JSON)
def test_an_invalid_body_is_400(body: bytes, admin_client: Client, coins: list[Asset]) -> None:
    for path in PATHS:
        for method in set(allowed(admin_client, path)) & set(WITH_BODY):
            answer = held(admin_client.generic(method, path, body, content_type="application/json"), path)
            assert answer.status_code in {400, 404} or BODILESS.fullmatch(path), path


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a=1", "application/x-www-form-urlencoded", 415),
        (b"<a/>", "text/xml", 415),
        (b" " * (MAX_BYTES + 1), "application/json", 413),
    ],
)
def test_a_body_of_another_type_or_size_is_refused_as_such(
    body: bytes, kind: str, status: int, admin_client: Client, coins: list[Asset]
) -> None:
    for path in PATHS:
        for method in set(allowed(admin_client, path)) & set(WITH_BODY):
            answer = held(admin_client.generic(method, path, body, content_type=kind), path)
            assert answer.status_code in {404, status} or BODILESS.fullmatch(path), path


def test_an_unknown_parameter_is_400_and_named(admin_client: Client, coins: list[Asset]) -> None:
    for path in (path for path in PATHS if path not in DESCRIPTION and "GET" in allowed(admin_client, path)):
        answer = held(admin_client.get(f"{path}?nonsense=1"), path)
        assert answer.status_code in {400, 404}, path
        if answer.status_code == 400:
            assert "nonsense" in {row["field"] for row in answer.json()["errors"]}, path


def test_no_accept_header_breaks_a_route(admin_client: Client, coins: list[Asset]) -> None:
    for path in PATHS:
        for accept in ("text/csv", "nonsense"):
            held(admin_client.get(path, headers={"Accept": accept}), path)


@pytest.mark.parametrize("value", ["%00", "9" * 30, "%F0%9F%AA%99", "a%0d%0ab", "%ff", "x" * 3000])
def test_no_value_in_a_path_breaks_a_route(value: str, admin_client: Client, coins: list[Asset]) -> None:
    for path in routes(get_resolver().url_patterns, {"int": "9" * 30, "slug": value, "str": value}):
        if path not in PATHS:
            assert held(admin_client.get(path), path).status_code in {400, 404, 405}, path


@pytest.mark.parametrize("path", ["/api/", "/api/nowhere", "/api/watchlists/x/", "/api/prices/", "/api/%00"])
def test_an_unknown_path_is_404(path: str) -> None:
    assert held(Client().get(path), path).status_code == 404


LISTS = ["/api/watchlists/", "/api/alerts/", "/api/alerts/events/", "/api/keys/", "/api/system/quarantine"]


def test_every_list_that_has_pages_is_known_here() -> None:
    from cryptohub.api.docs import document

    paged = {
        path
        for path, operations in document()["paths"].items()
        if "offset" in {parameter["name"] for parameter in operations.get("get", {}).get("parameters", ())}
    }
    assert paged == set(LISTS)


@pytest.mark.parametrize(
    "page",
    ["limit=0", "limit=501", "limit=x", "limit=-1", "offset=-1", "offset=x", f"offset={'9' * 30}", "limit=1&limit=2"],
)
def test_an_invalid_page_is_400_and_says_what_is_allowed(page: str, admin_client: Client) -> None:
    for path in LISTS:
        answer = held(admin_client.get(f"{path}?{page}"), path)
        assert answer.status_code == 400, path
        assert [row["field"] for row in answer.json()["errors"]] == [page.partition("=")[0]], path


def test_a_page_beyond_the_end_is_empty(admin_client: Client) -> None:
    for path in LISTS:
        assert admin_client.get(f"{path}?limit=500&offset=999999").json()["results"] == [], path


FILTERS = {
    "alerts": ("enabled=maybe", "state=x", "direction=up", "asset=nosuch", "asset=%00"),
    "alerts/events": ("unread=2", "alert=0", "alert=x", f"alert={'9' * 30}", "asset="),
}


@pytest.mark.parametrize("query", [f"/api/{path}/?{query}" for path, queries in FILTERS.items() for query in queries])
def test_a_filter_that_is_not_understood_is_400(query: str, admin_client: Client, coins: list[Asset]) -> None:
    assert held(admin_client.get(query), query).status_code == 400
