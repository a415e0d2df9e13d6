"""Candles as columns of floats for statistics. Pure.

Prices enter and leave as Decimal; in between a float carries more digits than any market quotes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal

import numpy as np
import numpy.typing as npt

from providers.domain.market_data import INTERVALS, Candle

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

YEAR_S = 365.25 * 86_400
"""Seconds of a year of a market that never closes."""

SIGNIFICANT = 12
"""Significant digits of a computed price, all of which a float represents."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Candles by column, oldest first. ``t`` is unix seconds; ``volume`` is NaN where the source has none."""

    t: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __len__(self) -> int:
        return len(self.t)


def columns(candles: Sequence[Candle]) -> Columns:
    """Convert candles, forming ones included."""
    return Columns(
        np.array([int(candle.opens.timestamp()) for candle in candles], dtype=np.int64),
        _floats([candle.open for candle in candles]),
        _floats([candle.high for candle in candles]),
        _floats([candle.low for candle in candles]),
        _floats([candle.close for candle in candles]),
        _floats([candle.volume for candle in candles]),
    )


def _floats(values: Sequence[Decimal | None]) -> Floats:
    return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)


def closed(candles: Sequence[Candle]) -> tuple[Candle, ...]:
    """Closed candles only: a value computed from a forming candle changes until it closes."""
    return tuple(candle for candle in candles if candle.closed)


def log_returns(close: Floats) -> Floats:
    """Log returns ln(close / previous close): one fewer than closes."""
    return np.diff(np.log(close))


def steps_per_year(interval: str) -> float:
    """Number of candles of an interval in a year."""
    return YEAR_S / INTERVALS[interval]


def price(value: float) -> Decimal:
    """Round a computed price for a response."""
    return Decimal(f"{value:.{SIGNIFICANT}g}")


_ROUNDED = Context(prec=SIGNIFICANT + 3)


def amount(value: Decimal) -> Decimal:
    """Round a computed amount of money for a response to 15 significant digits."""
    return _ROUNDED.plus(value)


def unix_millis(moment: datetime) -> int:
    """Unix milliseconds of a moment."""
    return int(moment.timestamp() * 1000)
