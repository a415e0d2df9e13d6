"""Reading upstream JSON: structure checked, numbers as Decimal from the raw text, times as aware UTC."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal

from providers.adapters.shared import limits
from providers.domain.outcomes import Failure, InactiveMarket, Outcome

LOWEST_PRICE = Decimal("1E-24")
HIGHEST_PRICE = Decimal("1E+15")
"""Bounds wider than any market in any currency; a price outside is an error of the provider."""

HIGHEST_AMOUNT = Decimal("1E+27")
HIGHEST_PERCENT = Decimal("1E+7")

EARLIEST = datetime(2009, 1, 3, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""From bitcoin's first block; a time outside is invalid, or was read in the wrong unit."""

ARITHMETIC = Context(prec=50)
"""Precise enough for the product of two upstream numbers; independent of the thread's own context."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]*)?(?:[eE]([+-]?[0-9]+))?")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_LONGEST_NUMBER = 100
_LONGEST_EXPONENT = 4
_MICRO = Decimal("0.000001")


class Numeral(str):
    """A JSON number as written: never converted to float, so no digit is lost."""

    __slots__ = ()


def broken(detail: str) -> Failure:
    """Return a BROKEN failure: the response does not have this provider's format."""
    return Failure(Outcome.BROKEN, detail)


def decode(body: bytes) -> object:
    """Return the JSON value of a body, numbers as Numeral. Raises BROKEN for anything else and for too many values."""
    if limits.count_values(body) > limits.MAX_VALUES:
        raise broken("the body has too many values")
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=Numeral, parse_int=Numeral, parse_constant=Numeral)
    except (ValueError, RecursionError):
        raise broken("the body is not JSON") from None


def mapping(value: object, what: str = "an object") -> Mapping[str, object]:
    """Return the value as a JSON object. Raises BROKEN, naming ``what`` was expected."""
    if not isinstance(value, dict):
        raise broken(f"{what} was expected")
    return value


def sequence(value: object, what: str = "a list") -> Sequence[object]:
    """Return the value as a JSON array. Raises BROKEN, naming ``what`` was expected."""
    if not isinstance(value, list):
        raise broken(f"{what} was expected")
    return value


def field(row: Mapping[str, object], *names: str) -> object:
    """Return the first of these fields that the row has. Raises BROKEN if it has none of them."""
    for name in names:
        if name in row:
            return row[name]
    raise broken(f"{names[0]} is missing")


def item(values: object, position: int, what: str, width: int = 0) -> object:
    """Return one element of a JSON array whose positions have meanings.

    An array with fewer than ``width`` elements is BROKEN: its elements may have moved.
    """
    elements = sequence(values, what)
    if len(elements) <= max(position, width - 1):
        raise broken(f"{what} is too short")
    return elements[position]


def price(value: object) -> Decimal | None:
    """Return a price, None for null or an empty string.

    Raises IMPLAUSIBLE outside the bounds (InactiveMarket for zero), BROKEN for no number.
    """
    if _is_empty(value):
        return None
    number = _number(value)
    if number == 0:
        raise InactiveMarket("a price of zero")
    if number is None or not LOWEST_PRICE <= number <= HIGHEST_PRICE:
        raise Failure(Outcome.IMPLAUSIBLE, "a price is not a positive, finite, possible number")
    return number


def amount(value: object) -> Decimal | None:
    """Return an amount, None for an empty or impossible one. Raises BROKEN for no number."""
    return _within(value, Decimal(0), HIGHEST_AMOUNT)


def strict_amount(value: object) -> Decimal | None:
    """Return an amount that was requested: None for an empty one, IMPLAUSIBLE for an impossible one."""
    number = amount(value)
    if number is None and not _is_empty(value):
        raise Failure(Outcome.IMPLAUSIBLE, "an amount is not a finite, possible number")
    return number


