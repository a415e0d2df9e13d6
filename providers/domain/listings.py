"""What is listed about coins and markets: the questions and the values of MARKET_METADATA. Pure values, no I/O.

Every ``id`` is the source's own: what it means elsewhere is for the alias table to say. None means that the source does
not say. Amounts of money are in US dollars, changes in percent over 24 hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class _AboutMarkets:
    """A question about no coin in particular."""

    @property
    def asset(self) -> str:
        return ""

    @property
    def key(self) -> str:
        return type(self).__name__


@dataclass(frozen=True, slots=True)
class TableQuery(_AboutMarkets):
    """The largest coins by market capitalisation."""


@dataclass(frozen=True, slots=True)
class ExchangesQuery(_AboutMarkets):
    """The largest exchanges."""


@dataclass(frozen=True, slots=True)
class CategoriesQuery(_AboutMarkets):
    """The kinds of coins, with what they amount to."""


@dataclass(frozen=True, slots=True)
class GlobalQuery(_AboutMarkets):
    """The whole market in a few figures."""


@dataclass(frozen=True, slots=True)
class CoinListQuery(_AboutMarkets):
    """Every coin a source knows, and where its token lives."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Coins whose name or symbol has this text, in lower case."""

    text: str

    @property
    def asset(self) -> str:
        return ""

    @property
    def key(self) -> str:
        return f"SearchQuery|{self.text}"


@dataclass(frozen=True, slots=True)
class DetailsQuery:
    """One coin in full."""

    asset: str

    @property
    def key(self) -> str:
        return f"DetailsQuery|{self.asset}"


@dataclass(frozen=True, slots=True)
class CoinRow:
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
    """Coins with their figures, or without where it answers a search. ``as_of`` is the oldest row's."""

    rows: tuple[CoinRow, ...]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """``market`` names figures by field; ``homepage`` and the like are web addresses, ``twitter`` and so on too."""

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
    """``volume_btc`` is what it reports, ``normalized_btc`` what the source believes of it; both in bitcoin."""

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
    rows: tuple[ExchangeRow, ...]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """``top_coins`` are the source's own ids of its three largest coins."""

    id: str
    name: str
    market_cap: Decimal | None = None
    change_24h: Decimal | None = None
    volume_24h: Decimal | None = None
    top_coins: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Categories:
    rows: tuple[CategoryRow, ...]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListedCoin:
    """``contracts`` are (platform, address); None where the source does not say where its token lives."""

    id: str
    symbol: str
    name: str
    contracts: tuple[tuple[str, str], ...] | None = None
    is_token: bool | None = None


@dataclass(frozen=True, slots=True)
class CoinList:
    rows: tuple[ListedCoin, ...]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Global:
    """The whole market: what all coins are worth, what is traded of them, and the largest coins' shares in percent.

    ``coins`` counts those the source follows.
    """

    market_cap: Decimal
    volume_24h: Decimal | None = None
    market_cap_change_24h: Decimal | None = None
    bitcoin_share: Decimal | None = None
    ethereum_share: Decimal | None = None
    coins: int | None = None
    as_of: datetime | None = None
