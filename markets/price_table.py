"""What the home page shows: the top coins, or those searched for, each with its price or the reason there is none."""

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
    """One coin on the board: a price with its provenance, or why there is none."""

    asset: AssetRef
    price: queries.PriceRow | None
    missing: queries.Missing | None


@dataclass(frozen=True, slots=True)
class PriceTable:
    """The coins shown, when they were looked up, and how many of them are old or missing."""

    rows: Sequence[PriceTableRow]
    search: str
    made_at: datetime

    @property
    def stale(self) -> int:
        return sum(row.price is not None and row.price.stale for row in self.rows)

    @property
    def missing(self) -> int:
        return sum(row.price is None for row in self.rows)

    @property
    def symbols(self) -> str:
        """For the link to the same as JSON: ids, as symbols are not unique."""
        return ",".join(row.asset.slug for row in self.rows)


def price_table(search: str, now: datetime) -> PriceTable:
    """The top coins, or the best matches for what was typed."""
    search = search.strip()[:MAX_SEARCH_LENGTH]
    found = registry.search(search, limit=ROWS) if search else registry.top(ROWS)
    items = {asset.slug: Instrument(asset.slug) for asset in found}
    prices = queries.prices(list(items.values())) if items else None
    rows = [_row(asset, items[asset.slug], prices) for asset in found]
    return PriceTable(rows, search, now)


def _row(asset: AssetRef, item: Instrument, prices: queries.Prices | None) -> PriceTableRow:
    if prices is None:
        return PriceTableRow(asset, None, None)
    return PriceTableRow(asset, prices.rows.get(item), prices.missing.get(item))
