"""The product's own adapters read every fake, for every coin a provider lists, right to 0.2 % of the market."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from providers.adapters import ADAPTERS
from providers.domain.adapter import Lookup, Response
from providers.domain.categories import Category
from providers.domain.market_data import Instrument
from providers.sandbox.fakes import FAKES
from providers.sandbox.world import Address, SandboxState
from tests.providers.sandbox.wire import COINS, NOW, call, world

NOT_TRADED = {"coinbase": {"usd-coin"}}
"""What a venue has a name for and no dollar market."""


def asks_of(slug: str) -> list[Lookup[Instrument]]:
    handler = ADAPTERS[slug].handlers[Category.MARKET_PRICE]
    lookup_list = [Lookup(Instrument(coin.slug), coin.name_at(slug)) for coin in COINS if coin.name_at(slug)]
    return [ask for ask in lookup_list if handler.accepts(ask) and ask.item.asset not in NOT_TRADED.get(slug, ())]


def batches(slug: str, lookups: Sequence[Lookup[Instrument]]) -> Iterator[Sequence[Lookup[Instrument]]]:
    size = ADAPTERS[slug].handlers[Category.MARKET_PRICE].max_items
    return (lookups[start : start + size] for start in range(0, len(lookups), size))


def fetch(here: SandboxState, slug: str, lookups: Sequence[Lookup[Instrument]]) -> dict[Any, Any]:
    adapter = ADAPTERS[slug]
    handler = adapter.handlers[Category.MARKET_PRICE]
    request = adapter.authorize(handler.request(lookups), "key")
    target = f"{request.path}?{urlencode(request.params)}" if request.params else request.path
    reply = here.answer(Address(slug, 0), call(target, **dict(request.headers)), NOW).reply
    assert reply is not None
    headers = {name.lower(): value for name, value in reply.headers}
    response = Response(reply.status, headers, reply.body, datetime.fromtimestamp(NOW, UTC))
    return handler.parse(lookups, response)


@pytest.mark.parametrize("slug", [slug for slug, fake in FAKES.items() if fake.listing(COINS) and slug in ADAPTERS])
def test_an_adapter_reads_every_coin_its_provider_lists(slug: str) -> None:
    here, lookup_list = world(), asks_of(slug)
    assert len(lookup_list) > 15
    for batch in (*batches(slug, lookup_list), lookup_list[:1]):
        result = fetch(here, slug, batch)
        assert set(result) == {ask.item for ask in batch}
        for item, quote in result.items():
            assert float(quote.price) == pytest.approx(here.market.cross(item.asset, quote.currency, NOW), rel=2e-3)
