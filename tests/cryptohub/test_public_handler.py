"""Public reads use the short list of middleware; everything else uses the full one; both answer alike."""

from __future__ import annotations

import io
import sys
from types import FrameType
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.test import Client
from django.urls import resolve
from django.utils.module_loading import import_string

from cryptohub.middleware.request import _browser_headers, public_read
from cryptohub.public_handler import PublicReads, get_application
from providers.api.base import PublicView
from tests.hub import ROUTES
from tests.hub_client import HubClient

FULL_ONLY = [path for path in settings.MIDDLEWARE if path not in settings.PUBLIC_READ_MIDDLEWARE]
BODIES = "cryptohub.middleware.bodies.request_bodies"
HOOKS = ("process_view", "process_exception", "process_template_response")
WORK = ("process_request", "process_response", "__call__", "middleware", "sync_middleware")
PRIVATE_PAGES = "cryptohub.middleware.private_pages.private_pages"
OWN = ("cryptohub.accounts.middleware.post_limits", "cryptohub.accounts.middleware.passkeys_over_https")
PRIVATE = ["/api/watchlists/", "/api/watchlist", "/api/alerts/", "/api/alerts/events/", "/api/system/quarantine"]
PUBLIC = ["/api/system/circuit-breakers", "/api/cache/stats", *(path.partition("?")[0] for path in ROUTES)]
PER_REQUEST = {"X-Request-ID", "RateLimit"}


@pytest.fixture(scope="module")
def public_reads() -> PublicReads:
    return PublicReads()


def view_class(path: str) -> Any:
    """The class of the view that a path leads to."""
    view = resolve(path).func
    return getattr(view, "cls", None) or getattr(view, "view_class", None)


def middleware_at_work(client: Client, path: str) -> set[str]:
    """The middleware of the full list alone whose own code runs for a request, as dotted paths."""
    client.get(path)  # the first request of a client loads the middleware
    modules: dict[str, list[str]] = {}
    for full in FULL_ONLY:
        modules.setdefault(full.rpartition(".")[0], []).append(full)
    entered: set[str] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module in modules and frame.f_code.co_name in WORK:
            entered.update(modules[module])

    sys.setprofile(note)
    try:
        client.get(path)
    finally:
        sys.setprofile(None)
    return entered


