"""Providers that are part of the hub: models computed here, whose place and switch in a chain are an operator's. Pure.

Such a provider's adapter is ``local:<model>``. It has no endpoints, nobody asks it over the network, and it has no
breaker: what it can do depends on its inputs alone, and those have a chain of their own.
"""

from __future__ import annotations

PREFIX = "local:"

FORECASTS = ("random_walk", "random_walk_drift", "damped_trend", "momentum", "mean_reversion")
"""The models of AI_PREDICTION that there is code for."""

LOCAL_ADAPTERS = frozenset(PREFIX + name for name in FORECASTS)


def model(adapter: str) -> str | None:
    """The model an adapter stands for; None for one that asks a provider."""
    return adapter.removeprefix(PREFIX) if adapter.startswith(PREFIX) else None
