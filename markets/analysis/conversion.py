"""Conversion of an amount between currencies at observed rates. Pure.

Every rate names its source and time. Nothing is assumed, not even that a stablecoin is worth its currency: without a
rate young enough there is a reason and no amount.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from providers.adapters.shared.parsing import ARITHMETIC

MAX_STEPS = 3
"""Most rates that one conversion multiplies: more add up their errors and their ages."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of ``quote`` for one ``base``, as ``source`` observed it at ``at`` (aware UTC)."""

    base: str
    quote: str
    value: Decimal
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Converted:
    """An amount in a currency, and the rates used in order; none for an amount already in it."""

    amount: Decimal
    currency: str
    rates: tuple[Rate, ...] = ()


@dataclass(frozen=True, slots=True)
class NotConverted:
    """Why an amount could not be converted."""

    reason: str


def convert(
    amount: Decimal, base: str, target: str, rates: Iterable[Rate], *, now: datetime, max_age: timedelta
) -> Converted | NotConverted:
    """Convert by the fewest rates, each at most ``max_age`` old and usable in both directions.

    Of several rates of one pair the newest counts. One further in the future than ``max_age`` is as unusable
    as an old one.
    """
    if base == target:
        return Converted(amount, target)
    known = [rate for rate in rates if rate.value.is_finite() and rate.value > 0]
    usable = sorted((rate for rate in known if abs(now - rate.at) <= max_age), key=lambda rate: rate.at, reverse=True)
    path = _shortest_path(base, target, usable)
    if path is None:
        return NotConverted(_reason(base, target, is_too_old=_shortest_path(base, target, known) is not None))
    currency = base
    for rate in path:
        forward = rate.base == currency
        amount = ARITHMETIC.multiply(amount, rate.value) if forward else ARITHMETIC.divide(amount, rate.value)
        currency = rate.quote if forward else rate.base
    return Converted(amount, target, path)


def _reason(base: str, target: str, *, is_too_old: bool) -> str:
    if is_too_old:
        return f"the observed rate of {base} to {target} is too old"
    return f"no source gives the rate of {base} to {target}"


def _shortest_path(base: str, target: str, rates: list[Rate]) -> tuple[Rate, ...] | None:
    """Return the fewest rates that lead from one currency to the other, or None; earlier ones in the list first."""
    waiting: deque[tuple[str, tuple[Rate, ...]]] = deque([(base, ())])
    seen = {base}
    while waiting:
        currency, path = waiting.popleft()
        if currency == target:
            return path
        if len(path) == MAX_STEPS:
            continue
        for rate in rates:
            if currency in (rate.base, rate.quote):
                other = rate.quote if rate.base == currency else rate.base
                if other not in seen:
                    seen.add(other)
                    waiting.append((other, (*path, rate)))
    return None
