"""Rates and quantiles for reports; None where there is nothing to compute them from. Pure."""

from __future__ import annotations

from collections.abc import Iterable


def percent(part: float, total: float) -> float | None:
    """Return a share in percent with two decimals; None if the total is zero."""
    return round(100 * part / total, 2) if total else None


def milliseconds(value: float | None) -> float | None:
    """Round a latency to a tenth of a millisecond."""
    return None if value is None else round(value, 1)


def weighted_quantile(values: Iterable[tuple[float | None, int]], quantile: float) -> float | None:
    """Return the least value that ``quantile`` (0 to 1) of the total weight does not exceed.

    ``values`` are pairs of value and weight: here a provider's own quantile and its number of calls.
    """
    known = sorted((value, weight) for value, weight in values if value is not None and weight > 0)
    target = quantile * sum(weight for _, weight in known)
    covered = 0
    for value, weight in known:
        covered += weight
        if covered >= target:
            return value
    return None
