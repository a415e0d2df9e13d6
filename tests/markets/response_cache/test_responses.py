"""Cached responses: built once while valid, sent plain or compressed, 304 to a client that has either form."""

from __future__ import annotations

import gzip
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from django.test import RequestFactory
from rest_framework.request import Request

from markets.assets import registry
from markets.feeds.cache_dependencies import CacheDependencies, ConfigEpoch, ValidUntil, combine
from markets.response_cache import responses
from markets.response_cache.responses import OVERHEAD, Answer, ResponseCache, build
from providers.state import runtime

BODY = {"numbers": list(range(500))}


class FakeEpoch:
    """An epoch that is current until it is told otherwise."""

    def __init__(self) -> None:
        self.current = True

    def is_current(self) -> bool:
        return self.current


class FakeDependency:
    """A dependency that is valid until it is told otherwise."""

    valid_until = float("inf")

    def __init__(self) -> None:
        self.valid = True

    def is_valid(self, now: float) -> bool:
        return self.valid

    def count_use(self) -> None:
        pass


def put(cache: ResponseCache, name: str, answer: Answer, epoch: Any = None, now: float = 0.0) -> Answer:
    cache.put((name, ""), answer, epoch or cast(ConfigEpoch, FakeEpoch()), now)
    return answer


def answer(size: int = 10, dependencies: CacheDependencies = ()) -> Answer:
    return build({"says": "x" * size}, None, dependencies)


# -- caching ------------------------------------------------------------------------------------------------------


def test_an_answer_is_returned_while_its_dependencies_are_valid() -> None:
    cache, dependency = ResponseCache(), FakeDependency()
    first = put(cache, "a", answer(dependencies=(dependency,)))
    assert cache.get(("a", ""), 1.0) is first
    dependency.valid = False
    assert cache.get(("a", ""), 1.0) is None
    assert (len(cache), cache.bytes) == (0, 0)


def test_an_answer_of_an_earlier_epoch_is_not_returned() -> None:
    cache, epoch = ResponseCache(), FakeEpoch()
    put(cache, "a", answer(), epoch)
    epoch.current = False
    assert cache.get(("a", ""), 1.0) is None


def test_an_answer_with_a_stale_or_missing_part_is_not_cached() -> None:
    cache = ResponseCache()
    put(cache, "a", answer(dependencies=combine([(FakeDependency(),), None])))
    assert len(cache) == 0


def test_an_answer_is_valid_until_its_first_dependency_expires() -> None:
    cache = ResponseCache()
    put(cache, "a", answer(dependencies=(ValidUntil(10.0), ValidUntil(5.0))))
    assert cache.get(("a", ""), 4.9)
    assert cache.get(("a", ""), 5.1) is None


def test_the_cache_is_bounded_in_bytes_and_evicts_the_least_recently_used() -> None:
    cache = ResponseCache(max_bytes=10 * (1000 + OVERHEAD))
    for number in range(30):
        put(cache, f"a{number}", answer(900))
        assert cache.get(("a0", ""), 0.0)
    assert len(cache) == 10
    assert cache.bytes <= 10 * (1000 + OVERHEAD)
    assert cache.get(("a1", ""), 0.0) is None


def test_compressed_bytes_are_made_once_and_count_as_size() -> None:
    cache = ResponseCache()
    first = put(cache, "a", build(BODY, None, ()))
    before = cache.bytes
    packed = cache.gzipped(("a", ""), first)
    assert gzip.decompress(packed) == first.content
    assert cache.gzipped(("a", ""), first) is packed
    assert cache.bytes == before + len(packed)


def test_an_answer_too_large_for_the_cache_is_not_cached() -> None:
    cache = ResponseCache(max_bytes=80_000)
    put(cache, "a", answer(10_001))
    assert len(cache) == 0


def test_expired_answers_are_evicted_when_another_is_added() -> None:
    cache = ResponseCache()
    put(cache, "old", answer(dependencies=(ValidUntil(5.0),)))
    put(cache, "new", answer(), now=6.0)
    assert len(cache) == 1


# -- sending ------------------------------------------------------------------------------------------------------


def response_for(body: Answer, **headers: str) -> Any:
    return responses.respond(RequestFactory().get("/", headers=headers), body)


