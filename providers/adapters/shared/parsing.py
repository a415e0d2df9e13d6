"""Reading upstream JSON: structure checked, numbers as Decimal from the raw text, times as aware UTC."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal

from providers.domain.outcomes import Failure, Outcome

LOWEST_PRICE = Decimal("1E-24")
HIGHEST_PRICE = Decimal("1E+15")
"""Wider than any market in any currency: outside it a price is a fault, not a market."""

HIGHEST_AMOUNT = Decimal("1E+27")
HIGHEST_PERCENT = Decimal("1E+7")

EARLIEST = datetime(2009, 1, 3, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""From bitcoin's first block on: a time outside is no time (or one read in the wrong unit)."""

ARITHMETIC = Context(prec=50)
"""Exact enough for a product of two upstream numbers, whatever the thread's own context is."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]*)?(?:[eE]([+-]?[0-9]+))?")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_LONGEST_NUMBER = 100
_LONGEST_EXPONENT = 4
_MICRO = Decimal("0.000001")


class Numeral(str):
    """A JSON number as it was written: no float is ever made of it, and no digit lost."""

    __slots__ = ()


def broken(detail: str) -> Failure:
    """The answer is not what this provider answers."""
    return Failure(Outcome.BROKEN, detail)


def decode(body: bytes) -> object:
    """The JSON value of a body, its numbers as Numeral. Raises BROKEN for anything else, however malformed."""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=Numeral, parse_int=Numeral, parse_constant=Numeral)
    except (ValueError, RecursionError):
        raise broken("the body is not JSON") from None


def mapping(value: object, what: str = "an object") -> Mapping[str, object]:
    """The value as a JSON object."""
    if not isinstance(value, dict):
        raise broken(f"{what} was expected")
    return value


def sequence(value: object, what: str = "a list") -> Sequence[object]:
    """The value as a JSON array."""
    if not isinstance(value, list):
        raise broken(f"{what} was expected")
    return value


def field(row: Mapping[str, object], *names: str) -> object:
    """The first of these fields the row has. A row with none of them is not this provider's row."""
    for name in names:
        if name in row:
            return row[name]
    raise broken(f"{names[0]} is missing")


def item(values: object, position: int, what: str, width: int = 0) -> object:
    """One place of a JSON array that carries meaning by position, and has at least ``width`` places: in a shorter one
    each may have moved into another's.
    """
    listed = sequence(values, what)
    if len(listed) <= max(position, width - 1):
        raise broken(f"{what} is too short")
    return listed[position]


def price(value: object) -> Decimal | None:
    """A price, or None where the source says it has none (null, an empty string). Raises IMPLAUSIBLE or BROKEN."""
    if _nothing(value):
        return None
    number = _number(value)
    if number is None or not LOWEST_PRICE <= number <= HIGHEST_PRICE:
        raise Failure(Outcome.IMPLAUSIBLE, "a price is not a positive, finite, possible number")
    return number


def amount(value: object) -> Decimal | None:
    """A volume, or None where the source gives none that can be."""
    return _within(value, Decimal(0), HIGHEST_AMOUNT)


def strict_amount(value: object) -> Decimal | None:
    """An amount that is what was asked for: None where there is none, IMPLAUSIBLE where it cannot be."""
    number = amount(value)
    if number is None and not _nothing(value):
        raise Failure(Outcome.IMPLAUSIBLE, "an amount is not a finite, possible number")
    return number


def strict_product(base_volume: object, average_price: object) -> Decimal | None:
    """As ``product``, of two numbers that are what was asked for."""
    base, average = strict_amount(base_volume), strict_amount(average_price)
    return None if base is None or average is None else ARITHMETIC.multiply(base, average)


def percent(value: object) -> Decimal | None:
    """A change in percent, or None where the source gives none that can be: nothing loses more than all."""
    return _within(value, Decimal(-100), HIGHEST_PERCENT)


def fraction(value: object) -> Decimal | None:
    """A change given as a fraction ("-0.0059"), in percent."""
    ratio = _within(value, Decimal(-1), HIGHEST_PERCENT / 100)
    return None if ratio is None else ARITHMETIC.multiply(ratio, Decimal(100))


def change(last: Decimal | None, before: object) -> Decimal | None:
    """The change in percent since an opening price, or None where one of them is no price."""
    opened = _within(before, LOWEST_PRICE, HIGHEST_PRICE)
    if last is None or opened is None:
        return None
    moved = ARITHMETIC.multiply(ARITHMETIC.divide(ARITHMETIC.subtract(last, opened), opened), Decimal(100))
    return moved.quantize(_MICRO, context=ARITHMETIC) if moved <= HIGHEST_PERCENT else None


def product(base_volume: object, average_price: object) -> Decimal | None:
    """Base volume times the volume-weighted average price: the quote volume, exactly."""
    base, average = amount(base_volume), amount(average_price)
    return None if base is None or average is None else ARITHMETIC.multiply(base, average)


def from_seconds(value: object) -> datetime | None:
    """A Unix time in seconds, or None where there is none that can be."""
    return _moment(value, 1_000_000)


def from_millis(value: object) -> datetime | None:
    """A Unix time in milliseconds, or None where there is none that can be."""
    return _moment(value, 1_000)


def from_micros(value: object) -> datetime | None:
    """A Unix time in microseconds, or None where there is none that can be."""
    return _moment(value, 1)


def from_iso(value: object) -> datetime | None:
    """An ISO 8601 time with its offset (nanoseconds are cut), or None where there is none that can be."""
    if _nothing(value):
        return None
    if not isinstance(value, str):
        raise broken("a time was expected")
    try:
        moment = datetime.fromisoformat(value)
        return _possible(moment.astimezone(UTC)) if moment.tzinfo else None
    except (ValueError, OverflowError):
        raise broken("a time was expected") from None


def _nothing(value: object) -> bool:
    return value is None or value == ""


def _number(value: object) -> Decimal | None:
    """The number, or None for one that no market has: NaN, Infinity, thousands of digits."""
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
    if _nothing(value):
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
