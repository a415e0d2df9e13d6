"""The recordings of real answers, which lie beside the repository where there are any; the catalogue's coins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from providers.sandbox.coins import Coin, read_coins

CATALOGUE = Path(__file__).parents[3] / "markets" / "assets" / "asset_catalogue.csv"
RECORDED = Path(__file__).parents[4] / "shared" / "recorded"


@pytest.fixture
def recorded() -> Callable[[str], bytes]:
    """Reads one recording; without the folder the test is skipped."""
    if not RECORDED.is_dir():
        pytest.skip(f"no recordings at {RECORDED.name}: they are kept outside the repository")
    return lambda name: (RECORDED / name).read_bytes()


@pytest.fixture(scope="session")
def coins() -> dict[str, Coin]:
    """The shipped coins by slug, with every provider's name for them."""
    return {coin.slug: coin for coin in read_coins(CATALOGUE.read_text())}
