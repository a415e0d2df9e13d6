"""Upstream providers and failover. Code calls one provider with ``providers.client("binance").get(path, params)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.engine.client import Client


def client(slug: str) -> Client:
    """Return a client for one provider, with the failover, health records and call budget of all other requests."""
    from providers.engine.client import client as make  # models can be imported only once Django is set up

    return make(slug)
