"""Kept answers: made once while they stand, sent as they are or compressed, 304 to who has either."""

from __future__ import annotations

import gzip
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.request import Request

from markets.assets import registry
from markets.feeds.cache_dependencies import CacheDependencies, ValidUntil, combine
from markets.response_cache import decorator
from markets.response_cache.store import OVERHEAD, Answer, ResponseCache, build
from providers.state import runtime

BODY = {"numbers": list(range(500))}


class Earth:
    """A world that is the same until it is told otherwise."""

    def __init__(self) -> None:
        self.same = True

    def is_same(self) -> bool:
        return self.same


class Rock:
    """A ground that stands until it is told otherwise."""

    until = float("inf")

    def __init__(self) -> None:
        self.firm = True

    def stands(self, now: float) -> bool:
        return self.firm

    def used(self) -> None:
        pass


def kept(shelf: ResponseCache, name: str, answer: Answer, earth: Any = None, now: float = 0.0) -> Answer:
    shelf.put((name, ""), answer, earth or Earth(), now)
    return answer


def answer(size: int = 10, grounds: CacheDependencies = ()) -> Answer:
    return build({"says": "x" * size}, None, grounds)


# -- keeping ------------------------------------------------------------------------------------------------------


def test_an_answer_is_found_again_while_its_grounds_stand() -> None:
    shelf, rock = ResponseCache(), Rock()
    first = kept(shelf, "a", answer(grounds=(rock,)))
    assert shelf.get(("a", ""), 1.0) is first
    rock.firm = False
    assert shelf.get(("a", ""), 1.0) is None
    assert (len(shelf), shelf.bytes) == (0, 0)


def test_an_answer_is_not_found_in_another_world() -> None:
    shelf, earth = ResponseCache(), Earth()
    kept(shelf, "a", answer(), earth)
    earth.same = False
    assert shelf.get(("a", ""), 1.0) is None


def test_an_answer_of_which_part_is_stale_or_missing_is_not_kept() -> None:
    shelf = ResponseCache()
    kept(shelf, "a", answer(grounds=combine([(Rock(),), None])))
    assert len(shelf) == 0


def test_an_answer_stands_until_the_first_of_its_grounds_ends() -> None:
    shelf = ResponseCache()
    kept(shelf, "a", answer(grounds=(ValidUntil(10.0), ValidUntil(5.0))))
    assert shelf.get(("a", ""), 4.9)
    assert shelf.get(("a", ""), 5.1) is None


def test_only_so_many_bytes_are_kept_and_what_is_asked_for_stays() -> None:
    shelf = ResponseCache(max_bytes=10 * (1000 + OVERHEAD))
    for number in range(30):
        kept(shelf, f"a{number}", answer(900))
        assert shelf.get(("a0", ""), 0.0)
    assert len(shelf) == 10
    assert shelf.bytes <= 10 * (1000 + OVERHEAD)
    assert shelf.get(("a1", ""), 0.0) is None


def test_compressed_bytes_are_made_once_and_count() -> None:
    shelf = ResponseCache()
    first = kept(shelf, "a", build(BODY, None, ()))
    before = shelf.bytes
    packed = shelf.gzipped(("a", ""), first)
    assert gzip.decompress(packed) == first.content
    assert shelf.gzipped(("a", ""), first) is packed
    assert shelf.bytes == before + len(packed)


def test_an_answer_too_large_for_the_shelf_is_not_kept() -> None:
    shelf = ResponseCache(max_bytes=80_000)
    kept(shelf, "a", answer(10_001))
    assert len(shelf) == 0


def test_what_has_ended_makes_room_before_it_is_asked_for() -> None:
    shelf = ResponseCache()
    kept(shelf, "old", answer(grounds=(ValidUntil(5.0),)))
    kept(shelf, "new", answer(), now=6.0)
    assert len(shelf) == 1


# -- sending ------------------------------------------------------------------------------------------------------


def sent(said: Answer, **headers: str) -> Any:
    return decorator.respond(RequestFactory().get("/", headers=headers), said)


