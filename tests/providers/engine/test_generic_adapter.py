"""A provider that an operator defined, asked by the engine over the sandbox: like any other, half a second later."""

from __future__ import annotations

import time
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from providers.background.probes import Prober, targets
from providers.credentials import encryption
from providers.domain.categories import Category
from providers.domain.market_data import CandleQuery, Instrument, OrderBookQuery
from providers.domain.outcomes import Outcome
from providers.engine.query import Query
from providers.models import Chain, ChainLink, Definition, Provider, RequestFormat
from tests import tidemark
from tests.providers import engine_rows
from tests.providers.engine_harness import BTC, ETH, Road, names, tried

pytestmark = pytest.mark.relaxed_timing

NAMES = {"bitcoin": "BTC", "ethereum": "ETH", "solana": "SOL"}


def known(slug: str) -> Any:
    return NAMES if slug == tidemark.SLUG else names(slug)


def define(road: Road, **changes: dict[str, Any]) -> Provider:
    """Tidemark in the database as an operator leaves it, some of its definitions changed."""
    urls = [url for (owner, _), url in road.sandbox.endpoints.items() if owner == tidemark.SLUG]
    created = engine_rows.provider(tidemark.SLUG, *urls, adapter="generic")
    RequestFormat.objects.create(provider=created, **tidemark.REQUEST_FORMAT | changes.get("request_format", {}))
    for definition in tidemark.DEFINITIONS:
        Definition.objects.create(provider=created, **definition | changes.get(definition["category"], {}))
    return created


def lead(created: Provider, *categories: Category) -> None:
    """A chain of its own for each of these categories."""
    for category in categories:
        chain, _ = Chain.objects.get_or_create(category=category.value, defaults={"deadline_ms": 3000, "cache_s": 0})
        ChainLink.objects.create(chain=chain, provider=created, position=9)


def value_of(road: Road, category: Category, item: Any) -> Any:
    road.engine.state.refresh()
    return road.engine.decide(Query(category, (item,), known))


def test_its_prices_are_right_and_fail_over_as_anybodys(road: Road) -> None:
    road.build("kraken")
    lead(define(road), Category.MARKET_PRICE)
    road.engine.state.refresh()
    road.sandbox.fault("kraken", "refuse")
    result = road.ask(BTC, Instrument("ethereum", "EUR"), names=known)
    assert road.right(result, BTC, Instrument("ethereum", "EUR")) == "tidemark"
    quote = result.answered[BTC].value
    assert (quote.currency, quote.volume_scope, quote.as_of is not None) == ("USDT", "venue", True)
    assert Decimal(-90) < quote.change_24h < Decimal(900)


def test_its_candles_come_oldest_first_and_a_past_range_is_the_same_past(road: Road) -> None:
    road.build("kraken")
    lead(define(road), Category.MARKET_OHLCV)
    newest = value_of(road, Category.MARKET_OHLCV, CandleQuery("bitcoin", limit=60))
    (outcome,) = (answer.value for answer in newest.answered.values())
    assert [candle.closed for candle in outcome.candles] == [True] * 59 + [False]
    assert all(after.opens - before.opens == timedelta(hours=1) for before, after in pairwise(outcome.candles))
    past = value_of(road, Category.MARKET_OHLCV, CandleQuery("bitcoin", limit=20, end=outcome.candles[40].opens))
    (older,) = (answer.value for answer in past.answered.values())
    assert older.candles == outcome.candles[20:40]


def test_its_book_encloses_the_price(road: Road) -> None:
    road.build("kraken")
    lead(define(road), Category.MARKET_ORDERBOOK)
    depth = OrderBookQuery("bitcoin", levels=15)
    book = value_of(road, Category.MARKET_ORDERBOOK, depth).answered[depth].value
    fair = road.sandbox.price("BTC", "USDT")
    assert len(book.bids) == len(book.asks) == 15
    assert abs(book.bids[0][0] / fair - 1) < Decimal("0.005")
    assert book.bids[0][0] < book.asks[0][0]


def test_an_edit_is_in_force_at_once_also_for_a_coin_it_seemed_not_to_know(road: Road) -> None:
    """What a wrong definition made look unknown must not stay unknown for hours after it is mended."""
    road.build("kraken")
    created = define(road, request_format={"symbol": "{base}X-{quote}"})
    lead(created, Category.MARKET_PRICE)
    road.sandbox.fault("kraken", "refuse")
    other = road.another()
    for engine in (road.engine, other):
        engine.state.refresh()
        assert not road.ask(BTC, by=engine, names=known).answered
    before = other.state.current().chains[Category.MARKET_PRICE].generation
    RequestFormat.objects.update(symbol="{base}-{quote}")
    for engine in (road.engine, other):
        engine.state.refresh()
        assert road.right(road.ask(BTC, by=engine, names=known)) == "tidemark"
    assert other.state.current().chains[Category.MARKET_PRICE].generation != before


