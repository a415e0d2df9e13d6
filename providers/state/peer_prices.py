"""Recent prices by lineage, shared between processes: the reference sweep writes them, every engine reads them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import Max

from providers.domain.market_data import Quote
from providers.domain.moments import SLACK_S
from providers.models import PeerPrice
from providers.resilience.price_consensus import PEER_S, Peers

READ_INTERVAL_S = 2.0
"""Seconds between reads of the table."""


class PeerPriceFollower:
    """Copies new rows of the table into the price consensus of one process."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._read_at = 0.0
        self._newest = datetime.fromtimestamp(0, UTC)

    def follow(self) -> None:
        """Read rows that are new since the last read, at most every ``READ_INTERVAL_S``."""
        if time.monotonic() - self._read_at < READ_INTERVAL_S:
            return
        self._read_at = time.monotonic()
        now = datetime.now(UTC)
        latest = now + timedelta(seconds=SLACK_S)
        if self._newest > latest:  # the clock was set back
            self._newest = datetime.fromtimestamp(0, UTC)
        since = max(self._newest, now - timedelta(seconds=PEER_S))
        rows = PeerPrice.objects.filter(seen_at__gt=since, seen_at__lte=latest).order_by("seen_at")
        for asset, lineage, currency, price, seen_at in rows.values_list(
            "asset", "lineage", "currency", "price", "seen_at"
        ):
            self._peers.note_stored(Quote(asset, currency, Decimal(price)), lineage, seen_at.timestamp())
            self._newest = seen_at


def last_reported() -> dict[str, float]:
    """Return the time (unix seconds) of each lineage's latest peer price."""
    rows = PeerPrice.objects.values_list("lineage").annotate(last=Max("seen_at"))
    return {lineage: last.timestamp() for lineage, last in rows.order_by()}


def write(quotes: Iterable[Quote], lineage: str, now: datetime) -> None:
    """Store a lineage's prices, one row per asset."""
    PeerPrice.objects.bulk_create(
        [
            PeerPrice(
                key=f"{quote.asset}|{lineage}",
                asset=quote.asset,
                lineage=lineage,
                currency=quote.currency,
                price=str(quote.price),
                seen_at=now,
            )
            for quote in quotes
        ],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["currency", "price", "seen_at"],
    )
