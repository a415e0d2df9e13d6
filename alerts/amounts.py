"""Numbers as people type them: separators of thousands and decimals, and the ones that can mean two things. Pure."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

_SPACES = re.compile(r"(?<=\d)[ '’\u00a0\u202f](?=\d{3}(?!\d))")
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})+")
_ONE_SEPARATOR = re.compile(r"(\d*)[.,](\d*)")
_TWO_KINDS = re.compile(r"\d{1,3}(?:,\d{3})+\.\d*|\d{1,3}(?:\.\d{3})+,\d*")
LONGEST = 60


class AmbiguousNumber(ValueError):  # noqa: N818 - expected: the reader is asked which is meant
    """A number that can be read in two ways, such as "1,234"; ``readings`` are both, the larger first."""

    def __init__(self, readings: tuple[str, str]) -> None:
        super().__init__(readings)
        self.readings = readings


def read_amount(text: str) -> Decimal:
    """Return the number that a text means.

    1. Spaces and apostrophes may separate groups of three digits.
    2. With both a point and a comma, or several of one kind, the grouping tells which is which.
    3. A single separator is a decimal one, unless exactly three digits follow one to three digits without a leading
       zero: "2.600" and "1,234" can mean two things.

    Raises AmbiguousNumber for such a number, ValueError for what is no number.
    """
    plain = _SPACES.sub("", text.strip())
    if not plain or len(plain) > LONGEST:
        raise ValueError("no number")
    if _GROUPED.fullmatch(plain):
        return Decimal(re.sub(r"[.,]", "", plain))
    if _TWO_KINDS.fullmatch(plain):
        decimal = max(plain.rfind("."), plain.rfind(","))
        return Decimal(f"{re.sub(r'[.,]', '', plain[:decimal])}.{plain[decimal + 1 :]}")
    single = _ONE_SEPARATOR.fullmatch(plain)
    if single and len(single[2]) == 3 and 1 <= len(single[1]) <= 3 and not single[1].startswith("0"):
        raise AmbiguousNumber((single[1] + single[2], f"{single[1]}.{single[2]}0"))
    try:
        return Decimal(f"{single[1]}.{single[2]}" if single else plain)
    except InvalidOperation:
        raise ValueError("no number") from None
