"""Fear and greed: whose index it is, its value, the maker's own word and time; and nothing outside 0 to 100."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.adapters import ADAPTERS
from providers.adapters.shared import parsing
from providers.domain.adapter import Lookup
from providers.domain.categories import Category
from providers.domain.news import FearGreed, MoodQuery
from providers.domain.outcomes import Failure, Outcome
from providers.resilience.answer_checks import MoodChecks
from providers.sandbox.client import Sandbox
from tests.providers.adapters.mutations import mutate, render
from tests.providers.adapters.sandbox_calls import answered
from tests.providers.adapters.support import NOW, payload, respond, utc

RECORDED = Path(__file__).parents[4] / "shared" / "recorded"
MAKERS = {"alternative_me": "fng.json", "coinmarketcap": "mood.json", "render": "fng.json"}
ASK = Lookup(MoodQuery(), "")
ALTERNATIVE = "alternative.me Crypto Fear & Greed Index"


def read(slug: str, body: bytes, status: int = 200) -> FearGreed:
    return ADAPTERS[slug].handlers[Category.SENTIMENT].parse([ASK], respond(body, status))[MoodQuery()]


def refused(slug: str, body: bytes, status: int = 200) -> Outcome:
    with pytest.raises(Failure) as caught:
        read(slug, body, status)
    return caught.value.outcome


def test_the_newest_value_is_read_with_its_makers_own_word() -> None:
    found = read("alternative_me", payload("alternative_me", "fng.json"))
    assert found == FearGreed(ALTERNATIVE, 31, "Fear", utc(2026, 11, 23))


def test_the_two_indices_have_different_names() -> None:
    found = read("coinmarketcap", payload("coinmarketcap", "mood.json"))
    assert found == FearGreed(
        "CoinMarketCap Crypto Fear and Greed Index", 47, "Neutral", utc(2026, 11, 23, 12, 15, 4, 17000)
    )


@pytest.mark.parametrize("value", ["-1", "101", "NaN", "null", "1e999"])
def test_a_value_outside_its_range_is_implausible(value: str) -> None:
    body = payload("coinmarketcap", "mood.json").replace(b'"value":47', f'"value":{value}'.encode())
    assert refused("coinmarketcap", body) is Outcome.IMPLAUSIBLE


@pytest.mark.parametrize(
    ("slug", "body"),
    [
        ("alternative_me", b'{"name":"Fear and Greed Index","data":[],"metadata":{"error":null}}'),
        ("alternative_me", b'{"name":"Fear and Greed Index","metadata":{"error":"Internal error"}}'),
        ("alternative_me", b"[]"),
        ("coinmarketcap", b'{"data":{},"status":{"error_code":"0"}}'),
        ("coinmarketcap", b"<html></html>"),
    ],
)
def test_an_answer_without_an_index_is_broken(slug: str, body: bytes) -> None:
    assert refused(slug, body) is Outcome.BROKEN


def test_an_error_code_in_a_200_is_what_it_says() -> None:
    assert refused("coinmarketcap", payload("coinmarketcap", "error_1008.json")) is Outcome.RATE_LIMITED


def test_an_index_older_than_a_day_and_an_hour_is_not_current() -> None:
    checks = MoodChecks()
    reading = FearGreed(ALTERNATIVE, 31, "Fear", NOW - timedelta(hours=25))
    assert checks.old(reading, NOW) is None
    assert checks.old(reading, NOW + timedelta(minutes=1)) == "the index is 25 hours old"
    with pytest.raises(Failure):
        checks.old(FearGreed(ALTERNATIVE, 31, "Fear", NOW + timedelta(minutes=6)), NOW)


@pytest.mark.parametrize("slug", MAKERS)
@given(data=st.data())
def test_a_mutated_answer_is_a_possible_index_or_a_failure(slug: str, data: st.DataObject) -> None:
    tree = parsing.decode(payload(slug, MAKERS[slug]))
    for _ in range(data.draw(st.integers(1, 3))):
        mutate(tree, data)
    try:
        found = read(slug, render(tree).encode("utf-8", "surrogatepass"))
    except Failure:
        return
    assert 0 <= found.value <= 100
    assert found.label
    assert found.as_of is None or found.as_of.utcoffset() == timedelta()


@pytest.mark.parametrize("slug", MAKERS)
def test_the_sandbox_answers_what_each_adapter_asks(sandbox: Sandbox, slug: str) -> None:
    (found,) = answered(sandbox, slug, Category.SENTIMENT, [ASK]).values()
    assert 0 <= found.value <= 100
    assert found.as_of is not None


@pytest.mark.parametrize(
    ("name", "value", "label", "as_of"),
    [
        ("fng_limit3_2026-02-27.json", 13, "Extreme Fear", utc(2026, 2, 27)),
        ("fng_limit2_2026-09.json", 69, "Greed", None),
        ("fng_limit1_2026-08.json", 27, "Fear", utc(2026, 8, 2)),
    ],
)
def test_the_recorded_indices_are_what_their_index_says(name: str, value: int, label: str, as_of: object) -> None:
    path = RECORDED / "alternative_me" / name
    if not path.exists():
        pytest.skip(f"no recording: {name}")
    found = read("alternative_me", path.read_bytes())
    assert (found.value, found.label) == (value, label)
    assert as_of in (None, found.as_of)