def test_bytes_go_out_as_they_are_or_compressed_where_that_is_accepted() -> None:
    said = build(BODY, None, ())
    plain, packed = sent(said), sent(said, accept_encoding="br, gzip;q=0.5")
    assert json.loads(plain.content) == BODY
    assert gzip.decompress(packed.content) == plain.content
    assert (packed["Content-Encoding"], plain.get("Content-Encoding")) == ("gzip", None)
    assert packed["Content-Length"] == str(len(packed.content))
    assert {plain["Vary"], packed["Vary"]} == {"Accept-Encoding"}


@pytest.mark.parametrize("header", ["", "identity", "gzip;q=0", "gzip; q=0.000", "br", "*, gzip;q=0", "x-gzipped"])
def test_who_does_not_accept_gzip_gets_none(header: str) -> None:
    assert "Content-Encoding" not in sent(build(BODY, None, ()), accept_encoding=header)


def test_short_answers_are_not_compressed() -> None:
    assert "Content-Encoding" not in sent(answer(10), accept_encoding="gzip")


@pytest.mark.parametrize("first", ["gzip", "identity"])
@pytest.mark.parametrize("then", ["gzip", "identity"])
def test_whoever_has_either_form_is_told_that_nothing_changed(first: str, then: str) -> None:
    said = build(BODY, datetime.now(UTC), ())
    has = sent(said, accept_encoding=first)["ETag"]
    unchanged = sent(said, accept_encoding=then, if_none_match=f'"other", {has}')
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged["Vary"] == "Accept-Encoding"
    assert unchanged["Age"] == "0"


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_the_short_way_to_a_304_says_what_the_long_one_does(accepted: str) -> None:
    said = build(BODY, datetime.now(UTC), ())
    tag = sent(said, accept_encoding=accepted)["ETag"]
    short = sent(said, accept_encoding=accepted, if_none_match=tag)
    long = sent(said, accept_encoding=accepted, if_none_match=f'"other", {tag}')
    assert (short.status_code, dict(short.headers)) == (long.status_code, dict(long.headers))
    assert {"Content-Type", "Content-Encoding"}.isdisjoint(short.headers)


def test_who_would_change_something_is_not_told_that_nothing_did() -> None:
    said = build(BODY, None, ())
    tag = sent(said)["ETag"]
    assert decorator.respond(RequestFactory().post("/", headers={"if-none-match": tag}), said).status_code == 412


def test_forms_of_different_bytes_do_not_share_a_strong_tag() -> None:
    said = build(BODY, None, ())
    assert sent(said)["ETag"] == f'"{said.tag}"'
    assert sent(said, accept_encoding="gzip")["ETag"] == f'W/"{said.tag}"'


def test_another_answer_is_sent_whole() -> None:
    assert sent(answer(10), if_none_match=sent(answer(11))["ETag"]).status_code == 200


def test_the_age_is_that_of_the_moment() -> None:
    then = datetime.now(UTC) - timedelta(seconds=42)
    assert int(sent(build(BODY, then, ()))["Age"]) in (42, 43)
    assert "Age" not in sent(build(BODY, None, ()))


def test_an_answer_for_this_once_is_compressed_too_and_kept_by_nobody() -> None:
    said = decorator.uncached(RequestFactory().get("/", headers={"accept-encoding": "gzip"}), BODY)
    assert json.loads(gzip.decompress(said.content)) == BODY
    assert (said["Cache-Control"], said["Vary"]) == ("no-store", "Accept-Encoding")


def test_a_route_is_asked_once_for_the_same_question(rf: RequestFactory, db: None) -> None:
    made_of: list[str] = []

    class View:
        @decorator.cached_response
        def get(self, request: Request) -> Answer:
            made_of.append(request._request.path)
            return decorator.build(BODY, None, (ValidUntil(time.time() + 60),))

    def ask(path: str) -> None:
        View().get(Request(rf.get(path)))

    runtime.runtime().refresh()  # what is read for the first time is another world
    registry.top(1)
    ask("/asked?a=1")
    ask("/asked?a=1")
    ask("/asked?a=2")
    assert made_of.count("/asked") == 2
