"""What anybody may read goes past sessions, forms and users; everything else gets everything."""

from __future__ import annotations

import re
import sys
from types import FrameType
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.test import Client
from django.urls import resolve
from django.utils.module_loading import import_string

from cryptohub.public_handler import ROUTES, Csrf, Htmx, PassedOver, Sessions, _guards, is_light, lighten
from providers.api.base import PublicView
from tests.markets.whole_hub import ROUTES as KEPT

HEAVY = {
    *("Security", "Policy", "Frames", "Files", "Sessions", "Common", "Csrf", "Authentication", "Messages", "Htmx"),
    "Lockouts",
}
WORK = ("process_request", "process_response", "__call__")
PRIVATE = ["/api/watchlists/", "/api/watchlist", "/api/alerts/", "/api/alerts/events/", "/api/system/quarantine"]
LIGHT = ["/api/system/circuit-breakers", "/api/cache/stats", *(path.partition("?")[0] for path in KEPT)]


def view_of(path: str) -> Any:
    """The class of the view that a path leads to."""
    found = resolve(path).func
    return getattr(found, "cls", None) or getattr(found, "view_class", None)


def passed_through(client: Client, path: str) -> set[str]:
    """The heavy middleware whose own work is done for a request."""
    client.get(path)  # the first request of a client makes the chain
    found = set()
    heavy = {middleware.__mro__[2].__module__: middleware.__name__ for middleware in heavies()}

    def note(frame: FrameType, event: str, _: Any) -> None:
        name = frame.f_globals.get("__name__", "")
        if event == "call" and name in heavy and frame.f_code.co_name in WORK:
            found.add(heavy[name])

    sys.setprofile(note)
    try:
        client.get(path)
    finally:
        sys.setprofile(None)
    return found


def heavies() -> list[type]:
    named = [import_string(name) for name in settings.MIDDLEWARE]
    return [each for each in named if isinstance(each, type) and issubclass(each, PassedOver)]


def test_what_is_passed_over_is_what_serves_sessions_and_forms() -> None:
    assert {each.__name__ for each in heavies()} == HEAVY


@pytest.mark.parametrize("path", LIGHT)
def test_every_public_route_is_light_to_read_and_not_to_write(path: str) -> None:
    assert is_light("GET", path)
    assert is_light("HEAD", path)
    assert not is_light("POST", path)
    assert not is_light("OPTIONS", path)


@pytest.mark.parametrize("path", LIGHT)
def test_a_light_route_asks_nobody_who_they_are(path: str) -> None:
    view = view_of(path)
    assert issubclass(view, PublicView)
    assert (list(view.authentication_classes), list(view.permission_classes)) == ([], [])


def test_every_entry_of_the_list_is_a_route() -> None:
    for route in ROUTES:
        assert any(re.fullmatch(f"/api/{route}", path) for path in [*LIGHT, "/api/system/providers/health"]), route


@pytest.mark.parametrize(
    "path",
    [*PRIVATE, "/", "/accounts/login/", "/api/prices/", "/api/pricesx", "/api/ohlcv/a/b", "/api/", "/api/news/"],
)
def test_what_is_not_listed_is_not_light(path: str) -> None:
    assert not is_light("GET", path)


def test_one_step_leads_past_all_of_them() -> None:
    innermost = convert_exception_to_response(lambda _: HttpResponse())
    last = Htmx(innermost)
    first = Sessions(convert_exception_to_response(Csrf(convert_exception_to_response(last))))
    assert (last.past, first.past) == (innermost, innermost)


@pytest.mark.django_db
@pytest.mark.parametrize("secure", [True, False])
def test_a_light_answer_has_every_header_that_guards_browsers_elsewhere(client: Client, secure: bool) -> None:
    light, full = (client.get(path, secure=secure) for path in ("/api/events", "/accounts/login/"))
    guarding = {name for name, _ in _guards(secure)}
    assert len(guarding) == 5 + secure
    assert {name: light[name] for name in guarding} == {name: full[name] for name in guarding}


@pytest.mark.django_db
def test_a_light_request_goes_past_and_any_other_through(client: Client) -> None:
    assert passed_through(client, "/api/events") == set()
    assert passed_through(client, "/accounts/login/") == HEAVY


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/events", "/api/events?nonsense=1", "/api/watchlists/"])
def test_every_answer_has_its_security_headers_id_and_length(client: Client, path: str) -> None:
    response = client.get(path, secure=True)
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Strict-Transport-Security"].startswith("max-age=")
    assert response["X-Request-ID"]
    assert int(response["Content-Length"]) == len(response.content)
    assert not response.cookies


def test_a_light_request_to_a_host_that_is_not_allowed_is_400(client: Client) -> None:
    refused = client.get("/api/events", headers={"host": "elsewhere.example"})
    assert (refused.status_code, refused["Content-Type"]) == (400, "application/problem+json")


def test_a_length_that_is_missing_is_given(rf: Any) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        assert request.is_light  # type: ignore[attr-defined]  # set by the middleware
        return HttpResponse(b"four")

    assert lighten(answer)(rf.get("/api/events", headers={"host": "localhost"}))["Content-Length"] == "4"


def test_a_304_repeats_nothing_that_came_with_the_bytes(rf: Any) -> None:
    response = lighten(lambda _: HttpResponse(status=304, headers={"ETag": '"a"'}))(rf.get("/api/events"))
    assert dict(response.items()).keys() <= {"ETag", "Content-Type"}


def test_a_304_does_not_say_that_what_is_unchanged_has_no_length(rf: Any) -> None:
    unchanged = lighten(lambda _: HttpResponseNotModified())(rf.get("/api/events", headers={"host": "localhost"}))
    assert "Content-Length" not in unchanged


@pytest.mark.django_db
def test_a_public_route_answers_in_json_whatever_is_asked_for(client: Client) -> None:
    response = client.get("/api/events", headers={"accept": "text/html"})
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert response["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.django_db
@pytest.mark.parametrize(("sent_as", "status"), [("application/json", 400), ("text/csv", 415)])
def test_what_is_sent_to_a_public_route_is_parsed_and_refused_as_usual(
    client: Client, sent_as: str, status: int
) -> None:
    refused = client.post("/api/backtest", data="{}", content_type=sent_as)
    assert (refused.status_code, refused["Content-Type"]) == (status, "application/problem+json")


@pytest.mark.django_db
def test_a_method_that_is_not_there_is_405_with_those_that_are(client: Client) -> None:
    refused = client.post("/api/events")
    assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD, OPTIONS")
