"""Every route of the contract, against the sandbox's market: all well, the first provider dead, all dead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import get_resolver

from tests.walk import contract, document
from tests.walk.holds import Seen
from tests.walk.routes import RESOURCES, ROUTES, UNDESCRIBED, Route
from tests.walk.stage import STATES, Answer, Walk, routed
from tests.walk.truth import Truth

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("walk"), pytest.mark.relaxed_timing]

WELL, FIRST_DEAD, KNOWN, UNKNOWN = STATES
META = "source,endpoint,as_of,fetched_at,age_s,stale,stale_reason,verified,cache,chain,attempts,decision"
each = pytest.mark.parametrize("route", ROUTES, ids=str)


def same(path: str) -> str:
    """A path whose parameters have no names."""
    return re.sub(r"{\w+}", "{}", path)


TABLE = {(route.method, same(route.path)) for route in ROUTES} | {
    (method, same(path)) for path, methods in RESOURCES.items() for method in methods.split()
}


def test_every_route_of_the_url_conf_is_in_the_table() -> None:
    known = {path for _, path in TABLE} | {same(path) for path in UNDESCRIBED}
    assert {same(path) for path, _ in routed(get_resolver().url_patterns)} == known


def test_the_document_describes_every_route_of_the_table_and_no_other() -> None:
    assert {(method, same(path)) for method, path in document.operations()} == TABLE


def answered(route: Route, answer: Answer) -> Any:
    """The body of a 200 that is exactly as documented."""
    assert answer.status == 200, answer.content
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.body
    assert document.wrong(route.method, route.path, 200, "application/json", body) == []
    return body


def holds(route: Route, answer: Answer, truth: Truth) -> Any:
    body = answered(route, answer)
    assert body["success"] is True
    assert list(contract.lacking(body, contract.tree(f"{route.contract},meta{{{META}}}"))) == []
    route.holds(Seen(body, answer.at, truth))
    return body


@each
def test_it_has_the_contracts_fields_and_the_markets_values(walked: Walk, truth: Truth, route: Route) -> None:
    body = holds(route, walked.of(WELL, route), truth)
    assert not body["meta"]["stale"]
    assert "X-Request-ID" in walked.of(WELL, route).headers


@each
def test_it_can_be_asked_about_again_or_says_that_it_is_not_kept(walked: Walk, route: Route) -> None:
    headers = walked.of(WELL, route).headers
    stored = "must-revalidate" in headers["Cache-Control"] and "ETag" in headers
    assert stored or "no-store" in headers["Cache-Control"]


def sources(value: Any) -> Iterator[str]:
    """Every provider that something in an answer is said to come from."""
    if isinstance(value, list):
        for one in value:
            yield from sources(one)
    elif isinstance(value, dict) and not value.get("missing"):
        for name, one in value.items():
            if name in ("source", "sources", "figures_source") and one and not isinstance(one, dict):
                yield from (one.split(",") if isinstance(one, str) else [each for each in one if isinstance(each, str)])
            yield from sources(one)


@each
def test_with_the_first_of_each_chain_dead_the_next_answers_and_nothing_is_stale(
    walked: Walk, truth: Truth, route: Route
) -> None:
    body = holds(route, walked.of(FIRST_DEAD, route), truth)
    assert not body["meta"]["stale"]
    assert not set(sources(body)) & walked.dead


def test_somebody_was_dead_in_every_chain_that_asks_upstreams(walked: Walk) -> None:
    assert walked.dead == {"binance", "coingecko", "coindesk", "alternative_me"}


@each
def test_with_all_dead_what_is_known_is_told_and_marked(walked: Walk, truth: Truth, route: Route) -> None:
    body = holds(route, walked.of(KNOWN, route), truth)
    if route.behind:
        assert body["meta"]["stale"]
        assert body["meta"]["stale_reason"]
        assert body["meta"]["cache"] == "last_known_good"


@each
def test_with_all_dead_what_was_never_known_is_503_and_says_when_to_come_back(walked: Walk, route: Route) -> None:
    answer = walked.of(UNKNOWN, route)
    if route.alone:
        answered(route, answer)
        return
    assert (answer.status, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert 1 <= int(answer.headers["Retry-After"]) <= 300
    assert document.wrong(route.method, route.path, 503, "application/problem+json", answer.body) == []


@pytest.mark.parametrize("state", STATES)
def test_nothing_that_leaves_tells_where_upstreams_are_or_what_broke(walked: Walk, state: str) -> None:
    for route in ROUTES:
        result = walked.of(state, route).content
        public = route.path == "/api/system/binance/health"  # tells Binance's own base URLs, by contract
        assert public or not re.search(rb"https?://127\.|Traceback|Errno|HTTPConnection|refused by", result), route
