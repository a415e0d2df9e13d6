"""Every public GET route, requested again: no SQL, no upstream call, no serialisation, no compression."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from cryptohub.api import keys
from cryptohub.api.key_scopes import KeyScope
from providers.models import ChainLink
from providers.sandbox.client import Sandbox
from providers.state import runtime
from tests.hub import ROUTES, whole_hub

pytestmark = pytest.mark.relaxed_timing

WARM_MODULES = {
    "markets.response_cache.responses",
    "markets.feeds.cache_dependencies",
    "markets.feeds.concurrency",
    "markets.feeds.provenance",
    "markets.assets.registry",
    "providers.resilience.breaker",
}
"""The modules a warm answer may enter: the response cache, and the validity of what the answer was built from."""
WARM_FUNCTIONS = {
    "markets.feeds.candles.is_valid",
    "markets.feeds.candles.count_use",
    "markets.feeds.category_cache.has_entries",
}
GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
def hub(transactional_db: None, sandbox: Sandbox, settings: Any) -> Iterator[None]:
    settings.ALLOW_PRIVATE_UPSTREAMS = True
    with whole_hub(sandbox):
        yield


CALLS = {"/api/events": 0, "/api/correlations?symbols=BTC,ETH": 2}
"""How many an answer is made of at least, where it is not one."""


def entered(act: Callable[[], Any]) -> set[str]:
    """Return the functions of the hub and of the serialiser that are called meanwhile in this thread."""
    found = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith(
            ("markets.", "providers.engine", "providers.transport.http", "json", "gzip")
        ):
            found.add(f"{module}.{frame.f_code.co_name}")

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return found


def allowed(name: str) -> bool:
    return name in WARM_FUNCTIONS or name.rpartition(".")[0] in WARM_MODULES


def test_a_warm_answer_of_any_route_is_sent_as_it_was(
    hub: None, sandbox: Sandbox, client: Client, django_assert_num_queries: Any
) -> None:
    first = {path: client.get(path, headers=GZIP) for path in ROUTES}
    first |= {path: client.get(path, headers=GZIP) for path in ROUTES}  # an earlier one may have begun what this needs
    assert {path: answer.content for path, answer in first.items() if answer.status_code != 200} == {}
    asked = len(sandbox.log())
    for path in ROUTES:
        with django_assert_num_queries(0):
            busy = entered(lambda path=path: client.get(path, headers=GZIP))  # type: ignore[misc]  # bound now
        assert {name for name in busy if not allowed(name)} == set(), path
        again = client.get(path, headers=GZIP)
        assert (again.content, again["ETag"]) == (first[path].content, first[path]["ETag"]), path
    assert len(sandbox.log()) == asked


@pytest.fixture
def operator(admin_user: User) -> Iterator[dict[str, str]]:
    """Headers of an operator's program."""
    keys.reset()
    yield {"Authorization": f"Token {keys.create(admin_user, 'a program', KeyScope.OPERATE, 1)[1]}"}
    keys.reset()


def test_any_answer_is_explained_to_an_operator_by_the_calls_that_are_made_for_it_anew(
    hub: None, sandbox: Sandbox, client: Client, operator: dict[str, str]
) -> None:
    for path in ROUTES:
        warm, seen = client.get(path), len(sandbox.log())
        answer = client.get(explained(path), headers=operator)
        assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store"), path
        attempts = answer.json()["attempts"]
        answered = [attempt for attempt in attempts if attempt["status"] is not None]
        assert len(answered) <= len(sandbox.log()) - seen, path
        assert len(answered) >= CALLS.get(path, 1), path
        assert "http" not in json.dumps(attempts), path
        assert set(answer.json()) - {"attempts"} == set(warm.json()), path


def explained(path: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}explain=1"


def test_for_anybody_else_a_warm_answer_is_explained_by_its_decision_and_no_call_is_made(
    hub: None, sandbox: Sandbox, client: Client, admin_user: User
) -> None:
    key = keys.create(admin_user, "a program", KeyScope.READ, 1)[1]
    clients: list[dict[str, str]] = [{}, {"Authorization": f"Token {key}"}]
    for path in ROUTES:
        client.get(path)
        client.get(path)
    calls = len(sandbox.log())
    for path in ROUTES:
        for headers in clients:
            attempts = client.get(explained(path), headers=headers).json()["attempts"]
            answered = [attempt for attempt in attempts if attempt["status"] is not None]
            assert len(answered) >= min(1, CALLS.get(path, 1)), path
            assert "http" not in json.dumps(attempts), path
            assert len(sandbox.log()) == calls, (path, sandbox.log()[calls:])


def test_a_member_of_the_staff_who_is_signed_in_is_an_operator_too(
    hub: None, sandbox: Sandbox, client: Client, admin_user: User, django_user_model: Any
) -> None:
    path = "/api/prices?symbols=BTC"
    client.get(path)
    client.force_login(django_user_model.objects.create_user("ann"))
    seen = len(sandbox.log())
    client.get(explained(path))
    assert len(sandbox.log()) == seen
    client.force_login(admin_user)
    client.get(explained(path))
    assert len(sandbox.log()) > seen


def test_what_is_computed_for_a_body_is_explained_too(hub: None, client: Client) -> None:
    asked = {"symbol": "BTC", "analysis_type": "trend"}
    answer = client.post("/api/ai/analyze?explain=1", asked, content_type="application/json").json()
    assert "ok" in {attempt["outcome"] for attempt in answer["attempts"]}
    assert "attempts" not in client.post("/api/ai/analyze?explain=0", asked, content_type="application/json").json()


@pytest.mark.parametrize(("query", "says"), [("explain=2", "1 or 0"), ("explain=1&explain=1", "more than once")])
def test_an_unreadable_explain_parameter_is_refused(client: Client, query: str, says: str) -> None:
    refused = client.get(f"/api/ohlcv/BTC?{query}")
    assert refused.status_code == 400
    assert says in refused.json()["errors"][0]["detail"]


def test_an_operators_edit_is_in_force_at_once(hub: None, client: Client) -> None:
    paths = ("/api/prices?symbols=BTC", "/api/ohlcv/BTC", "/api/indicators/BTC")
    before = {path: client.get(path).json()["meta"]["decision"] for path in paths}
    assert before == {path: client.get(path).json()["meta"]["decision"] for path in paths}
    ChainLink.objects.filter(provider__slug="binance").update(enabled=False)
    runtime.runtime().refresh()
    after = {path: client.get(path).json()["meta"]["decision"] for path in paths}
    assert not {path for path in paths if after[path] == before[path]}
