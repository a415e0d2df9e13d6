"""Rankings from sources' lists: our coin ids, gainers and losers, ranked search results. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from providers.domain.listings import CoinList, CoinRow, Exchanges, ListedCoin, Table

E = TypeVar("E")

ID_SOURCE = "coingecko"
"""Source whose coin ids are ours, where it has one."""
UNRANKED = 10**9
MIN_TRUST_SCORE = 7
"""Lowest trust score, of 10, at which an exchange counts as verified."""


@dataclass(frozen=True, slots=True)
class Ids:
    """Our coin ids by a source's own ids. Coins that we do not list have none, except at ``ID_SOURCE``."""

    source: str
    ours: Mapping[str, str]

    def of(self, own: str) -> str | None:
        """Our id for a source's own id; None if we do not list the coin."""
        known = self.ours.get(own)
        return own if known is None and self.source == ID_SOURCE else known


def ids(source: str, names: Mapping[str, str]) -> Ids:
    """Build the ids of a source from the alias table: ``names`` is its own name by our id."""
    return Ids(source, {own: slug for slug, own in names.items()})


def movers(table: Table, limit: int, *, up: bool) -> list[CoinRow]:
    """Coins with the largest rises, or falls; coins without a known change are left out."""
    known = [(row.change_24h, row) for row in table.rows if row.change_24h is not None]
    moved = [(change, row) for change, row in known if (change > 0 if up else change < 0)]
    return [row for _, row in sorted(moved, key=lambda pair: pair[0], reverse=up)[:limit]]


def rank_hits(hits: Iterable[CoinRow], text: str, limit: int) -> list[CoinRow]:
    """Order search results, exact matches first and then by rank, and cut them to ``limit``."""

    def sort_key(row: CoinRow) -> tuple[bool, int, str]:
        exact = text.casefold() in (row.symbol.casefold(), row.name.casefold(), row.id.casefold())
        return not exact, row.rank or UNRANKED, row.id

    return sorted(hits, key=sort_key)[:limit]


def filter_coins(coins: CoinList, search: str | None, platform: str | None) -> list[ListedCoin]:
    """Coins whose id, symbol or name contains ``search``, on one platform; coins without platforms are on none."""
    needle, chain = (search or "").casefold(), (platform or "").casefold()

    def fits(coin: ListedCoin) -> bool:
        texts = (coin.id, coin.symbol, coin.name)
        on_platform = not chain or any(name.casefold() == chain for name, _ in coin.contracts or ())
        return on_platform and (not needle or any(needle in text.casefold() for text in texts))

    return [coin for coin in coins.rows if fits(coin)]


def trusted_positions(exchanges: Exchanges) -> list[int]:
    """Indices of the exchanges whose trust score verifies them."""
    return [i for i, row in enumerate(exchanges.rows) if (row.trust_score or 0) >= MIN_TRUST_SCORE]


def sum_known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Sum of the known amounts; None if none is known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def largest(exchanges: Sequence[E], volumes: Sequence[Decimal | None], count: int) -> list[E]:
    """Largest exchanges by volume; those without a volume are left out."""
    ranked = sorted(range(len(exchanges)), key=lambda i: volumes[i] or Decimal(-1), reverse=True)
    return [exchanges[i] for i in ranked[:count] if volumes[i] is not None]
