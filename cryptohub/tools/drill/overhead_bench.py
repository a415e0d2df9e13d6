"""What the hub costs on top of the network: in alternation with a direct client, and with a network that is none."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from cryptohub.tools.drill import baseline_client
from cryptohub.tools.drill.sql import SqlCount
from markets.assets import registry
from markets.feeds import codecs, queries
from markets.feeds.category_cache import CategoryCache
from providers.adapters import ADAPTERS
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import Instrument
from providers.engine.decide import Engine, engine
from providers.engine.query import Query, lookup_for
from providers.transport import http

ITEM = Instrument("bitcoin")
PRICE = Category.MARKET_PRICE
WARM_UP = 20


def overhead(base_url: str, rounds: int, seed: int) -> dict[str, float]:
    """Median milliseconds of each way to ask the same endpoint for the same price, taken in alternation."""
    url = f"{base_url}/api/v3/ticker/24hr?symbol=BTCUSDT"
    return _alternate(
        {
            "anew": baseline_client.anew(url),
            "direct": baseline_client.session(url),
            "tuned": baseline_client.tuned(url),
            "hub": lambda: queries.prices([ITEM]).rows[ITEM].quote.price,
        },
        rounds,
        random.Random(seed),  # noqa: S311  # an order, no secret
    )


def _alternate(ways: Mapping[str, Callable[[], Any]], rounds: int, order: random.Random) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + WARM_UP):
        for name in order.sample(list(ways), len(ways)):
            began = time.perf_counter()
            ways[name]()
            if number >= WARM_UP:
                taken[name].append((time.perf_counter() - began) * 1000)
    return {name: median(values) for name, values in taken.items()}


def own_work(rounds: int) -> dict[str, float]:
    """Median microseconds of a call whose network answers at once, and what of them reading the answer takes; then of
    the same call, and of one through the feeds, with the other's work done before each.
    """
    asks, response = _recorded()

    def at_once(base_url: str, request: Request, call: http.Call) -> Response:
        return response

    held = Engine(engine().state, send=at_once)
    feed: CategoryCache[Instrument] = CategoryCache(held, PRICE, registry.provider_names, codecs.QUOTES)
    handler = ADAPTERS["binance"].handlers[PRICE]

    def read() -> None:
        handler.request(asks)
        handler.parse(asks, response)

    def ask() -> None:
        held.decide(Query(PRICE, (ITEM,), registry.provider_names))

    order = random.Random(0)  # noqa: S311  # an order, no secret
    alone = _alternate({"ask": ask, "read": read}, rounds, order)
    among = _alternate({"among": ask, "feed": lambda: feed.get([ITEM])}, rounds // 4, order)
    return {name: ms * 1000 for name, ms in (alone | among).items()}


def _recorded() -> tuple[list[Lookup[Instrument]], Response]:
    """A real question to Binance and its real answer."""
    ask = lookup_for(ITEM, registry.provider_names("binance"))
    if ask is None:
        raise RuntimeError("the catalogue has no name for bitcoin at Binance")
    provider = engine().state.current().providers["binance"]
    request = ADAPTERS["binance"].handlers[PRICE].request([ask])
    return [ask], http.send(provider.endpoints[0].base_url, request, http.Call(time.monotonic() + 5))


def statements(count: SqlCount, rounds: int, seconds: float) -> dict[str, float]:
    """SQL statements on users' paths in so many calls, spread over some seconds, and how many were fetched for."""
    before, began, decisions = count.on_users_paths(), time.monotonic(), set()
    for number in range(rounds):
        item = registry.find("BTC") or ITEM
        decisions.add(queries.prices([item]).meta.decision)
        time.sleep(max(0.0, began + (number + 1) * seconds / rounds - time.monotonic()))
    return {"statements": count.on_users_paths() - before, "calls": rounds, "fetched": len(decisions)}