def called(path: str, method: str = "GET") -> tuple[str, dict[str, str], bytes]:
    """Status, headers and body of the WSGI application's answer."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
    }
    started: list[Any] = []
    body = get_application()(environ, lambda *start: started.append(start))  # type: ignore[arg-type]  # a server would write
    status, headers = started[0]
    return status, dict(headers), b"".join(body)


def test_the_full_list_is_djangos_and_the_packages_own_apart_from_functions_which_reads_do_not_need() -> None:
    assert tuple(path for path in FULL_ONLY if path.startswith("cryptohub.")) == (BODIES, PRIVATE_PAGES, *OWN)
    assert not hasattr(settings, "SILENCED_SYSTEM_CHECKS") or not settings.SILENCED_SYSTEM_CHECKS
    assert run_checks() == []


def test_no_middleware_of_the_short_list_needs_a_hook_that_its_handler_does_not_call() -> None:
    for path in settings.PUBLIC_READ_MIDDLEWARE:
        assert not any(hasattr(import_string(path), hook) for hook in HOOKS), path


@pytest.mark.parametrize("path", PUBLIC)
def test_reading_a_public_route_is_a_public_read_and_writing_to_it_is_not(public_reads: PublicReads, path: str) -> None:
    assert ("GET", path) in public_reads
    assert ("HEAD", path) in public_reads
    assert ("POST", path) not in public_reads
    assert ("OPTIONS", path) not in public_reads


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_read_leads_to_a_view_that_identifies_nobody(path: str) -> None:
    view = view_class(path)
    assert issubclass(view, PublicView)
    assert (list(view.authentication_classes), list(view.permission_classes)) == ([], [])


@pytest.mark.parametrize(
    "path",
    [
        *(*PRIVATE, "/", "/accounts/login/", "/admin/", "/static/favicon.svg", "/api/backtest", "/api/schema/"),
        *("/api/prices/", "/api/pricesx", "/x/api/prices", "/api/ohlcv/a/b", "/api/", "/api/news/", "/api/prices\n"),
    ],
)
def test_what_leads_elsewhere_is_no_public_read(public_reads: PublicReads, path: str) -> None:
    assert ("GET", path) not in public_reads


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/events", "/api/events?nonsense=1", "/api/ohlcv/nothing", "/api/prices"])
@pytest.mark.parametrize("secure", [True, False])
def test_both_handlers_give_the_same_answer_and_headers(path: str, secure: bool) -> None:
    short, full = (client.get(path, secure=secure) for client in (HubClient(), Client()))
    assert short.status_code == full.status_code
    assert short.content.replace(short["X-Request-ID"].encode(), b"") == full.content.replace(
        full["X-Request-ID"].encode(), b""
    )
    assert short.headers.keys() == full.headers.keys()
    assert {name: short[name] for name in short.headers if name not in PER_REQUEST} == {
        name: full[name] for name in full.headers if name not in PER_REQUEST
    }


@pytest.mark.django_db
@pytest.mark.parametrize("secure", [True, False])
def test_a_public_read_has_every_header_that_protects_browsers_elsewhere(client: Client, secure: bool) -> None:
    public, page = (client.get(path, secure=secure) for path in ("/api/events", "/accounts/login/"))
    names = {name for name, _ in _browser_headers(secure)}
    assert len(names) == 5 + secure
    assert {name: public[name] for name in names} == {name: page[name] for name in names}


@pytest.mark.django_db
def test_a_public_read_skips_the_middleware_of_the_full_list_and_any_other_passes_all_of_it(client: Client) -> None:
    assert middleware_at_work(client, "/api/events") == set()
    assert middleware_at_work(client, "/accounts/login/") == set(FULL_ONLY)


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


@pytest.mark.django_db(transaction=True)  # a request closes its connection
def test_the_application_answers_public_reads_and_everything_else() -> None:
    status, headers, body = called("/api/events")
    assert (status, int(headers["Content-Length"])) == ("200 OK", len(body))
    status, headers, body = called("/api/watchlists/")
    assert (status, headers["Content-Type"]) == ("401 Unauthorized", "application/problem+json")
    assert called("/api/events", "POST")[0] == "405 Method Not Allowed"


def test_a_public_read_of_a_host_that_is_not_allowed_is_400(client: Client) -> None:
    refused = client.get("/api/events", headers={"host": "elsewhere.example"})
    assert (refused.status_code, refused["Content-Type"]) == (400, "application/problem+json")


def test_a_length_that_is_missing_is_added(rf: Any) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse(b"four")

    assert public_read(answer)(rf.get("/api/events", headers={"host": "localhost"}))["Content-Length"] == "4"


def test_a_304_repeats_no_header_that_came_with_the_bytes(rf: Any) -> None:
    response = public_read(lambda _: HttpResponse(status=304, headers={"ETag": '"a"'}))(rf.get("/api/events"))
    assert dict(response.items()).keys() <= {"ETag", "Content-Type"}


def test_a_304_does_not_say_that_what_is_unchanged_has_no_length(rf: Any) -> None:
    unchanged = public_read(lambda _: HttpResponseNotModified())(rf.get("/api/events", headers={"host": "localhost"}))
    assert "Content-Length" not in unchanged


@pytest.mark.django_db
def test_a_public_route_answers_in_json_whatever_is_accepted(client: Client) -> None:
    response = client.get("/api/events", headers={"accept": "text/html"})
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert response["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.django_db
@pytest.mark.parametrize(("content_type", "status"), [("application/json", 400), ("text/csv", 415)])
def test_a_body_sent_to_a_public_route_is_parsed_and_refused_as_usual(
    client: Client, content_type: str, status: int
) -> None:
    refused = client.post("/api/backtest", data="{}", content_type=content_type)
    assert (refused.status_code, refused["Content-Type"]) == (status, "application/problem+json")


@pytest.mark.django_db
def test_a_method_that_a_route_lacks_is_405_with_those_it_has(client: Client) -> None:
    refused = client.post("/api/events")
    assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD, OPTIONS")
