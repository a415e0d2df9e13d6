"""Coins as lines to show: each with its newest price, or with why there is none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from alerts.models import WatchlistItem
from markets.feeds import queries
from markets.feeds.queries import Missing, PriceRow


@dataclass(frozen=True, slots=True)
class WatchlistRow:
    """A watched coin and what is known of its price: ``row``, or ``missing``."""

    item: WatchlistItem
    price: PriceRow | None
    missing: Missing | None
    now: datetime

    @property
    def age(self) -> float | None:
        """Seconds since the price was fetched."""
        return self.price.age(self.now) if self.price else None


def rows_for(items: Iterable[WatchlistItem], now: datetime) -> list[WatchlistRow]:
    """The items in their order, priced by one call."""
    items = list(items)
    answer = queries.prices([item.instrument for item in items])
    return [
        WatchlistRow(item, answer.rows.get(item.instrument), answer.missing.get(item.instrument), now) for item in items
    ]
