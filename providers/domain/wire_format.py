"""JSON formats of values: money as exact decimal strings, percentages as numbers, times in UTC. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import overload


@overload
def money(amount: Decimal) -> str: ...
@overload
def money(amount: Decimal | None) -> str | None: ...
def money(amount: Decimal | None) -> str | None:
    """Format an amount with every digit its source gave, never in scientific notation."""
    return None if amount is None else format(amount, "f")


@overload
def number(value: Decimal) -> float: ...
@overload
def number(value: Decimal | None) -> float | None: ...
def number(value: Decimal | None) -> float | None:
    """Convert a percentage or ratio to a JSON number."""
    return None if value is None else float(value)


@overload
def moment(at: datetime) -> str: ...
@overload
def moment(at: datetime | None) -> str | None: ...
def moment(at: datetime | None) -> str | None:
    """Format a time as ISO 8601 in UTC with a Z; milliseconds only where there are any."""
    if at is None:
        return None
    at = at.astimezone(UTC)
    text = at.isoformat(timespec="milliseconds" if at.microsecond >= 1000 else "seconds")
    return text.replace("+00:00", "Z")


@overload
def seconds(span: float) -> float: ...
@overload
def seconds(span: float | None) -> float | None: ...
def seconds(span: float | None) -> float | None:
    """Round an age to milliseconds, at least 0 (a source's clock may run ahead of ours)."""
    return None if span is None else round(max(0.0, span), 3)


def unix(at: float | None) -> str | None:
    """Format a unix time as ISO 8601."""
    return None if at is None else moment(datetime.fromtimestamp(at, UTC))