def strict_product(base_volume: object, average_price: object) -> Decimal | None:
    """Return the product like ``product``. Raises IMPLAUSIBLE for an impossible factor."""
    base, average = strict_amount(base_volume), strict_amount(average_price)
    return None if base is None or average is None else ARITHMETIC.multiply(base, average)


def percent(value: object) -> Decimal | None:
    """Return a change in percent, None for an empty or impossible one: no loss exceeds 100 %."""
    return _within(value, Decimal(-100), HIGHEST_PERCENT)


def fraction(value: object) -> Decimal | None:
    """Return a change given as a fraction ("-0.0059") in percent, None for an empty or impossible one."""
    ratio = _within(value, Decimal(-1), HIGHEST_PERCENT / 100)
    return None if ratio is None else ARITHMETIC.multiply(ratio, Decimal(100))


def change(last: Decimal | None, before: object) -> Decimal | None:
    """Return the change from an opening price in percent, None if one of the prices is missing or impossible."""
    opened = _within(before, LOWEST_PRICE, HIGHEST_PRICE)
    if last is None or opened is None:
        return None
    percentage = ARITHMETIC.multiply(ARITHMETIC.divide(ARITHMETIC.subtract(last, opened), opened), Decimal(100))
    return percentage.quantize(_MICRO, context=ARITHMETIC) if percentage <= HIGHEST_PERCENT else None


def required_text(row: Mapping[str, object], name: str) -> str:
    """Return a non-empty string field. Raises BROKEN for anything else."""
    value = field(row, name)
    if not isinstance(value, str) or isinstance(value, Numeral) or not value:
        raise broken(f"no {name} of a pair")
    return value


def product(base_volume: object, average_price: object) -> Decimal | None:
    """Return base volume times volume-weighted average price: the exact quote volume."""
    base, average = amount(base_volume), amount(average_price)
    return None if base is None or average is None else ARITHMETIC.multiply(base, average)


def from_seconds(value: object) -> datetime | None:
    """Return a Unix time in seconds as UTC, None for an empty or impossible one."""
    return _moment(value, 1_000_000)


def from_millis(value: object) -> datetime | None:
    """Return a Unix time in milliseconds as UTC, None for an empty or impossible one."""
    return _moment(value, 1_000)


def from_micros(value: object) -> datetime | None:
    """Return a Unix time in microseconds as UTC, None for an empty or impossible one."""
    return _moment(value, 1)


def from_iso(value: object) -> datetime | None:
    """Return an ISO 8601 time with offset as UTC (nanoseconds are cut), None for an empty or impossible one."""
    if _is_empty(value):
        return None
    if not isinstance(value, str):
        raise broken("a time was expected")
    try:
        moment = datetime.fromisoformat(value)
        return _possible(moment.astimezone(UTC)) if moment.tzinfo else None
    except (ValueError, OverflowError):
        raise broken("a time was expected") from None


def _is_empty(value: object) -> bool:
    return value is None or value == ""


def _number(value: object) -> Decimal | None:
    """Return the number, None for NaN, Infinity or too many digits. Raises BROKEN for no number."""
    if not isinstance(value, str):
        raise broken("a number was expected")
    if _NOT_FINITE.fullmatch(value):
        return None
    match = _NUMBER.fullmatch(value)
    if match is None:
        raise broken("a number was expected")
    if len(value) > _LONGEST_NUMBER or len(match[1] or "") > _LONGEST_EXPONENT:
        return None
    return Decimal(value)


def _within(value: object, low: Decimal, high: Decimal) -> Decimal | None:
    if _is_empty(value):
        return None
    number = _number(value)
    return number if number is not None and low <= number <= high else None


def _moment(value: object, microseconds: int) -> datetime | None:
    number = _within(value, Decimal(0), Decimal(10**17))
    if number is None:
        return None
    try:
        return _possible(_EPOCH + timedelta(microseconds=int(number * microseconds)))
    except OverflowError:
        return None


def _possible(moment: datetime) -> datetime | None:
    return moment if EARLIEST <= moment <= LATEST else None
