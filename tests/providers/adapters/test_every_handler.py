"""Whatever is left out of an answer or put into it: less is read, or nothing; never another value, never a zero."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.adapters import ADAPTERS
from providers.adapters.shared import parsing
from providers.domain.outcomes import Failure, Outcome
from providers.sandbox.fakes import FAKES
from tests.providers.adapters.handler_cases import ROWS, Case, cases, is_within, right
from tests.providers.adapters.mutations import Raw, checked, damaged, mutated, render

JSON = [case for case in cases() if case.body[:1] in b"[{"]
XML = [case for case in cases() if case not in JSON]
NO_TEXT = ("null", "[]", "{}", "true", "NaN", "1e999999")
NO_NUMBER = (*NO_TEXT, '""', '"abc"', '"NaN"', "-1e30")


def test_every_handler_of_the_registry_is_asked_everything_it_accepts() -> None:
    asked = {(case.slug, case.category) for case in cases()}
    assert asked == {(slug, category) for slug, adapter in ADAPTERS.items() for category in adapter.handlers}
    assert set(ADAPTERS) <= set(FAKES)


def spoiled(value: Any) -> Iterator[tuple[Any, Any]]:
    """The places of a tree: all of an object's members, and a list's first few rows."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value[:ROWS])
    for key, one in list(pairs):
        yield value, key
        if isinstance(one, dict | list):
            yield from spoiled(one)


def holds(case: Case, result: dict[Any, Any], body: bytes, what: str) -> None:
    """Read without a fault, and nothing in it that is not right."""
    try:
        found = case.read(body)
    except Failure as failure:
        checked(failure)
        return
    assert found.keys() <= result.keys()
    for item, value in found.items():
        assert is_within(value, result[item]), f"{what}: {value} where {result[item]} is right"


@pytest.mark.parametrize("case", JSON, ids=str)
def test_a_member_that_is_left_out_takes_no_others_place(case: Case) -> None:
    tree, result = parsing.decode(case.body), right(case)
    for container, key in list(spoiled(tree)):
        stored = list(container.items()) if isinstance(container, dict) else list(container)
        del container[key]
        holds(case, result, render(tree).encode(), f"without {key!r}")
        container.clear()
        container.update(stored) if isinstance(container, dict) else container.extend(stored)


def is_text(value: Any) -> bool:
    """Whether it is a text that no number could be."""
    if not isinstance(value, str) or isinstance(value, parsing.Numeral):
        return False
    return value == "" or value[0] not in "-.0123456789"


@pytest.mark.parametrize("case", JSON, ids=str)
def test_a_member_of_a_wrong_kind_is_nothing_and_not_zero(case: Case) -> None:
    tree, result = parsing.decode(case.body), right(case)
    for place, (container, key) in enumerate(list(spoiled(tree))):
        stored = container[key]
        words = NO_TEXT if is_text(stored) else NO_NUMBER
        for wrong in (words[place % len(words)], words[(place * 3 + 5) % len(words)]):
            container[key] = Raw(wrong)
            holds(case, result, render(tree).encode(), f"{key!r} as {wrong}")
        container[key] = stored


def shortened(tree: ET.Element) -> list[ET.Element]:
    """A feed's first entries, all that is left of it."""
    (holder,) = [above for above in tree.iter() if any(local(one) in ("item", "entry") for one in above)]
    entries = [one for one in holder if local(one) in ("item", "entry")]
    for entry in entries[ROWS:]:
        holder.remove(entry)
    return entries[:ROWS]


def local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


@pytest.mark.parametrize("case", XML, ids=str)
def test_an_element_that_is_left_out_takes_no_others_place(case: Case) -> None:
    result = case.read(case.body)
    tree = ET.fromstring(case.body)
    entries = shortened(tree)
    (held,) = case.read(ET.tostring(tree)).values()
    assert len(getattr(held, "articles", ()) or held.posts) == ROWS
    for parent in [above for entry in entries for above in entry.iter() if len(above)]:
        for place, child in list(enumerate(parent)):
            parent.remove(child)
            holds(case, result, ET.tostring(tree), f"without {child.tag}")
            parent.insert(place, child)


# -- whatever comes -----------------------------------------------------------------------------------------------

MANY = settings(max_examples=120)


def outcome_of(case: Case, body: bytes, status: int = 200) -> Outcome:
    """How the reading ended; OK only after values that can be, of what was asked."""
    try:
        found = case.read(body, status)
    except Failure as failure:
        return checked(failure)
    assert found.keys() <= {ask.item for ask in case.lookup_list}
    for item, value in found.items():
        assert getattr(value, "asset", item.asset) == item.asset
        assert getattr(value, "interval", None) == getattr(item, "interval", None)
        can_be(value, "")
    return Outcome.OK


SIGNED = (
    "change_24h",
    "volume_change",
    "market_cap_change_24h",
    "price_change_percentage_24h",
    "price_change_percentage_7d",
    "price_change_percentage_30d",
)


def can_be(value: Any, name: str) -> None:
    """Every number finite, of a size and a sign that is possible, every time in UTC, down to the last part."""
    if is_dataclass(value):
        for one in fields(value):
            can_be(getattr(value, one.name), one.name)
    elif isinstance(value, tuple):
        named = len(value) == 2 and isinstance(value[0], str)  # a figure with its name
        for part in value:
            can_be(part, value[0] if named else name)
    elif isinstance(value, Decimal):
        assert value.is_finite()
        assert value >= (-100 if name in SIGNED else 0), name
        assert value > 0 or name not in ("price", "open", "high", "low", "close"), name
    elif isinstance(value, datetime):
        assert value.utcoffset() == timedelta()


@given(data=st.data())
@MANY
def test_a_mutated_answer_is_what_can_be_or_a_failure(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(JSON))
    outcome_of(case, mutated(case.body, data))


@given(data=st.data())
@MANY
def test_damaged_bytes_are_what_can_be_or_a_failure(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(cases()))
    outcome_of(case, damaged(case.body, data), data.draw(st.sampled_from([200, 200, 204, 400, 403, 404, 429])))


@given(data=st.data())
@MANY
def test_a_server_error_is_an_outage_whatever_its_body_says(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(cases()))
    assert outcome_of(case, case.body, data.draw(st.sampled_from([500, 502, 503, 504]))) is Outcome.BROKEN


@pytest.mark.parametrize("case", JSON, ids=str)
def test_a_truncated_answer_is_broken(case: Case) -> None:
    body = case.body.strip()
    for end in range(0, len(body), max(7, len(body) // 12)):
        assert outcome_of(case, body[:end]) is Outcome.BROKEN


@pytest.mark.parametrize("case", XML, ids=str)
def test_a_truncated_feed_is_its_first_articles_or_broken(case: Case) -> None:
    result = case.read(case.body)
    for end in range(0, len(case.body), len(case.body) // 12):
        holds(case, result, case.body[:end], f"cut at {end}")
