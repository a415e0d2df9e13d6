"""Providers that are models computed by the hub itself. Pure.

Their adapter is named ``local:<model>``. They have no endpoints and no breaker: their inputs come from chains of their
own. An operator can order and disable them in a chain like any other provider.
"""

from __future__ import annotations

PREFIX = "local:"

FORECASTS = ("random_walk", "random_walk_drift", "damped_trend", "momentum", "mean_reversion")
"""Models of AI_PREDICTION that have code."""

LOCAL_ADAPTERS = frozenset(PREFIX + name for name in FORECASTS)


def model(adapter: str) -> str | None:
    """Return the model that an adapter name stands for; None for the adapter of an upstream provider."""
    return adapter.removeprefix(PREFIX) if adapter.startswith(PREFIX) else None
