"""What is made of sources' lists: our own ids, gainers and losers, search results ranked and then cut. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from providers.domain.listings import CoinList, CoinRow, Exchanges, ListedCoin, Table

ID_SOURCE = "coingecko"
"""Our ids are CoinGecko's, where it has one."""
UNRANKED = 10**9
MIN_TRUST_SCORE = 7
"""An exchange counts as verified from this trust score of 10 on."""


@dataclass(frozen=True, slots=True)
class Ids:
    """Our ids for one source's: ``ours`` by its own. A coin of another source that we do not list has none."""

    source: str
    ours: Mapping[str, str]

    def of(self, own: str) -> str | None:
        found = self.ours.get(own)
        return own if found is None and self.source == ID_SOURCE else found


def ids(source: str, names: Mapping[str, str]) -> Ids:
    """From the alias table: our ids to the source's own names."""
    return Ids(source, {own: slug for slug, own in names.items()})


def movers(table: Table, limit: int, *, up: bool) -> list[CoinRow]:
    """The coins that rose most, or fell most. One whose change is not known is neither."""
    known = [(row.change_24h, row) for row in table.rows if row.change_24h is not None]
    moved = [(change, row) for change, row in known if (change > 0 if up else change < 0)]
    return [row for _, row in sorted(moved, key=lambda pair: pair[0], reverse=up)[:limit]]


def rank_hits(hits: Iterable[CoinRow], text: str, limit: int) -> list[CoinRow]:
    """Search results, the exact ones first and then by rank; only then cut."""

    def sort_key(row: CoinRow) -> tuple[bool, int, str]:
        exact = text.casefold() in (row.symbol.casefold(), row.name.casefold(), row.id.casefold())
        return not exact, row.rank or UNRANKED, row.id

    return sorted(hits, key=sort_key)[:limit]


def filter_coins(coins: CoinList, search: str | None, platform: str | None) -> list[ListedCoin]:
    """The coins whose id, symbol or name has a text, on one platform. What does not say its platforms is on none."""
    needle, chain = (search or "").casefold(), (platform or "").casefold()

    def fits(coin: ListedCoin) -> bool:
        texts = (coin.id, coin.symbol, coin.name)
        there = not chain or any(name.casefold() == chain for name, _ in coin.contracts or ())
        return there and (not needle or any(needle in text.casefold() for text in texts))

    return [coin for coin in coins.rows if fits(coin)]


def trusted_positions(exchanges: Exchanges) -> list[int]:
    """The places of exchanges with a trust score that verifies them."""
    return [place for place, row in enumerate(exchanges.rows) if (row.trust_score or 0) >= MIN_TRUST_SCORE]


def sum_known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of those that are known; None where none is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def largest(exchanges: Sequence[object], volumes: Sequence[Decimal | None], count: int) -> list[object]:
    """The first by volume."""
    ranked = sorted(range(len(exchanges)), key=lambda place: volumes[place] or Decimal(-1), reverse=True)
    return [exchanges[place] for place in ranked[:count] if volumes[place] is not None]
