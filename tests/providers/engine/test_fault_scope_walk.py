"""A walk over every adapter: what is wrong with one item never opens the breaker of its provider."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import pytest

from providers.adapters import ADAPTERS
from providers.adapters.shared import parsing
from providers.domain.adapter import KeyUse, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import Instrument, OrderBookQuery
from providers.engine.query import Query
from providers.models import Chain
from providers.sandbox.fakes import FAKES
from providers.transport import http
from tests.providers.adapters.handler_cases import AT, Case, answer, asked
from tests.providers.adapters.mutations import places, render
from tests.providers.engine_harness import BTC, ETH, Road, names
from tests.providers.sandbox.wire import world

pytestmark = pytest.mark.relaxed_timing

PRICED = [slug for slug, adapter in ADAPTERS.items() if slug in FAKES and Category.MARKET_PRICE in adapter.handlers]
BOOKED = [slug for slug, adapter in ADAPTERS.items() if slug in FAKES and Category.MARKET_ORDERBOOK in adapter.handlers]
SIDES = {"bids", "asks", "b", "a"}
UNKNOWN = [
    ("binance", 400, '{"code":-1121,"msg":"Invalid symbol."}'),
    ("bitget", 400, '{"code":"40034","msg":"Parameter BTCUSDT does not exist"}'),
    ("bitget", 400, '{"code":"400172","msg":"Parameter verification failed: symbol does not exist"}'),
    ("bitstamp", 404, '{"status":"error","reason":"Not found","code":"404.002"}'),
    ("bitstamp", 400, '{"status":"error","reason":"Invalid currency pair","code":"400.001"}'),
    ("bybit", 200, '{"retCode":10001,"retMsg":"Not supported symbols","result":{}}'),
    ("bybit", 200, '{"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[]},"time":1}'),
    ("coinbase", 404, '{"message":"NotFound"}'),
    ("coinbase", 400, '{"message":"Unsupported product"}'),
    ("coingecko", 200, "{}"),
    ("coingecko", 404, '{"error":"coin not found"}'),
    ("coingecko", 404, '{"error":"Could not find coin with the given id"}'),
    ("coinpaprika", 404, '{"error":"id not found"}'),
    ("gate", 400, '{"label":"INVALID_CURRENCY_PAIR","message":"unknown"}'),
    ("gate", 400, '{"label":"INVALID_PARAM_VALUE","message":"invalid currency_pair"}'),
    ("gemini", 400, '{"result":"error","reason":"InvalidSymbol","message":"x"}'),
    ("gemini", 400, '{"result":"error","reason":"Bad Request","message":"\'x\' is not a valid symbol"}'),
    ("kraken", 200, '{"error":["EQuery:Unknown asset pair"]}'),
    ("kraken", 200, '{"error":["EQuery:Invalid asset pair"],"result":null}'),
    ("kucoin", 200, '{"code":"400100","msg":"This pair is not provided at present"}'),
    ("kucoin", 200, '{"code":"900001","msg":"symbol not exists"}'),
    ("kucoin", 200, '{"code":"200000","data":null}'),
    ("okx", 200, '{"code":"51001","msg":"Instrument ID does not exist","data":[]}'),
    ("okx", 200, '{"code":"51000","msg":"Parameter instId error","data":[]}'),
    ("render", 200, '{"success":true,"data":[]}'),
]
OUTSIDE_PLAN = [
    ("coingecko", 401, '{"error":{"status":{"error_code":10005,"error_message":"limited to PRO API subscribers"}}}'),
    ("coingecko", 401, '{"error":{"status":{"error_code":10012,"error_message":"exceeds the allowed time range"}}}'),
    (
        "coinmarketcap",
        403,
        '{"status":{"error_code":1006,"error_message":"Your plan doesn\'t support this endpoint."}}',
    ),
    ("coinpaprika", 402, '{"error":"getting this ticker is not allowed in this plan"}'),
]


def answer_with(road: Road, category: Category, response: Response) -> list[Request]:
    """Give every call of the category this response; return the requests as they come."""
    requests: list[Request] = []

    def send(_base: str, request: Request, _call: http.Call) -> Response:
        requests.append(request)
        return response

    object.__setattr__(road.engine.context(category), "send", send)
    return requests


def good(slug: str, category: Category, *items: Any) -> Case:
    """The fake's right answer about these items."""
    lookups = [asked(slug, item) for item in items]
    return Case(slug, category, lookups, answer(world(), slug, category, lookups))


