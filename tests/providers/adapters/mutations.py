"""Spoiling an upstream answer: JSON dropped, replaced, doubled and swapped, its numbers still as they were written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from providers.adapters.shared import parsing
from providers.domain.outcomes import Failure, Outcome

LONG = "9" * 5000
WRONG = st.sampled_from(
    [
        *("null", "true", "false", '""', '"abc"', "[]", "{}", "[[]]", '{"a":1}', "[" * 300 + "]" * 300),
        *("NaN", "Infinity", "-Infinity", "0", "-1", '"NaN"', '"-Infinity"', '"0"', '"-5"', '"1_000"'),
        *("1e999999", '"1e999999"', "-1e-999999", "1e-400", "1" + "0" * 400, LONG, f'"{LONG}"'),
        *('"\\ud800"', '"\\u0000"', "18446744073709551616", "253402300800000", '"1970-01-01"'),
        *('"9999-12-31T23:59:59-23:59"', '"0001-01-01T00:00:00+23:59"'),
    ]
)


class Raw(str):
    """A piece of JSON text, put into a document as it is."""

    __slots__ = ()


def render(value: Any) -> str:
    """JSON text of a tree whose numbers are still text, and that may hold raw pieces."""
    if isinstance(value, Raw | parsing.Numeral):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{render(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(render(one) for one in value) + "]"
    return json.dumps(value)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a tree that holds something: its container and its key."""
    pairs: list[tuple[Any, Any]] = []
    if isinstance(value, dict | list):
        pairs = list(value.items() if isinstance(value, dict) else enumerate(value))
    for key, one in pairs:
        yield value, key
        yield from places(one)


def mutate(tree: Any, draw: st.DataObject) -> None:
    """Drop, replace, double or swap something somewhere."""
    found = list(places(tree))
    if not found:
        return
    container, key = draw.draw(st.sampled_from(found))
    kind = draw.draw(st.sampled_from(["drop", "replace", "replace", "double", "swap"]))
    if kind == "drop":
        del container[key]
    elif kind == "replace":
        container[key] = Raw(draw.draw(WRONG))
    elif kind == "double" and isinstance(container, list):
        container.append(container[key])
    else:
        other, place = draw.draw(st.sampled_from(found))
        container[key], other[place] = Raw(render(other[place])), Raw(render(container[key]))


def mutated(body: bytes, draw: st.DataObject) -> bytes:
    """A JSON body with one to four things wrong in it."""
    tree = parsing.decode(body)
    for _ in range(draw.draw(st.integers(1, 4))):
        mutate(tree, draw)
    return render(tree).encode("utf-8", "surrogatepass")


def damaged(body: bytes, draw: st.DataObject) -> bytes:
    """A body with some of its bytes changed."""
    changed = bytearray(body)
    for position in draw.draw(st.lists(st.integers(0, len(changed) - 1), max_size=5)):
        changed[position] = draw.draw(st.integers(0, 255))
    return bytes(changed)


def checked(failure: Failure) -> Outcome:
    """Its outcome; its detail is short and leads nowhere."""
    assert len(failure.detail) < 120
    assert "//" not in failure.detail
    return failure.outcome
