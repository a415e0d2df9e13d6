"""Measures two ways of rendering a cold /api/prices of 250 coins. Run by hand:

    python -m pytest -s tests/markets/api/measure_rendering.py

Cold means: the response cache is emptied before each request, while the values are fresh in memory, so that no upstream
call is in the time. Both ways alternate within one process, and medians are printed. On two busy cores,
in milliseconds for the whole request and for the body alone: structs 31.8 and 14.7, serializers 83.1 and 63.6.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import msgspec
import pytest
from django.test import Client
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from markets.api.schemas import prices
from markets.api.schemas.common import meta
from markets.assets import registry
from markets.response_cache.responses import response_cache
from providers.api import structs
from providers.domain.wire_format import moment, money, number, seconds
from providers.sandbox.client import Sandbox
from tests.hub import whole_hub

ROUNDS = 41
COINS = 250
Shape = serializers.Serializer[Any]
build_structs = prices.prices


class Money(serializers.Field[Any, Any, Any, Any]):
    def to_representation(self, value: Any) -> str | None:
        return money(value)


class Number(serializers.Field[Any, Any, Any, Any]):
    def to_representation(self, value: Any) -> float | None:
        return number(value)


class Moment(serializers.Field[Any, Any, Any, Any]):
    def to_representation(self, value: Any) -> str | None:
        return moment(value)


class Price(Shape):
    id = serializers.CharField(source="item.asset")
    symbol = serializers.SerializerMethodField()
    price = Money(source="row.quote.price")
    currency = serializers.CharField(source="row.quote.currency")
    change_24h = Number(source="row.quote.change_24h")
    volume_24h = Money(source="row.quote.volume_24h")
    volume_scope = serializers.SerializerMethodField()
    as_of = Moment(source="row.quote.as_of")
    source = serializers.CharField(source="row.source")  # type: ignore[assignment]  # a field's own name to the stubs
    stale = serializers.BooleanField(source="row.stale")
    stale_reason = serializers.CharField(source="row.stale_reason")
    verified = serializers.BooleanField(source="row.verified")
    age_s = serializers.SerializerMethodField()
    unknown = serializers.SerializerMethodField()

    def get_symbol(self, each: Any) -> str:
        asset = registry.get(each["item"].asset)
        return asset.symbol if asset else each["item"].asset

    def get_volume_scope(self, each: Any) -> str | None:
        quote = each["row"].quote
        return quote.volume_scope if quote.volume_24h is not None else None

    def get_age_s(self, each: Any) -> float:
        return seconds(prices.age_when_built(each["row"], self.context["now"]))

    def get_unknown(self, each: Any) -> dict[str, str]:
        row = each["row"]
        names = ("change_24h", "volume_24h", "as_of")
        return {name: f"not given by {row.source}" for name in names if getattr(row.quote, name) is None}


class Missing(Shape):
    symbol = serializers.CharField()
    reason = serializers.CharField()
    code = serializers.CharField()


class Meta(Shape):
    source = serializers.CharField()  # type: ignore[assignment]  # a field's own name to the stubs
    endpoint = serializers.CharField()
    as_of = serializers.CharField()
    fetched_at = serializers.CharField()
    age_s = serializers.FloatField()
    stale = serializers.BooleanField()
    stale_reason = serializers.CharField()
    verified = serializers.BooleanField()
    cache = serializers.CharField()
    chain = serializers.CharField()
    attempts = serializers.IntegerField()
    decision = serializers.CharField()
    asset = serializers.DictField(child=serializers.CharField())


class Prices(Shape):
    success = serializers.BooleanField()
    prices = Price(many=True)
    missing = Missing(many=True)
    meta = Meta()


def with_structs(*arguments: Any) -> bytes:
    return structs.encode(build_structs(*arguments))


def with_serializers(requested: Any, result: Any, now: Any) -> bytes:
    ages = [seconds(prices.age_when_built(row, now)) for row in result.rows.values()]
    body = {
        "success": True,
        "prices": [{"item": item, "row": row} for item, row in result.rows.items()],
        "missing": [
            prices._missing(name, result.missing[item] if item else None)
            for name, item in requested.items()
            if item is None or item in result.missing
        ],
        "meta": meta(result.meta, max(ages), {name: item.asset for name, item in requested.items() if item}),
    }
    return JSONRenderer().render(Prices(body, context={"now": now}).data)


WAYS: dict[str, Callable[..., bytes]] = {"structs": with_structs, "serializers": with_serializers}


@pytest.fixture
def client(transactional_db: None, sandbox: Sandbox, settings: Any) -> Iterator[Client]:
    settings.ALLOW_PRIVATE_UPSTREAMS = True
    settings.RATE_LIMITS = {}
    with whole_hub(sandbox):
        yield Client()


def priced(client: Client) -> list[str]:
    """As many names as one request may have, each of an instrument with a price."""
    names: list[str] = []
    for quote in ("", "USDT", "USD", "USDC", "EUR", "BTC"):
        tried = [f"{asset.symbol}{quote}" for asset in registry.top(COINS)]
        missing = {row["symbol"] for row in client.get("/api/prices?symbols=" + ",".join(tried)).json()["missing"]}
        names += [name for name in tried if name not in missing]
    assert len(names) >= COINS
    return names[:COINS]


def test_measure(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    names = priced(client)
    whole: dict[str, list[float]] = {name: [] for name in WAYS}
    alone: dict[str, list[float]] = {name: [] for name in WAYS}
    posted: dict[str, bytes] = {}
    for _ in range(ROUNDS):
        names = names[1:] + names[:1]
        for name, way in WAYS.items():

            def timed(*arguments: Any, way: Any = way, name: str = name) -> Any:
                begun = time.perf_counter()
                content = way(*arguments)
                alone[name].append(time.perf_counter() - begun)
                return msgspec.Raw(content)

            monkeypatch.setattr(prices, "prices", timed)
            response_cache._answers.clear()
            begun = time.perf_counter()
            response = client.get("/api/prices?symbols=" + ",".join(names))
            whole[name].append(time.perf_counter() - begun)
            assert response.status_code == 200
            posted[name] = response.content
            assert len(response.json()["prices"]) == COINS
    assert json.loads(posted["structs"])["prices"] == json.loads(posted["serializers"])["prices"]
    for name in WAYS:
        print(
            f"\n{name:12}: request {median(whole[name]) * 1000:.1f} ms, body {median(alone[name]) * 1000:.1f} ms, "
            f"{len(posted[name])} bytes"
        )
