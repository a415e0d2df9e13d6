"""A hub whose prices come from the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from providers.models import Chain
from providers.sandbox.client import Sandbox
from tests.hub import small_hub
from tests.providers.engine_harness import road

__all__ = ["hub", "road"]


@pytest.fixture
def hub(transactional_db: None, sandbox: Sandbox, settings: Any) -> Iterator[Chain]:
    """Binance, then Kraken, then OKX, for BTC, ETH and SOL (which Binance is not asked for). Nothing is cached."""
    settings.ALLOW_PRIVATE_UPSTREAMS = True
    with small_hub(sandbox) as chain:
        yield chain
