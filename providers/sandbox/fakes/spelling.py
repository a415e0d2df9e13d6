"""Formats of numbers and times at providers."""

from __future__ import annotations

import math
from datetime import UTC, datetime


def fixed(value: float, places: int) -> str:
    """With exactly this many decimal places."""
    return f"{value:.{places}f}" if math.isfinite(value) else "NaN"


def plain(value: float, places: int) -> str:
    """Without trailing zeros and without an exponent."""
    text = fixed(value, places)
    return text.rstrip("0").rstrip(".") if "." in text else text


def whole(value: float) -> int | float:
    """As an integer, except what has none."""
    return round(value) if math.isfinite(value) else value


def significant(value: float, digits: int) -> float:
    """Rounded to so many significant digits."""
    return float(f"{value:.{digits}g}")


def ms(t: float) -> int:
    """Convert seconds to milliseconds."""
    return int(t * 1000)


def iso(t: float, places: int = 3) -> str:
    """ISO 8601 in UTC with this many decimal places of the second and a Z."""
    second = datetime.fromtimestamp(int(t), UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{second}.{int(t % 1 * 10**places):0{places}d}Z" if places else f"{second}Z"