def test_only_the_category_whose_definition_was_edited_drops_its_answers(road: Road) -> None:
    road.build("kraken")
    lead(define(road), Category.MARKET_PRICE, Category.MARKET_ORDERBOOK)
    road.engine.state.refresh()
    before = road.engine.state.current().chains
    Definition.objects.filter(category="MARKET_PRICE").update(change="")
    road.engine.state.refresh()
    after = road.engine.state.current().chains
    assert before[Category.MARKET_PRICE].generation != after[Category.MARKET_PRICE].generation
    assert before[Category.MARKET_ORDERBOOK].generation == after[Category.MARKET_ORDERBOOK].generation


@pytest.mark.parametrize(
    ("kind", "options", "blamed"),
    [
        ("status", {"status": 429, "retry_after": 30}, "group:tidemark"),
        ("error200", {"error": "rate_limited"}, "group:tidemark"),
        ("error200", {"error": "broken"}, "tidemark/0|MARKET_PRICE"),
        ("html200", {}, "tidemark/0|MARKET_PRICE"),
        ("refuse", {}, "tidemark/0"),
    ],
)
def test_its_failures_count_against_what_explains_them(
    road: Road, kind: str, options: dict[str, Any], blamed: str
) -> None:
    road.build()
    lead(define(road), Category.MARKET_PRICE)
    road.sandbox.fault("tidemark", kind, **options)
    assert not value_of(road, Category.MARKET_PRICE, BTC).answered
    assert road.blamed() == {blamed}


def test_one_impossible_price_counts_against_its_item_and_a_second_item_against_the_source(road: Road) -> None:
    road.build()
    lead(define(road), Category.MARKET_PRICE)
    road.sandbox.fault("tidemark", "wrong_price", factor="-1")
    assert not value_of(road, Category.MARKET_PRICE, BTC).answered
    assert road.blamed() == set()
    assert not value_of(road, Category.MARKET_PRICE, ETH).answered
    assert road.blamed() == {"tidemark|MARKET_PRICE"}


def test_a_market_it_does_not_know_counts_against_nobody(road: Road) -> None:
    road.build()
    lead(define(road), Category.MARKET_PRICE)
    road.engine.state.refresh()
    result = road.ask(BTC, names=lambda _: {"bitcoin": "NOPE"})
    assert tried(result) == ["tidemark unknown_asset"]
    assert road.blamed() == set()


def test_its_key_is_sent_as_its_request_format_says(road: Road) -> None:
    road.build()
    lead(define(road), Category.MARKET_PRICE)
    Provider.objects.update(api_key_encrypted=encryption.encrypt("bad-key"))
    assert tried(value_of(road, Category.MARKET_PRICE, BTC)) == ["tidemark unauthorized"]
    assert road.blamed() == {"tidemark"}


def test_one_definition_that_is_not_sound_takes_no_other_down(road: Road) -> None:
    road.build()
    lead(define(road, MARKET_ORDERBOOK={"bids": "[[["}), Category.MARKET_PRICE, Category.MARKET_ORDERBOOK)
    assert value_of(road, Category.MARKET_PRICE, BTC).answered
    result = value_of(road, Category.MARKET_ORDERBOOK, OrderBookQuery("bitcoin"))
    assert [skip.reason for skip in result.decision.skips] == ["no adapter for this category"]


def test_a_probe_closes_its_breaker(road: Road) -> None:
    road.build()
    lead(define(road), Category.MARKET_PRICE)
    road.sandbox.fault("tidemark", "refuse")
    for _ in range(3):
        value_of(road, Category.MARKET_PRICE, BTC)
    road.sandbox.clear()
    engine = road.engine
    prober = Prober(engine, known, {Category.MARKET_PRICE: [BTC]})
    shut = targets(engine.state.current(), {Category.MARKET_PRICE: [BTC]}, engine, time.time())
    assert [(one.shut, prober.probe(one)) for one in shut] == [(True, Outcome.OK)]
    assert tried(value_of(road, Category.MARKET_PRICE, BTC)) == ["tidemark ok"]


def test_a_definition_that_was_deleted_is_asked_no_more(road: Road) -> None:
    road.build()
    lead(define(road), Category.MARKET_PRICE)
    assert value_of(road, Category.MARKET_PRICE, BTC).answered
    Definition.objects.all().delete()
    assert not value_of(road, Category.MARKET_PRICE, BTC).answered
    assert road.calls() == 1


def test_one_that_is_defined_anew_knows_what_the_last_one_seemed_not_to_know(road: Road) -> None:
    road.build()
    created = define(road, request_format={"symbol": "{base}X-{quote}"})
    lead(created, Category.MARKET_PRICE)
    assert not value_of(road, Category.MARKET_PRICE, BTC).answered
    Definition.objects.all().delete()
    road.engine.state.refresh()
    Definition.objects.create(provider=created, **tidemark.PRICE | {"path": "/open/v2/pairs/{base}-{quote}/now"})
    RequestFormat.objects.update(symbol="{base}-{quote}")
    assert value_of(road, Category.MARKET_PRICE, BTC).answered
