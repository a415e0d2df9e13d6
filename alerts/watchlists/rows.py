"""Watchlist rows: each coin with its newest price, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from alerts.models import WatchlistItem
from markets.feeds import queries
from markets.feeds.queries import Missing, PriceRow


@dataclass(frozen=True, slots=True)
class WatchlistRow:
    """A watched coin with its ``price``, or with the reason in ``missing``."""

    item: WatchlistItem
    price: PriceRow | None
    missing: Missing | None
    now: datetime

    @property
    def age(self) -> float | None:
        """The seconds since the price was fetched; None without a price."""
        return self.price.age(self.now) if self.price else None


def rows_for(items: Iterable[WatchlistItem], now: datetime) -> list[WatchlistRow]:
    """Return a row for each item, in order; all prices are fetched by one call."""
    items = list(items)
    prices = queries.prices([item.instrument for item in items])
    return [
        WatchlistRow(item, prices.rows.get(item.instrument), prices.missing.get(item.instrument), now) for item in items
    ]
