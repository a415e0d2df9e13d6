"""JMESPath expressions over a JSON answer, without loss of digits. Pure.

Numbers are Decimals inside an expression, so that ``code == `0``` and ``size > `5``` compare numbers, and are returned
as the text of that Decimal: none becomes a float. Only functions that select and arrange are allowed; values that the
answer does not contain must not be computed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextvars import ContextVar
from decimal import Decimal
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.visitor import TreeInterpreter

from providers.adapters.shared import limits
from providers.adapters.shared.parsing import Numeral, broken

FUNCTIONS = ("contains", "ends_with", "join", "keys", "length", "map", "not_null", "reverse", "starts_with", "values")
MAX_LENGTH = 300
MAX_ROWS = 100_000
"""More rows than any provider lists; an expression that yields more multiplies its input."""
MAX_STEPS = 1_000_000
"""For one answer, about a second: 5,000 rows with ten fields need 150,000."""
TEXT_PER_STEP = 16
"""Characters that are compared or copied for one step."""

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
"""Errors that an expression can raise over an answer of another shape."""


class Budget:
    """Steps left for the expressions applied to one answer: nodes visited, and elements produced or looked through."""

    __slots__ = ("_left",)

    def __init__(self, steps: int) -> None:
        self._left = steps

    def charge(self, steps: int) -> None:
        """Use some steps. Raises ValueError if there are not so many left."""
        self._left -= steps
        if self._left < 0:
            raise ValueError("too many steps")


_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)
"""The budget of the answer that was decoded last in this thread."""


class _Interpreter(TreeInterpreter):
    """An interpreter with a budget. Without one, a short expression can build 2^60 references to a small answer."""

    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self._budget = budget

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        """Visit a node of the expression. Raises ValueError when the budget is used up."""
        self._budget.charge(1)
        return super().visit(node, *args, **kwargs)

    def visit_flatten(self, node: Any, value: Any) -> Any:
        """Flatten a list of lists. Raises ValueError for more than MAX_ROWS rows."""
        base = self.visit(node["children"][0], value)
        if not isinstance(base, list):
            return None
        rows = sum(len(element) if isinstance(element, list) else 1 for element in base)
        if rows > MAX_ROWS:
            raise ValueError("too many rows")
        self._budget.charge(rows)
        return super().visit_flatten(_over(node, base), value)

    def visit_comparator(self, node: Any, value: Any) -> Any:
        """Compare texts, numbers and truth values, and anything with an empty list or object.

        Lists are not compared with lists: the time would grow with the number of ways through them.
        """
        left, right = (self.visit(child, value) for child in node["children"])
        if isinstance(left, list | dict) and isinstance(right, list | dict) and left and right:
            raise ValueError("a comparison of lists")
        self._charge_length(left)
        return super().visit_comparator(_over(node, left, right), value)

    def visit_function_expression(self, node: Any, value: Any) -> Any:
        """Call a function; its arguments are looked through once."""
        arguments = [self.visit(child, value) for child in node["children"]]
        for argument in arguments:
            self._charge_length(argument)
        if node["value"] == "contains" and len(arguments) == 2 and isinstance(arguments[1], list | dict):
            raise ValueError("a comparison of lists")
        if node["value"] == "join":
            for part in arguments[-1] if isinstance(arguments[-1], list) else ():
                self._charge_length(part)
        return super().visit_function_expression(_over(node, *arguments), value)

    def _charge_length(self, value: object) -> None:
        if isinstance(value, str):
            self._budget.charge(len(value) // TEXT_PER_STEP)
        elif isinstance(value, list | dict):
            self._budget.charge(len(value))


def _over(node: Any, *values: object) -> Any:
    """Return the node with these values in place of what its children find."""
    return {**node, "children": [{"type": "literal", "value": value, "children": []} for value in values]}


def _charge_result(result: object, budget: Budget) -> None:
    """Charge the parts of a result, those with several references each time. Raises ValueError."""
    pending = [result]
    while pending:
        value = pending.pop()
        if isinstance(value, list | dict):
            budget.charge(len(value))
            pending += value.values() if isinstance(value, dict) else value


class Expression:
    """A compiled expression; an empty one returns its input. Raises ValueError where ``problem`` finds one."""

    __slots__ = ("_parsed", "text")

    def __init__(self, text: str) -> None:
        message = problem(text) if text else None
        if message:
            raise ValueError(message)
        self.text = text
        self._parsed: Any = jmespath.compile(text).parsed if text else None

    def evaluate(self, value: object) -> Any:
        """Return the result, numbers as Decimal, None for no match; raise Failure (BROKEN) if it cannot be applied."""
        if self._parsed is None:
            return value
        try:
            return self._result(value)
        except _EVALUATION_ERRORS:
            raise broken("an expression does not fit the answer") from None

    def evaluate_as_text(self, value: object) -> object:
        """Return the result with a number as the original text, as ``parsing`` expects it."""
        return as_numeral(self.evaluate(value))

    def is_true(self, value: object) -> bool:
        """Return whether the result is true; False if the expression cannot be applied."""
        if self._parsed is None:
            return False
        try:
            return bool(self._result(value))
        except _EVALUATION_ERRORS:
            return False

    def _result(self, value: object) -> Any:
        budget = _budget.get() or Budget(MAX_STEPS)
        result = _Interpreter(budget).visit(self._parsed, value)
        if isinstance(result, list | dict) and result is not value:
            _charge_result(result, budget)
        return result


def problem(text: str) -> str | None:
    """Explain why an expression is not allowed and what is; None if it is valid."""
    if len(text) > MAX_LENGTH or not text.isprintable():
        return f"Up to {MAX_LENGTH} characters on one line."
    if any(not _is_json(literal) for literal in _LITERAL.findall(text)):
        return "Between backticks only JSON is allowed, as in `0` or `null`; for text use single quotes: 'ok'."
    try:
        parsed = jmespath.compile(text)
    except (*_EVALUATION_ERRORS, KeyError) as error:
        return f"Not a JMESPath expression: {_error_message(error)}."
    unknown = sorted(set(_functions(parsed.parsed)) - set(FUNCTIONS))
    if unknown:
        return f"The function {unknown[0]} is not allowed; allowed: {', '.join(FUNCTIONS)}."
    return _constant_problem(parsed.parsed)


def _constant_problem(parsed: Any) -> str | None:
    """Refuse an expression that has a value without any input: it does not read the answer."""
    try:
        result = _Interpreter(Budget(MAX_STEPS)).visit(parsed, None)
    except _EVALUATION_ERRORS:
        return None
    return None if result is None or isinstance(result, bool) else "It gives a value whatever the answer contains."


def decode(body: bytes) -> object:
    """Parse a JSON body, numbers as Decimal; raise Failure (BROKEN) for anything else, however malformed.

    The expressions applied to it in this thread share one budget.
    """
    if limits.count_values(body) > limits.MAX_VALUES:
        raise broken("the body has too many values")
    _budget.set(Budget(MAX_STEPS))
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=_decimal, parse_int=_decimal, parse_constant=_decimal)
    except (ValueError, RecursionError):
        raise broken("the body is not JSON") from None


def as_numeral(value: object) -> object:
    """Return a number as the text ``parsing`` expects; anything else unchanged."""
    if isinstance(value, Decimal) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return Numeral(value)
    return value


def _decimal(text: str) -> Decimal:
    """Return the number; NaN for one that no market can have."""
    possible = len(text) <= _MAX_NUMBER_LENGTH and _NUMBER.fullmatch(text)
    return Decimal(text) if possible else Decimal("NaN")


def _error_message(error: Exception) -> str:
    """Return the library's message without the repeated expression."""
    message = str(error).splitlines()[0] if str(error) else "it cannot be read"
    return message.removeprefix("Invalid jmespath expression: ").removesuffix(", for expression:").rstrip(":. ")


def _functions(node: Any) -> Iterator[str]:
    """Yield the names of all functions in a parsed expression."""
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
