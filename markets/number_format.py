"""Number formats for pages: short for long numbers, never more decimals than the source gave. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

UNKNOWN = "–"
MIN_PRICE_DIGITS = 5
"""Significant digits of a price at least, so that small coins move visibly."""
MINUS = "\N{MINUS SIGN}"
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"

_STEPS = ((Decimal(10) ** 12, "T"), (Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K"))
_ROUNDS_UP_FROM = Decimal("0.99995")
"""Share of a unit from which an amount is written in that unit, as rounding would reach it."""
_WIDE_CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN)
"""A context for any amount with all its decimals; the default of 28 digits fails for the smallest tokens' volumes."""


def price(amount: Decimal | None) -> str:
    """Format a price: ``64,123.45``, ``1.0003``, ``0.00001234``.

    At least two decimals, and five significant digits if the source gave them; a dash for None or NaN.
    """
    if amount is None or not amount.is_finite():
        return UNKNOWN
    return _grouped(amount, max(2, min(_decimals_needed(amount), _decimals_given(amount))))


def compact(amount: Decimal | None) -> str:
    """Format an amount with a unit, such as ``28.41 B``; amounts below a thousand like prices."""
    if amount is None or not amount.is_finite():
        return UNKNOWN
    for size, unit in _STEPS:
        if abs(amount) >= size * _ROUNDS_UP_FROM:
            scaled = _WIDE_CONTEXT.divide(amount, size)
            return f"{_grouped(scaled, 2 if abs(scaled) < 100 else 1)}{THIN_SPACE}{unit}"
    return price(amount)


def change(percent: Decimal | None) -> str:
    """Format a change in percent with its sign, such as ``+1.23 %``; zero has none."""
    if percent is None or not percent.is_finite():
        return UNKNOWN
    rounded = percent.quantize(Decimal("0.01"), context=_WIDE_CONTEXT)
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else ""
    return f"{sign}{abs(rounded):,f}{THIN_SPACE}%"


def direction(percent: Decimal | None) -> str:
    """Return ``up``, ``down``, ``flat`` or ``unknown``, agreeing with the figure that ``change`` shows."""
    if percent is None or not percent.is_finite():
        return "unknown"
    rounded = percent.quantize(Decimal("0.01"), context=_WIDE_CONTEXT)
    return "up" if rounded > 0 else "down" if rounded < 0 else "flat"


def duration(seconds: float | None) -> str:
    """Format seconds in the largest unit that fits: ``4 s``, ``12 min``, ``3 h``, ``2 d``."""
    if seconds is None:
        return UNKNOWN
    total = max(0, int(seconds))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if total >= size:
            return f"{total // size}{THIN_SPACE}{unit}"
    return f"{total}{THIN_SPACE}s"


def exact(amount: Decimal | None) -> str:
    """Format with every digit the source gave, in groups of three."""
    return UNKNOWN if amount is None else f"{amount:,f}"


def _grouped(amount: Decimal, decimals: int) -> str:
    rounded = amount.quantize(Decimal(1).scaleb(-decimals), context=_WIDE_CONTEXT)
    return f"{rounded:,f}".replace("-", MINUS)


def _decimals_given(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _decimals_needed(amount: Decimal) -> int:
    """Return the decimals needed to show the first ``MIN_PRICE_DIGITS`` significant digits."""
    return MIN_PRICE_DIGITS - 1 - amount.adjusted() if amount else 2
