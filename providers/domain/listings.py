"""Queries and values of MARKET_METADATA: lists of coins, exchanges and categories, coin details, global figures. Pure.

Every ``id`` is the source's own; the alias table maps it to our slugs. Optional fields are None where the source gives
no value. Amounts of money are in US dollars, changes in percent over 24 hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class _MarketQuery:
    """Query about no coin in particular; ``asset`` is empty."""

    @property
    def asset(self) -> str:
        """Empty: the query names no coin of ours."""
        return ""

    @property
    def key(self) -> str:
        """Identifier in caches and records."""
        return type(self).__name__


@dataclass(frozen=True, slots=True)
class TableQuery(_MarketQuery):
    """Query for the largest coins by market capitalisation."""


@dataclass(frozen=True, slots=True)
class ExchangesQuery(_MarketQuery):
    """Query for the largest exchanges."""


@dataclass(frozen=True, slots=True)
class CategoriesQuery(_MarketQuery):
    """Query for the categories of coins with their market figures."""


@dataclass(frozen=True, slots=True)
class GlobalQuery(_MarketQuery):
    """Query for the figures of the whole market."""


@dataclass(frozen=True, slots=True)
class CoinListQuery(_MarketQuery):
    """Query for every coin a source knows, with the contracts of its token."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Query for coins whose name or symbol contains ``text`` (lower case)."""

    text: str

    @property
    def asset(self) -> str:
        """Empty: the query names no coin of ours."""
        return ""

    @property
    def key(self) -> str:
        """Identifier in caches and records."""
        return f"SearchQuery|{self.text}"


@dataclass(frozen=True, slots=True)
class DetailsQuery:
    """Query for all details of one coin."""

    asset: str

    @property
    def key(self) -> str:
        """Identifier in caches and records."""
        return f"DetailsQuery|{self.asset}"


@dataclass(frozen=True, slots=True)
class CoinRow:
    """A coin of a list with its market figures."""

    id: str
    symbol: str
    name: str
    rank: int | None = None
    price: Decimal | None = None
    change_24h: Decimal | None = None
    market_cap: Decimal | None = None
    volume_24h: Decimal | None = None
    image: str | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Coins with their figures; a search result has none. ``as_of`` is the oldest row's."""

    rows: tuple[CoinRow, ...]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """Details of one coin. ``market`` holds (field, figure) pairs; links are complete web addresses."""

    id: str
    symbol: str
    name: str
    description: str | None = None
    image: str | None = None
    categories: tuple[str, ...] = ()
    homepage: tuple[str, ...] = ()
    blockchain_site: tuple[str, ...] = ()
    twitter: str | None = None
    telegram: str | None = None
    market: tuple[tuple[str, Decimal | None], ...] = ()
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class ExchangeRow:
    """An exchange. ``volume_btc`` is reported, ``normalized_btc`` corrected by the source, both in bitcoin."""

    id: str
    name: str
    year: int | None = None
    country: str | None = None
    url: str | None = None
    trust_score: int | None = None
    rank: int | None = None
    volume_btc: Decimal | None = None
    normalized_btc: Decimal | None = None
    centralized: bool | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class Exchanges:
    """List of exchanges in the source's order."""

    rows: tuple[ExchangeRow, ...]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category of coins. ``top_coins`` are the source's own ids of its three largest coins."""

    id: str
    name: str
    market_cap: Decimal | None = None
    change_24h: Decimal | None = None
    volume_24h: Decimal | None = None
    top_coins: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Categories:
    """List of coin categories in the source's order."""

    rows: tuple[CategoryRow, ...]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListedCoin:
    """A coin of a coin list. ``contracts`` are (platform, address) of its token; None if unknown."""

    id: str
    symbol: str
    name: str
    contracts: tuple[tuple[str, str], ...] | None = None
    is_token: bool | None = None


@dataclass(frozen=True, slots=True)
class CoinList:
    """List of every coin a source knows."""

    rows: tuple[ListedCoin, ...]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Global:
    """Figures of the whole market; shares are in percent. ``coins`` is the number of coins the source follows."""

    market_cap: Decimal
    volume_24h: Decimal | None = None
    market_cap_change_24h: Decimal | None = None
    bitcoin_share: Decimal | None = None
    ethereum_share: Decimal | None = None
    coins: int | None = None
    as_of: datetime | None = None
