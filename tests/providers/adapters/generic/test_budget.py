"""An expression takes bounded time and memory, whatever the answer and whatever the expression."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.adapters.generic import expressions
from providers.adapters.generic.expressions import MAX_LENGTH, MAX_ROWS, Budget, Expression
from providers.domain.outcomes import Failure, Outcome

BOUND_S = 4.0
"""Of processor time; a used up budget takes about one second, and what was mended took 27."""
NESTED = "[@,@,@,@,@,@,@,@]"
MANY = {"a": [{"b": n, "t": "x" * 50, "l": [1, 2, 3]} for n in range(2_000)], "s": ["y" * 1_000] * 100}


def mapped(times: int) -> str:
    text = "@"
    for _ in range(times):
        text = f"map(&{NESTED},{text})"
    return text


HOSTILE = [
    f"map(&({NESTED}),{mapped(6)})",
    "map(&([@,@,@,@]|map(&([@,@,@,@]|map(&([@,@,@,@]|map(&([@,@,@,@]),@)),@)),@)),[@,@,@,@])",
    "|".join([NESTED] * 16),
    "|".join(["[@,@]"] * 45),
    "[" + "|".join(["[@,@]"] * 22) + "]==[" + "|".join(["[@,@]"] * 22) + "]",
    "|".join(["[@,@]"] * 20) + "|[contains(@,@),contains(@,[@])]",
    "a[*].[@,@,@,@,@,@,@,@][].[@,@,@,@,@,@,@,@][].[@,@][]",
    "[a,a,a,a,a,a,a,a,a,a][].[a,b,[@,@,@,@,@,@,@,@,@,@,@,@,@,@]]",
    "|".join(["map(&[@,@,@,@][],[@,@,@])"] * 10),
    "|".join(["{a:@,b:@,c:@}"] * 20),
    "[join('',[s[0],s[1]]),s]|[join('',@[1]),@[1]]|[join('',[@[0],@[0],@[0],@[0]]),@[1]]|join('',[@[0],@[0],@[0],@[0]])",
    "a[?contains(l, b) && contains(l, b) || contains(l,t)].[t,t,t,t,t,t]",
    "|".join(["[@,@,@,@,@][]"] * 20),
    "|".join(["reverse([@,@,@])[]"] * 15),
    "[a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a][].a.b.c.d.e",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_expression_takes_long_over_any_answer(text: str) -> None:
    assert len(text) <= MAX_LENGTH
    began = time.thread_time()
    for body in (MANY, {"a": 1}, [1] * 1_000):
        value = expressions.decode(json.dumps(body).encode())
        try:
            expression = Expression(text)
            result = expression.evaluate(value)
        except (Failure, ValueError):
            continue
        assert elements(result) <= expressions.MAX_STEPS
        expression.is_true(value)
    assert time.thread_time() - began < 3 * BOUND_S


def elements(value: object) -> int:
    """Elements of a result, counted as often as they are reached."""
    found, pending = 0, [value]
    while pending:
        part = pending.pop()
        found += 1
        assert found <= expressions.MAX_STEPS
        if isinstance(part, list | dict):
            pending += part.values() if isinstance(part, dict) else part
    return found


def failed(text: str, value: object) -> bool:
    try:
        Expression(text).evaluate(value)
    except Failure as failure:
        return failure.outcome is Outcome.BROKEN
    return False


def test_the_rows_of_one_answer_share_one_budget() -> None:
    rows: Any = expressions.decode(json.dumps([{"l": list(range(100))}] * 5_000).encode())
    expression = Expression("l[*].[@,@,@]")
    used_up = 0
    for row in rows:
        try:
            expression.evaluate(row)
        except Failure:
            used_up += 1
    assert 0 < used_up < len(rows)
    expressions.decode(b"[]")
    expression.evaluate(rows[0])


def test_lists_are_not_compared_but_with_an_empty_one() -> None:
    answer = expressions.decode(b'{"a": [1], "b": [1], "n": [], "o": {}}')
    assert failed("a == b", answer)
    assert failed("a != b", answer)
    assert failed("contains(a, b)", answer)
    assert Expression("n == `[]`").evaluate(answer) is True
    assert Expression("a == `[]`").evaluate(answer) is False
    assert Expression("o == `{}`").evaluate(answer) is True
    assert Expression("a[0] == b[0]").evaluate(answer) is True


def test_what_providers_list_fits_the_budget() -> None:
    body = json.dumps([{f"f{n}": n for n in range(20)} for _ in range(5_000)]).encode()
    rows: Any = expressions.decode(body)
    found: Any = Expression("[?f1 == `1` && f2 > `0`]").evaluate(rows)
    fields = [Expression(f"f{n}") for n in range(10)]
    assert len(found) == 5_000
    assert {str(field.evaluate_as_text(row)) for row in found for field in fields} == {str(n) for n in range(10)}


def test_more_rows_than_any_provider_lists_are_refused() -> None:
    answer = expressions.decode(json.dumps([[0] * 1_000] * 101).encode())
    assert MAX_ROWS == 100_000
    assert failed("[]", answer)


@given(steps=st.lists(st.integers(0, 50), max_size=30))
def test_a_budget_ends_when_its_steps_are_used(steps: list[int]) -> None:
    budget, used = Budget(200), 0
    for step in steps:
        used += step
        try:
            budget.charge(step)
        except ValueError:
            assert used > 200
            return
        assert used <= 200
