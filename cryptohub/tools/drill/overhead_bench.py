"""Measure the hub's overhead: in alternation with a direct client, and with an instant network."""

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
    """Median milliseconds of each client for the same price from the same endpoint, in alternation."""
    url = f"{base_url}/api/v3/ticker/24hr?symbol=BTCUSDT"
    return _alternate(
        {
            "anew": baseline_client.new_connection(url),
            "direct": baseline_client.session(url),
            "tuned": baseline_client.tuned(url),
            "hub": lambda: queries.prices([ITEM]).rows[ITEM].quote.price,
        },
        rounds,
        random.Random(seed),  # noqa: S311  # an order, no secret
    )


def _alternate(variants: Mapping[str, Callable[[], Any]], rounds: int, order: random.Random) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(rounds + WARM_UP):
        for name in order.sample(list(variants), len(variants)):
            started = time.perf_counter()
            variants[name]()
            if number >= WARM_UP:
                times[name].append((time.perf_counter() - started) * 1000)
    return {name: median(values) for name, values in times.items()}


def own_work(rounds: int) -> dict[str, float]:
    """Median microseconds of a call with an instant network, and of parsing alone.

    Then of the same call and of one through the feeds, in alternation.
    """
    lookups, response = _recorded()

    def at_once(base_url: str, request: Request, call: http.Call) -> Response:
        return response

    bench_engine = Engine(engine().state, send=at_once)
    feed: CategoryCache[Instrument] = CategoryCache(bench_engine, PRICE, registry.provider_names, codecs.QUOTES)
    handler = ADAPTERS["binance"].handlers[PRICE]

    def read() -> None:
        handler.request(lookups)
        handler.parse(lookups, response)

    def decide() -> None:
        bench_engine.decide(Query(PRICE, (ITEM,), registry.provider_names))

    order = random.Random(0)  # noqa: S311  # an order, no secret
    alone = _alternate({"ask": decide, "read": read}, rounds, order)
    among = _alternate({"among": decide, "feed": lambda: feed.get([ITEM])}, rounds // 4, order)
    return {name: ms * 1000 for name, ms in (alone | among).items()}


def _recorded() -> tuple[list[Lookup[Instrument]], Response]:
    """Fetch one real request to Binance with its response, for replay."""
    lookup = lookup_for(ITEM, registry.provider_names("binance"))
    if lookup is None:
        raise RuntimeError("the catalogue has no name for bitcoin at Binance")
    provider = engine().state.current().providers["binance"]
    request = ADAPTERS["binance"].handlers[PRICE].request([lookup])
    return [lookup], http.send(provider.endpoints[0].base_url, request, http.Call(time.monotonic() + 5))


def statements(count: SqlCount, rounds: int, seconds: float) -> dict[str, float]:
    """Count SQL statements on user paths over ``rounds`` calls spread over ``seconds``, and the fetches among them."""
    before, began, decisions = count.on_users_paths(), time.monotonic(), set()
    for number in range(rounds):
        item = registry.find("BTC") or ITEM
        decisions.add(queries.prices([item]).meta.decision)
        time.sleep(max(0.0, began + (number + 1) * seconds / rounds - time.monotonic()))
    return {"statements": count.on_users_paths() - before, "calls": rounds, "fetched": len(decisions)}
