"""Fixtures: coins, users, alerts, events, deliveries, and a feed of given prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from alerts.evaluation.evaluate import PriceFeed
from alerts.models import AlertEvent, Delivery, PriceAlert
from markets.assets import registry
from markets.feeds.queries import Meta, Missing, PriceRow, Prices
from markets.models import Asset
from providers.domain.market_data import Instrument, Quote
from providers.state import runtime
from tests.markets.conftest import hub

__all__ = ["hub"]

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def quoted(price: str, at: datetime = NOW, *, asset: str = "bitcoin", **row: Any) -> PriceRow:
    """A price row as the feed returns it."""
    quote = Quote(asset, row.pop("currency", "USDT"), Decimal(price), as_of=row.pop("as_of", at))
    row = {"fetched_at": at, "stale": False, "stale_reason": None, "verified": True, **row}
    return PriceRow(quote=quote, source="binance", endpoint="api.binance.com", **row)


def feed(*prices: PriceRow, decision: str = "d1") -> PriceFeed:
    """A feed that knows these prices, that of tether (a dollar), and no others, whatever the quote currency."""
    known = {"tether": quoted("1", asset="tether", currency="USD")} | {row.quote.asset: row for row in prices}

    def fetch(items: Sequence[Instrument], *, max_age: float | None = None) -> Prices:
        rows = {item: known[item.asset] for item in items if item.asset in known}
        missing = {item: Missing("no source could be reached", "unavailable") for item in items if item not in rows}
        meta = Meta("binance", "api.binance.com", None, None, 0, False, None, True, "miss", "MARKET_PRICE", 1, decision)
        return Prices(rows, missing, meta)

    return fetch


@pytest.fixture
def coins(db: None) -> Iterator[list[Asset]]:
    """Three coins, and no other in the registry."""
    rows = [("bitcoin", "BTC", "Bitcoin"), ("ethereum", "ETH", "Ethereum"), ("solana", "SOL", "Solana")]
    assets = [
        Asset.objects.get_or_create(slug=slug, defaults={"symbol": symbol, "name": name, "rank": rank})[0]
        for rank, (slug, symbol, name) in enumerate(rows, start=1)
    ]
    registry.reset()
    runtime.reset()
    yield assets
    registry.reset()
    runtime.reset()


@pytest.fixture
def ann_client(client: Client, ann: User) -> Client:
    """A client signed in as Ann."""
    client.force_login(ann)
    return client


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create(username="ann", email="ann@example.org")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create(username="bob", email="bob@example.org")


@pytest.fixture
def make_alert(coins: list[Asset], ann: User) -> Callable[..., PriceAlert]:
    def make(owner: User = ann, asset: str = "bitcoin", **fields: Any) -> PriceAlert:
        fields = {"direction": "above", "threshold": Decimal(100), **fields}
        return PriceAlert.objects.create(owner=owner, asset_id=asset, **fields)

    return make


@pytest.fixture
def make_event(make_alert: Callable[..., PriceAlert]) -> Callable[..., AlertEvent]:
    def make(alert: PriceAlert | None = None, **fields: Any) -> AlertEvent:
        alert = alert or make_alert()
        fields = {
            "number": alert.events.count() + 1,
            "price": Decimal("100.5"),
            "currency": "USDT",
            "source": "binance",
            "endpoint": "api.binance.com",
            "as_of": NOW - timedelta(seconds=1),
            "fetched_at": NOW,
            "verified": True,
            "created_at": NOW,
            **fields,
        }
        return AlertEvent.objects.create(
            alert=alert,
            owner=alert.owner,
            asset_id=alert.asset_id,
            direction=alert.direction,
            threshold=alert.threshold,
            note=alert.note,
            **fields,
        )

    return make


@pytest.fixture
def make_delivery(make_event: Callable[..., AlertEvent]) -> Callable[..., Delivery]:
    def make(event: AlertEvent | None = None, **fields: Any) -> Delivery:
        fields = {"channel": "email", "next_try_at": NOW, **fields}
        return Delivery.objects.create(event=event or make_event(), **fields)

    return make
