"""A thing of each kind that a user owns, made anew where it was deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from django.contrib.auth.models import User

from alerts.models import AlertEvent, PriceAlert, Watchlist, WatchlistItem

AT = datetime(2026, 1, 1, tzinfo=UTC)


def owned(user: User, path: str) -> int:
    """The key of what a path with an id is about."""
    if path.startswith("/api/watchlists/"):
        return watchlist(user).pk
    return event(user).pk if path.startswith("/api/alerts/events/") else alert(user).pk


def watchlist(user: User) -> Watchlist:
    held = Watchlist.objects.filter(owner=user).first() or Watchlist.objects.create(owner=user, name="mine")
    WatchlistItem.objects.get_or_create(watchlist=held, asset_id="bitcoin")
    return held


def alert(user: User) -> PriceAlert:
    rule = {"asset_id": "bitcoin", "direction": "above", "threshold": Decimal(90_000)}
    return PriceAlert.objects.filter(owner=user).first() or PriceAlert.objects.create(owner=user, **rule)


def event(user: User) -> AlertEvent:
    """One crossing of an alert that is gone."""
    held = AlertEvent.objects.filter(owner=user).first()
    return held or AlertEvent.objects.create(
        number=1,
        owner=user,
        asset_id="bitcoin",
        direction="above",
        threshold=Decimal(90_000),
        price=Decimal("90000.5"),
        currency="USDT",
        source="binance",
        endpoint="api.binance.com",
        fetched_at=AT,
        created_at=AT,
    )
