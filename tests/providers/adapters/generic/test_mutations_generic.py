"""Whatever the bytes: what a definition reads is possible and of what was asked, or there is a Failure."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.adapters.generic import expressions
from providers.adapters.shared import parsing
from providers.domain.adapter import Handler, Lookup
from providers.domain.market_data import Candles, OrderBook, Quote
from providers.domain.news import NewsQuery
from providers.domain.outcomes import Failure, Outcome
from tests.providers.adapters.generic.example_definitions import (
    BARS,
    BOOK,
    CANDLES,
    ITEMS,
    LADDER,
    NEWS,
    PRICE,
    PRICED,
    handler,
    read,
)
from tests.providers.adapters.mutations import checked, damaged, mutated
from tests.providers.adapters.support import NOW, hours, levels, lookup_of

ROWS = {"rows": [{"m": "BTC-USDT", "p": "83310.9", "c": 0.01}, {"m": "ETH-USDT", "p": 3000.5, "c": None}]}
SIDE = {"t": [1_795_431_600, 1_795_435_200], "o": [1, 1], "h": ["2", 2], "l": [1, 1.0], "c": [1.5, 2], "v": [7, 1]}
SIDES: dict[str, Any] = {"time": "t", "open": "o", "high": "h", "low": "l", "close": "c", "volume": "v"}
SIDES["quote_volume"] = ""
LISTED = handler(
    PRICE, path="/all", shape="list", rows="rows", name="m", price="p", change="c", change_unit="fraction", time="t"
)
CASES: dict[str, tuple[Handler[Any, Any], Any, Lookup[Any]]] = {
    "price": (handler(PRICE), PRICED, lookup_of("BTC")),
    "prices": (LISTED, ROWS, lookup_of("BTC")),
    "candles": (handler(CANDLES), BARS, hours(limit=2)),
    "columns": (handler(CANDLES, shape="columns", rows="", time_unit="seconds", **SIDES), SIDE, hours(limit=2)),
    "book": (handler(BOOK), LADDER, levels(count=2)),
    "news": (handler(NEWS), ITEMS, Lookup(NewsQuery(), "")),
}


def outcome_of(case: str, body: bytes, status: int = 200) -> Outcome:
    of, _, asked = CASES[case]
    try:
        found = read(of, body, asked, status=status)
    except Failure as failure:
        return checked(failure)
    assert found.keys() <= {asked.item}
    for value in found.values():
        assert_possible(value)
    return Outcome.OK


def assert_possible(value: Any) -> None:
    if isinstance(value, Quote):
        assert parsing.LOWEST_PRICE <= value.price <= parsing.HIGHEST_PRICE
        assert value.change_24h is None or -100 <= value.change_24h <= parsing.HIGHEST_PERCENT
        assert value.volume_24h is None or 0 <= value.volume_24h <= parsing.HIGHEST_AMOUNT
    elif isinstance(value, Candles):
        assert 1 <= len(value.candles) <= 2
        assert all(before.opens < after.opens for before, after in pairwise(value.candles))
        for candle in value.candles:
            assert 0 < candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= candle.high
            assert candle.opens <= NOW + timedelta(minutes=5)
    elif isinstance(value, OrderBook):
        assert value.bids[0][0] < value.asks[0][0]
        assert all(price > 0 and size > 0 for price, size in (*value.bids, *value.asks))
    else:
        assert all(article.title and article.url.startswith("http") for article in value.articles)


def body_of(case: str) -> bytes:
    return json.dumps(CASES[case][1]).encode()


@pytest.mark.parametrize("case", CASES)
def test_the_payloads_are_read_before_they_are_spoilt(case: str) -> None:
    assert outcome_of(case, body_of(case)) is Outcome.OK


@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
def test_a_mutated_answer_is_possible_or_a_failure(case: str, data: st.DataObject) -> None:
    outcome_of(case, mutated(body_of(case), data))


@pytest.mark.parametrize("case", CASES)
@given(data=st.data())
@settings(max_examples=20)
def test_damaged_bytes_are_possible_or_a_failure(case: str, data: st.DataObject) -> None:
    outcome_of(case, damaged(body_of(case), data), data.draw(st.sampled_from([200, 200, 204, 400, 404, 429])))


@pytest.mark.parametrize("case", CASES)
def test_a_truncated_answer_is_broken_wherever_it_ends(case: str) -> None:
    body = body_of(case)
    assert {outcome_of(case, body[:end]) for end in range(0, len(body), 5)} == {Outcome.BROKEN}


@pytest.mark.parametrize("case", CASES)
def test_a_server_error_is_an_outage_whatever_its_body_says(case: str) -> None:
    assert outcome_of(case, body_of(case), 503) is Outcome.BROKEN


@given(value=st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=10), data=st.data())
def test_any_sound_expression_over_any_answer_finds_something_or_fails(value: Any, data: st.DataObject) -> None:
    text = data.draw(st.text(alphabet="ab.[]*0?=<>!&|@'` (),{}:", max_size=20))
    if text and expressions.problem(text) is None:
        expression = expressions.Expression(text)
        outcome = Outcome.BROKEN
        try:
            expression.evaluate_as_text(expressions.decode(json.dumps(value).encode()))
        except Failure as failure:
            outcome = checked(failure)
        assert outcome is Outcome.BROKEN
        assert expression.is_true(value) in (True, False)