def is_number(value: object, number: Decimal) -> bool:
    try:
        return isinstance(value, str) and Decimal(value) == number
    except InvalidOperation:
        return False


def damaged(case: Case, damage: Callable[[Any, Any], None]) -> bytes:
    """The answer in which every place that holds bitcoin's price is damaged."""
    price = case.read(case.body)[BTC].price
    tree = parsing.decode(case.body)
    found = [(container, key) for container, key in places(tree) if is_number(container[key], price)]
    assert found
    for container, key in reversed(found):
        damage(container, key)
    return render(tree).encode()


def to_zero(container: Any, key: Any) -> None:
    container[key] = parsing.Numeral("0") if isinstance(container[key], parsing.Numeral) else "0"


def drop(container: Any, key: Any) -> None:
    del container[key]


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("damage", [to_zero, drop])
@pytest.mark.parametrize("slug", PRICED)
def test_a_dead_market_and_a_row_without_its_price_blame_nobody(
    road: Road, slug: str, damage: Callable[[Any, Any], None], count: int
) -> None:
    known = [item for item in (BTC, ETH) if item.asset in names(slug)]
    items = known[: min(count, ADAPTERS[slug].handlers[Category.MARKET_PRICE].max_items)]
    body = damaged(good(slug, Category.MARKET_PRICE, *items), damage)
    road.build(slug)
    requests = answer_with(road, Category.MARKET_PRICE, Response(200, {}, body, AT))
    for _ in range(4):
        result = road.ask(*items)
        assert BTC not in result.answered
        assert not requests or ETH not in items or ETH in result.answered
    assert requests or ADAPTERS[slug].key_use is KeyUse.REQUIRED
    assert road.blamed() == set()


@pytest.mark.parametrize("slug", PRICED)
def test_an_old_ticker_blames_nobody(road: Road, slug: str) -> None:
    road.build(slug)
    case = good(slug, Category.MARKET_PRICE, BTC)
    answer_with(road, Category.MARKET_PRICE, Response(200, {}, case.body, AT + timedelta(minutes=40)))
    for _ in range(4):
        road.ask(BTC)
    assert road.blamed() == set()


@pytest.mark.parametrize("empty", [[], None])
@pytest.mark.parametrize("slug", BOOKED)
def test_an_empty_book_blames_nobody(road: Road, slug: str, empty: Any) -> None:
    road.build(slug)
    Chain.objects.update(category=Category.MARKET_ORDERBOOK.value)
    road.engine.state.refresh()
    item = OrderBookQuery("bitcoin", levels=5)
    tree = parsing.decode(good(slug, Category.MARKET_ORDERBOOK, item).body)
    emptied = [(container, key) for container, key in places(tree) if isinstance(container, dict) and key in SIDES]
    assert len(emptied) == 2
    for container, key in emptied:
        container[key] = empty
    requests = answer_with(road, Category.MARKET_ORDERBOOK, Response(200, {}, render(tree).encode(), AT))
    for _ in range(4):
        assert not road.engine.decide(Query(Category.MARKET_ORDERBOOK, (item,), names)).answered
    assert requests
    assert road.blamed() == set()


@pytest.mark.parametrize("items", [(BTC,), (BTC, ETH)])
@pytest.mark.parametrize(("slug", "status", "body"), UNKNOWN + OUTSIDE_PLAN)
def test_an_unknown_pair_in_each_wording_and_a_plan_without_the_route_blame_nobody(
    road: Road, slug: str, status: int, body: str, items: tuple[Instrument, ...]
) -> None:
    road.build(slug)
    requests = answer_with(road, Category.MARKET_PRICE, Response(status, {}, body.encode(), AT))
    for _ in range(4):
        assert not road.ask(*items).answered
    assert requests
    assert road.blamed() == set()
