"""Who we ask, how they are, and the asking. For code: ``providers.client("binance").get(path, params)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.engine.client import Client


def client(slug: str) -> Client:
    """GET and POST to one provider, with the failover, health and budget of everything else."""
    from providers.engine.client import client as make  # models can be imported only once Django is set up

    return make(slug)