def test_bytes_go_out_as_they_are_or_compressed_where_that_is_accepted() -> None:
    body = build(BODY, None, ())
    plain, packed = response_for(body), response_for(body, accept_encoding="br, gzip;q=0.5")
    assert json.loads(plain.content) == BODY
    assert gzip.decompress(packed.content) == plain.content
    assert (packed["Content-Encoding"], plain.get("Content-Encoding")) == ("gzip", None)
    assert packed["Content-Length"] == str(len(packed.content))
    assert {plain["Vary"], packed["Vary"]} == {"Accept-Encoding"}


@pytest.mark.parametrize("header", ["", "identity", "gzip;q=0", "gzip; q=0.000", "br", "*, gzip;q=0", "x-gzipped"])
def test_a_client_that_does_not_accept_gzip_gets_none(header: str) -> None:
    assert "Content-Encoding" not in response_for(build(BODY, None, ()), accept_encoding=header)


def test_short_answers_are_not_compressed() -> None:
    assert "Content-Encoding" not in response_for(answer(10), accept_encoding="gzip")


@pytest.mark.parametrize("first", ["gzip", "identity"])
@pytest.mark.parametrize("then", ["gzip", "identity"])
def test_a_client_with_either_form_gets_304(first: str, then: str) -> None:
    body = build(BODY, datetime.now(UTC), ())
    has = response_for(body, accept_encoding=first)["ETag"]
    unchanged = response_for(body, accept_encoding=then, if_none_match=f'"other", {has}')
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged["Vary"] == "Accept-Encoding"
    assert unchanged["Age"] == "0"


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_the_fast_304_has_the_same_headers_as_djangos(accepted: str) -> None:
    body = build(BODY, datetime.now(UTC), ())
    tag = response_for(body, accept_encoding=accepted)["ETag"]
    short = response_for(body, accept_encoding=accepted, if_none_match=tag)
    long = response_for(body, accept_encoding=accepted, if_none_match=f'"other", {tag}')
    assert (short.status_code, dict(short.headers)) == (long.status_code, dict(long.headers))
    assert {"Content-Type", "Content-Encoding"}.isdisjoint(short.headers)


def test_a_conditional_post_gets_412_not_304() -> None:
    body = build(BODY, None, ())
    tag = response_for(body)["ETag"]
    assert responses.respond(RequestFactory().post("/", headers={"if-none-match": tag}), body).status_code == 412


def test_forms_of_different_bytes_do_not_share_a_strong_tag() -> None:
    body = build(BODY, None, ())
    assert response_for(body)["ETag"] == f'"{body.tag}"'
    assert response_for(body, accept_encoding="gzip")["ETag"] == f'W/"{body.tag}"'


def test_another_answer_is_sent_whole() -> None:
    assert response_for(answer(10), if_none_match=response_for(answer(11))["ETag"]).status_code == 200


def test_the_age_is_that_of_the_moment() -> None:
    then = datetime.now(UTC) - timedelta(seconds=42)
    assert int(response_for(build(BODY, then, ()))["Age"]) in (42, 43)
    assert "Age" not in response_for(build(BODY, None, ()))


def test_an_uncached_response_is_compressed_too_and_marked_no_store() -> None:
    body = responses.uncached(RequestFactory().get("/", headers={"accept-encoding": "gzip"}), BODY)
    assert json.loads(gzip.decompress(body.content)) == BODY
    assert (body["Cache-Control"], body["Vary"]) == ("no-store", "Accept-Encoding")


def test_a_view_is_called_once_for_the_same_path_and_query(rf: RequestFactory, db: None) -> None:
    made_of: list[str] = []

    class View:
        @responses.cached_response
        def get(self, request: Request) -> Answer:
            made_of.append(request._request.path)
            return responses.build(BODY, None, (ValidUntil(time.time() + 60),))

    def ask(path: str) -> None:
        View().get(Request(rf.get(path)))

    runtime.runtime().refresh()  # the first read begins a new epoch
    registry.top(1)
    ask("/asked?a=1")
    ask("/asked?a=1")
    ask("/asked?a=2")
    assert made_of.count("/asked") == 2
