"""JMESPath expressions over an answer whose numbers stay as they were written. Pure.

Numbers are Decimals while an expression looks at them, so that ``code == `0``` and ``size > `5``` mean what they say,
and are handed on as the text of that Decimal: no float is ever made of one, and no digit lost. Only functions that
pick and arrange are allowed: what an answer does not say is not to be computed here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.visitor import TreeInterpreter

from providers.adapters.shared.parsing import Numeral, broken

FUNCTIONS = ("contains", "ends_with", "join", "keys", "length", "map", "not_null", "reverse", "starts_with", "values")
MAX_LENGTH = 300
MAX_ROWS = 100_000
"""More than any provider lists: an expression that makes more of an answer multiplies it."""

_MAX_NUMBER_LENGTH = 100
_NUMBER = re.compile(r"-?[0-9.]+(?:[eE][+-]?[0-9]{1,3})?")
_LITERAL = re.compile(r"`((?:[^`\\]|\\.)*)`")
_EVALUATION_ERRORS = (
    JMESPathError,
    TypeError,
    ValueError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
)
"""What an expression can come to over an answer it was not written for."""


class _Interpreter(TreeInterpreter):
    """One that does not multiply a small answer into a large one."""

    def visit_flatten(self, node: Any, value: Any) -> Any:
        merged = super().visit_flatten(node, value)
        if merged is not None and len(merged) > MAX_ROWS:
            raise ValueError("too many rows")
        return merged


class Expression:
    """A compiled expression. An empty one is the value itself. Raises ValueError for one that ``problem`` refuses."""

    __slots__ = ("_interpreter", "_parsed", "text")

    def __init__(self, text: str) -> None:
        said = problem(text) if text else None
        if said:
            raise ValueError(said)
        self.text = text
        self._parsed: Any = jmespath.compile(text).parsed if text else None
        self._interpreter = _Interpreter()

    def evaluate(self, value: object) -> Any:
        """What the expression finds, numbers as Decimal; None for nothing. Raises BROKEN where it cannot be applied."""
        if self._parsed is None:
            return value
        try:
            return self._interpreter.visit(self._parsed, value)
        except _EVALUATION_ERRORS:
            raise broken("an expression does not fit the answer") from None

    def evaluate_as_text(self, value: object) -> object:
        """What it finds, a number as the text it was written as: what ``parsing`` reads."""
        return as_numeral(self.evaluate(value))

    def is_true(self, value: object) -> bool:
        """Whether it finds something true; where it cannot be applied, it does not."""
        if self._parsed is None:
            return False
        try:
            return bool(self._interpreter.visit(self._parsed, value))
        except _EVALUATION_ERRORS:
            return False


def problem(text: str) -> str | None:
    """Why this is no expression of ours, and what is allowed; None where it is one."""
    if len(text) > MAX_LENGTH or not text.isprintable():
        return f"Up to {MAX_LENGTH} characters on one line."
    if any(not _is_json(literal) for literal in _LITERAL.findall(text)):
        return "Between backticks stands JSON, as in `0` or `null`; for text use single quotes: 'ok'."
    try:
        parsed = jmespath.compile(text)
    except (*_EVALUATION_ERRORS, KeyError) as error:
        return f"Not a JMESPath expression: {_error_message(error)}."
    unknown = sorted(set(_functions(parsed.parsed)) - set(FUNCTIONS))
    if unknown:
        return f"The function {unknown[0]} is not allowed; allowed: {', '.join(FUNCTIONS)}."
    return _constant(parsed.parsed)


def _constant(parsed: Any) -> str | None:
    """An expression that finds something in nothing does not read the answer: its value would be made up."""
    try:
        found = _Interpreter().visit(parsed, None)
    except _EVALUATION_ERRORS:
        return None
    return None if found is None or isinstance(found, bool) else "It gives a value whatever the answer says."


def decode(body: bytes) -> object:
    """The JSON value of a body, its numbers as Decimal. Raises BROKEN for anything else, however malformed."""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=_decimal, parse_int=_decimal, parse_constant=_decimal)
    except (ValueError, RecursionError):
        raise broken("the body is not JSON") from None


def as_numeral(value: object) -> object:
    """A number as the text ``parsing`` reads; anything else as it is."""
    if isinstance(value, Decimal) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return Numeral(value)
    return value


def _decimal(text: str) -> Decimal:
    """The number; NaN for one that no market has."""
    possible = len(text) <= _MAX_NUMBER_LENGTH and _NUMBER.fullmatch(text)
    return Decimal(text) if possible else Decimal("NaN")


def _error_message(error: Exception) -> str:
    """The library's own words, without the expression that they repeat."""
    said = str(error).splitlines()[0] if str(error) else "it cannot be read"
    return said.removeprefix("Invalid jmespath expression: ").removesuffix(", for expression:").rstrip(":. ")


def _functions(node: Any) -> Iterator[str]:
    """The names of all functions in a parsed expression."""
    if isinstance(node, dict):
        if node.get("type") == "function_expression":
            yield node["value"]
        for child in node.get("children", ()):
            yield from _functions(child)


def _is_json(literal: str) -> bool:
    try:
        json.loads(literal.replace("\\`", "`"))
    except ValueError:
        return False
    return True
