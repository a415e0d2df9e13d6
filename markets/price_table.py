"""The price table of the home page: the top coins or search results, each with a price or why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markets.assets import registry
from markets.assets.registry import AssetRef
from markets.feeds import queries
from providers.domain.market_data import Instrument

ROWS = 50
MAX_SEARCH_LENGTH = 60


@dataclass(frozen=True, slots=True)
class PriceTableRow:
    """Row of a coin: its price with provenance, or why there is none."""

    asset: AssetRef
    price: queries.PriceRow | None
    missing: queries.Missing | None


@dataclass(frozen=True, slots=True)
class PriceTable:
    """The rows, the search text, and the time of the lookup."""

    rows: Sequence[PriceTableRow]
    search: str
    made_at: datetime

    @property
    def stale(self) -> int:
        """The number of stale prices."""
        return sum(row.price is not None and row.price.stale for row in self.rows)

    @property
    def missing(self) -> int:
        """The number of coins without a price."""
        return sum(row.price is None for row in self.rows)

    @property
    def symbols(self) -> str:
        """The ids of the coins for the link to the same as JSON; symbols are not unique."""
        return ",".join(row.asset.slug for row in self.rows)


def price_table(search: str, now: datetime) -> PriceTable:
    """Return the top coins, or the best matches for the search text."""
    search = search.strip()[:MAX_SEARCH_LENGTH]
    assets = registry.search(search, limit=ROWS) if search else registry.top(ROWS)
    items = [Instrument(asset.slug) for asset in assets]
    prices = queries.prices(items)
    rows = [
        PriceTableRow(asset, prices.rows.get(item), prices.missing.get(item))
        for asset, item in zip(assets, items, strict=True)
    ]
    return PriceTable(rows, search, now)
