"""What an operator may fill in, and the word at the right field for what not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from providers.adapters.generic import expressions
from providers.adapters.generic.definitions import DefinitionConf, problems_of, problems_of_request_format
from providers.adapters.generic.expressions import Expression
from providers.domain.outcomes import Failure
from tests.providers.adapters.generic.example_definitions import BOOK, CANDLES, NEWS, PRICE, REQUEST_FORMAT

MOST_WRONG = 5_001


@pytest.mark.parametrize("definition", [PRICE, CANDLES, BOOK, NEWS])
def test_sound_definitions_have_no_problem(definition: DefinitionConf) -> None:
    assert problems_of(definition, REQUEST_FORMAT) == {}
    assert problems_of_request_format(REQUEST_FORMAT) == {}


@pytest.mark.parametrize(
    ("definition", "changes", "field", "answer"),
    [
        (PRICE, {"path": "v1/x"}, "path", "begins with a slash"),
        (PRICE, {"path": "/x?symbol={symbol}"}, "path", "no query"),
        (PRICE, {"path": "/a/../{symbol}"}, "path", ". or .. parts"),
        (PRICE, {"path": "//evil.example/{symbol}"}, "path", "no empty"),
        (PRICE, {"path": "/a b/{symbol}"}, "path", "without spaces"),
        (PRICE, {"path": "/{secret}"}, "path", "{secret} is not a placeholder here; allowed: {symbol}"),
        (PRICE, {"path": "/{symbol"}, "path", "URL"),
        (PRICE, {"path": "/{symbol.__class__}"}, "path", "is not a placeholder here"),
        (PRICE, {"path": "/all"}, "shape", "cannot answer for several"),
        (PRICE, {"path": "/{base}"}, "path", "must name the quote currency too"),
        (PRICE, {"path": "/{quote}"}, "path", "must name the coin"),
        (PRICE, {"shape": "list", "name": ""}, "name", "the name of the market"),
        (PRICE, {"shape": "columns"}, "shape", "Allowed: one, list, keyed"),
        (PRICE, {"price": ""}, "price", "Required."),
        (PRICE, {"price": "a["}, "price", "Not a JMESPath expression"),
        (PRICE, {"price": "`1`"}, "price", "whatever the answer contains"),
        (PRICE, {"volume": "a || `0`"}, "volume", "whatever the answer contains"),
        (PRICE, {"price": "sum(a)"}, "price", "sum is not allowed; allowed: contains"),
        (PRICE, {"price": "a == `x`"}, "price", "Between backticks only JSON"),
        (PRICE, {"price": "a" * 301}, "price", "Up to 300 characters"),
        (PRICE, {"name_is": "{quote}"}, "name_is", "must name the coin"),
        (PRICE, {"params": "symbol"}, "params", "One name=value per line"),
        (PRICE, {"params": "a=1\na=2"}, "params", "given twice"),
        (PRICE, {"params": "a={start}"}, "params", "{start} is not a placeholder here"),
        (PRICE, {"most": 0}, "most", "1 to 5000"),
        (PRICE, {"most": MOST_WRONG}, "most", "1 to 5000"),
        (PRICE, {"time_unit": "weeks"}, "time_unit", "Allowed: seconds"),
        (PRICE, {"category": "SOCIAL"}, "category", "Allowed: MARKET_PRICE"),
        (CANDLES, {"intervals": "2h=120"}, "intervals", "'2h' is not a known interval; allowed: 1m"),
        (CANDLES, {"intervals": ""}, "intervals", "At least one interval"),
        (CANDLES, {"intervals": "1h=60, 1h=61"}, "intervals", "given twice"),
        (CANDLES, {"intervals": "1h=a b"}, "intervals", "cannot be sent"),
        (CANDLES, {"params": "count={limit}"}, "params", "{interval} must be in the path"),
        (CANDLES, {"path": "/{symbol}/{start}"}, "path", "{start} is not a placeholder here"),
        (CANDLES, {"path": "/bars"}, "path", "must name the coin"),
        (BOOK, {"quantity": ""}, "quantity", "Required."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    definition: DefinitionConf, changes: dict[str, Any], field: str, answer: str
) -> None:
    problems = problems_of(replace(definition, **changes), REQUEST_FORMAT)
    assert answer in problems[field]


@pytest.mark.parametrize(
    ("changes", "field", "answer"),
    [
        ({"symbol": "{base}"}, "symbol", "quote currency too"),
        ({"symbol": "BTC"}, "symbol", "must name the coin"),
        ({"symbol": "{base}{symbol}"}, "symbol", "{symbol} is not a placeholder here"),
        ({"quotes": "usd"}, "quotes", "codes such as USD"),
        ({"quotes": ""}, "quotes", "At least one"),
        ({"key_name": ""}, "key_name", "letters, digits"),
        ({"key_name": "Host"}, "key_name", "sets this header itself"),
        ({"key_name": "X\r\nY"}, "key_name", "letters, digits"),
        ({"key_value": "Bearer"}, "key_value", "must contain {key}"),
        ({"key_value": "{key}\r\nX: y"}, "key_value", "cannot be displayed"),
        ({"unknown_statuses": "429"}, "unknown_statuses", "404"),
        ({"unknown_statuses": "500"}, "unknown_statuses", "404"),
        ({"failed_if": "ok == "}, "failed_if", "Not a JMESPath"),
        ({"limit_calls": 0}, "limit_calls", "1 to"),
    ],
)
def test_what_is_wrong_with_a_request_format_is_said_at_its_field(
    changes: dict[str, Any], field: str, answer: str
) -> None:
    assert answer in problems_of_request_format(replace(REQUEST_FORMAT, **changes))[field]


def test_a_coin_alone_names_a_market_where_there_is_one_currency() -> None:
    single = replace(REQUEST_FORMAT, symbol="{base}", quotes="USD")
    assert problems_of_request_format(single) == {}
    assert problems_of(replace(PRICE, path="/{base}"), single) == {}


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("code == `0`", True),
        ("rows[?size > `5`].price | [0]", "1.2300"),
        ("rows[?size > `99999999999999999999`]", []),
        ("rows[-1].size", "3"),
        ("keys(table)[0]", "BTC"),
        ("not_null(nothing, code)", "0"),
    ],
)
def test_expressions_compare_numbers_as_numbers_and_give_them_as_they_were_written(expression: str, found: Any) -> None:
    body = b'{"code": 0, "rows": [{"size": 10, "price": 1.2300}, {"size": 3}], "table": {"BTC": 1}}'
    assert Expression(expression).evaluate_as_text(expressions.decode(body)) == found


@pytest.mark.parametrize("expression", ["b > `5`", "length(a)", "contains(a, 'x')", "join(',', a)", "c > `5`"])
def test_an_expression_that_does_not_fit_the_answer_is_an_answer_that_is_broken(expression: str) -> None:
    body = expressions.decode(b'{"a": 1, "b": "text", "c": NaN}')
    with pytest.raises(Failure):
        Expression(expression).evaluate(body)
    assert not Expression(expression).is_true(body)


def test_an_expression_cannot_multiply_a_small_answer_into_a_large_one() -> None:
    doubled = "|".join(["[@,@][]"] * 30)
    with pytest.raises(Failure):
        Expression(doubled).evaluate([1] * 10)
