"""Candles for tests of analysis: from given closes, or a seeded random market."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from providers.domain.market_data import INTERVALS, Candle

START = datetime(2024, 1, 1, tzinfo=UTC)


def from_closes(
    closes: Sequence[float | str],
    interval: str = "1d",
    *,
    opens: Sequence[float | str] | None = None,
    volume: str | None = "1",
) -> list[Candle]:
    """Candles with these closes; each opens where the one before closed, unless ``opens`` says otherwise."""
    ends = [Decimal(str(close)) for close in closes]
    begins = [Decimal(str(value)) for value in opens] if opens is not None else [ends[0], *ends[:-1]]
    step = timedelta(seconds=INTERVALS[interval])
    return [
        Candle(
            START + step * position,
            begin,
            max(begin, end),
            min(begin, end),
            end,
            None if volume is None else Decimal(volume),
        )
        for position, (begin, end) in enumerate(zip(begins, ends, strict=True))
    ]


def random_market(
    count: int, *, seed: int = 1, interval: str = "1h", price: float = 50_000, step: float = 0.01
) -> list[Candle]:
    """A random walk with highs and lows beyond the bodies, gaps between candles, and volumes."""
    rng = np.random.default_rng(seed)
    close = price * np.exp(np.cumsum(rng.normal(0, step, count)))
    begin = np.concatenate([[price], close[:-1]]) * (1 + rng.normal(0, step / 5, count))
    high = np.maximum(begin, close) * (1 + np.abs(rng.normal(0, step / 2, count)))
    low = np.minimum(begin, close) * (1 - np.abs(rng.normal(0, step / 2, count)))
    volume = np.abs(rng.normal(10, 3, count)) + 0.1
    length = timedelta(seconds=INTERVALS[interval])
    return [
        Candle(
            START + length * position,
            Decimal(f"{begin[position]:.12g}"),
            Decimal(f"{high[position]:.12g}"),
            Decimal(f"{low[position]:.12g}"),
            Decimal(f"{close[position]:.12g}"),
            Decimal(f"{volume[position]:.12g}"),
        )
        for position in range(count)
    ]
