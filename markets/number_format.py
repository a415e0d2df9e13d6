"""How figures are written for people: as precise as is useful, short where long, never more exact than known. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

UNKNOWN = "–"
MIN_PRICE_DIGITS = 5
"""Digits a price needs at least, so that small coins move visibly."""
MINUS = "\N{MINUS SIGN}"
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"

_STEPS = ((Decimal(10) ** 12, "T"), (Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K"))
_ROUNDS_UP_FROM = Decimal("0.99995")
"""What would be rounded up to the next unit is written in it."""
_WIDE_CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN)
"""Room for any amount with all its decimals; the default of 28 digits refuses the smallest tokens' volumes."""


def price(amount: Decimal | None) -> str:
    """``64,123.45``, ``1.0003``, ``0.00001234``: two decimals at least, five digits where the source gave them."""
    if amount is None or not amount.is_finite():
        return UNKNOWN
    return _grouped(amount, max(2, min(_decimals_needed(amount), _decimals_given(amount))))


def compact(amount: Decimal | None) -> str:
    """``28.41 B``: three or four digits and a unit; amounts under a thousand as prices are."""
    if amount is None or not amount.is_finite():
        return UNKNOWN
    for size, unit in _STEPS:
        if abs(amount) >= size * _ROUNDS_UP_FROM:
            scaled = _WIDE_CONTEXT.divide(amount, size)
            return f"{_grouped(scaled, 2 if abs(scaled) < 100 else 1)}{THIN_SPACE}{unit}"
    return price(amount)


def change(percent: Decimal | None) -> str:
    """``+1.23 %`` with its sign always said; a true zero has none."""
    if percent is None or not percent.is_finite():
        return UNKNOWN
    rounded = percent.quantize(Decimal("0.01"), context=_WIDE_CONTEXT)
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else ""
    return f"{sign}{abs(rounded):,f}{THIN_SPACE}%"


def direction(percent: Decimal | None) -> str:
    """``up``, ``down``, ``flat`` or ``unknown``, as the figure shown says it."""
    if percent is None or not percent.is_finite():
        return "unknown"
    rounded = percent.quantize(Decimal("0.01"), context=_WIDE_CONTEXT)
    return "up" if rounded > 0 else "down" if rounded < 0 else "flat"


def duration(seconds: float | None) -> str:
    """``4 s``, ``12 min``, ``3 h``, ``2 d``."""
    if seconds is None:
        return UNKNOWN
    whole = max(0, int(seconds))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if whole >= size:
            return f"{whole // size}{THIN_SPACE}{unit}"
    return f"{whole}{THIN_SPACE}s"


def exact(amount: Decimal | None) -> str:
    """Every digit the source gave, in groups."""
    return UNKNOWN if amount is None else f"{amount:,f}"


def _grouped(amount: Decimal, decimals: int) -> str:
    rounded = amount.quantize(Decimal(1).scaleb(-decimals), context=_WIDE_CONTEXT)
    return f"{rounded:,f}".replace("-", MINUS)


def _decimals_given(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _decimals_needed(amount: Decimal) -> int:
    """So many that the first ``SIGNIFICANT`` digits show."""
    return MIN_PRICE_DIGITS - 1 - amount.adjusted() if amount else 2
