"""The way of GET /api/prices through our files. Print it with ``pytest -s tests/markets/test_request_walk.py``."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from providers.domain.market_data import Instrument
from providers.models import Chain
from tests.hub import restart
from tests.markets.request_walk import RequestWalk

pytestmark = pytest.mark.relaxed_timing

PATH = "/api/prices?symbols=BTC,SOL"


def is_coin(value: Any) -> bool:
    """An instrument, or an object that carries one, such as a lookup or a query."""
    if isinstance(value, Instrument):
        return True
    parts = (getattr(value, name, None) for name in ("item", "items", "symbols", "by_name", "instruments"))
    return any(isinstance(part, (Instrument, tuple, dict)) and bool(part) for part in parts)


def record_walk(client: Client, title: str) -> RequestWalk:
    recorded = RequestWalk(is_coin)
    with recorded.recording():
        assert client.get(PATH).status_code == 200
    print(f"\n{title}: GET {PATH}\n{recorded.report()}")
    return recorded


def market_files(recorded: RequestWalk) -> list[str]:
    return [path for path in recorded.functions if path.startswith("markets/")]


@pytest.fixture
def warm_hub(hub: Chain) -> Chain:
    Chain.objects.update(cache_s=60)
    restart()
    return hub


def test_a_miss_passes_through_few_files_under_few_names(warm_hub: Chain, client: Client) -> None:
    client.get("/api/prices?symbols=ETH")  # the process has begun: what happens once is over
    recorded = record_walk(client, "Miss")
    assert len(recorded.functions) <= 58
    assert len(market_files(recorded)) <= 13
    assert len(recorded.names) <= 12


def test_a_warm_answer_passes_through_few_files(warm_hub: Chain, client: Client) -> None:
    client.get(PATH)
    client.get(PATH)
    recorded = record_walk(client, "Warm")
    assert len(recorded.functions) <= 18  # 13, and five more where the request refreshes the snapshot itself
    assert len(market_files(recorded)) <= 6
