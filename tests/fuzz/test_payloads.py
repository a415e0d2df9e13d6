"""Damaged answers of every adapter, feeds and expressions: values or a Failure, and soon."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from providers.adapters.generic import expressions
from providers.adapters.news.rss import Outlet
from providers.adapters.shared import limits
from providers.domain.outcomes import Failure
from tests.fuzz import SEED, rounds
from tests.providers.adapters.generic.test_budget import HOSTILE as EXPRESSIONS
from tests.providers.adapters.handler_cases import cases
from tests.providers.adapters.support import respond
from tests.providers.adapters.test_hostile_feeds import HOSTILE as FEEDS

BOUND_S = 5.0
"""Of processor time for one answer; the limits keep it below one second."""
TOKENS = (
    *(b"[", b"]", b"{", b"}", b",", b":", b'"', b"\\", b"null", b"NaN", b"1e999999", b"-0", b"0." + b"0" * 400),
    *(
        b"[" * 2_000,
        b"9" * 5_000,
        b'"\\ud800"',
        b'"\\u0000"',
        b"\xff\xfe",
        b"\x00",
        b"1" * 30,
        b'{"a":' * 500,
        b"0," * 5_000,
    ),
    *(
        b"<",
        b">",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"&#x0;",
        b"&amp;" * 500,
        b"<!DOCTYPE x [",
        b"<!ENTITY a 'b'>",
    ),
    *(
        b"<a " * 500,
        b"a='1' " * 500,
        b"<x>" * 200,
        b"@" * 2_000,
        b"a." * 5_000,
        b"</item>",
        b"<item>",
        b"<link>",
        b"\r\n",
    ),
)


def damaged(chance: random.Random, body: bytes, others: list[bytes]) -> bytes:
    """Cut, repeat, exchange and insert pieces, once or a few times."""
    for _ in range(chance.choice((1, 1, 2, 5))):
        start = chance.randrange(len(body) + 1)
        end = min(len(body), start + int(chance.expovariate(1 / 40)))
        piece = body[start:end]
        new = chance.choice(
            (
                b"",
                piece * chance.choice((2, 50)),
                chance.choice(TOKENS),
                bytes(chance.randrange(256) for _ in range(len(piece))),
                chance.choice(others)[start : start + 200],
            )
        )
        body = body[:start] + new + body[end:]
    return body[: limits.MEBIBYTE]


def read(parse: Callable[[], object], what: str) -> None:
    """Call a parser. Anything but values or a Failure fails the test, as does a long time."""
    began, detail = time.thread_time(), ""
    try:
        parse()
    except Failure as failure:
        detail = failure.detail
    except Exception as error:
        raise AssertionError(f"{what} with FUZZ_SEED={SEED}") from error
    assert "//" not in detail, what
    assert time.thread_time() - began < BOUND_S, what


def test_no_damaged_answer_of_any_adapter_leads_to_anything_but_values_or_a_failure() -> None:
    others = [case.body for case in cases()]
    for chance in rounds("payloads"):
        for case in chance.sample(cases(), 20):
            body = damaged(chance, case.body, others)
            status = chance.choice((200, 200, 200, 400, 404, 429, 500))
            read(lambda case=case, body=body, status=status: case.read(body, status), f"{case}: {body[:300]!r}")  # type: ignore[misc]  # bound now


def test_no_damaged_feed_leads_to_anything_but_articles_or_a_failure() -> None:
    feeds = [body for body in FEEDS.values() if len(body) < 300_000]
    outlet = Outlet("example", "Example", "/feed")
    for chance in rounds("feeds"):
        body = damaged(chance, chance.choice(feeds), feeds)
        read(lambda body=body: outlet.read(respond(body)), f"a feed: {body[:300]!r}")  # type: ignore[misc]  # bound now


def test_no_expression_over_any_answer_takes_long() -> None:
    pieces = ("@", "[]", "[*]", "a", "b", ".", "|", "[?a==b]", "[@,@]", "{a:@,b:@}", "map(&[@,@],@)", "[0]", "keys(@)")
    bodies = [case.body for case in cases() if case.body[:1] in b"[{"]
    for chance in rounds("expressions"):
        text = chance.choice(("|", ".", "")).join(chance.choice(pieces) for _ in range(chance.randrange(1, 20)))
        text = chance.choice((text, chance.choice(EXPRESSIONS)))[: expressions.MAX_LENGTH]
        if expressions.problem(text) is None:
            body = chance.choice(bodies)
            read(lambda text=text, body=body: _evaluate(text, body), f"{text} over {body[:100]!r}")  # type: ignore[misc]  # bound now


def _evaluate(text: str, body: bytes) -> object:
    return expressions.Expression(text).evaluate(expressions.decode(body))


@pytest.mark.parametrize("size", [0, 1, 2])
def test_a_short_answer_can_be_damaged_too(size: int) -> None:
    assert isinstance(damaged(random.Random(1), b"x" * size, [b"y"]), bytes)
