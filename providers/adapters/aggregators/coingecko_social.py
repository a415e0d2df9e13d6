"""CoinGecko as a platform: the coins its visitors look for most, and what they vote on one coin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from providers.adapters.shared import listings, parsing
from providers.adapters.shared.quoting import path_part
from providers.adapters.shared.rows import Row
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.news import Buzz, BuzzQuery, Community, CommunityQuery, Topic

PLATFORM = "coingecko"
ALL = 100
MOST_PEOPLE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Visitors:
    """``/api/v3/search/trending`` and the community part of ``/api/v3/coins/{id}``.

    Trending tells capitalisations as text for people ("$1,203,016"): nothing but names and order is read from it.
    """

    answer: Callable[[Response], object]
    max_items: int = 1

    def accepts(self, lookup: Lookup[Any]) -> bool:
        if isinstance(lookup.item, CommunityQuery):
            return listings.NAME.fullmatch(lookup.name) is not None
        return isinstance(lookup.item, BuzzQuery) and lookup.item.platform in ("", PLATFORM)

    def request(self, lookups: Sequence[Lookup[Any]]) -> Request:
        if isinstance(lookups[0].item, BuzzQuery):
            return Request("/api/v3/search/trending")
        leave_out = tuple((name, "false") for name in ("localization", "tickers", "market_data", "developer_data"))
        return Request(f"/api/v3/coins/{path_part(lookups[0].name)}", (*leave_out, ("community_data", "true")))

    def parse(self, lookups: Sequence[Lookup[Any]], response: Response) -> dict[Any, Any]:
        body = parsing.mapping(self.answer(response))
        item = lookups[0].item
        return {item: _trending(body) if isinstance(item, BuzzQuery) else _community(lookups[0].name, body)}


def _trending(body: Row) -> Buzz:
    listed = listings.rows(parsing.field(body, "coins"), "coins")
    coins = [parsing.mapping(parsing.field(row, "item"), "a coin") for row in listed]
    return Buzz(tuple(_topic(rank, coin) for rank, coin in enumerate(coins, 1)))


def _topic(rank: int, coin: Row) -> Topic:
    return Topic(rank, listings.named(coin), listings.title(coin, "symbol").upper(), listings.title(coin, "name"))


def _community(name: str, body: Row) -> Community:
    if listings.named(body) != name:
        raise parsing.broken("another coin than the one asked for")
    counted = listings.under(body, "community_data")
    votes = parsing.amount(body.get("sentiment_votes_up_percentage"))
    return Community(
        votes_up=votes if votes is not None and votes <= ALL else None,
        subscribers=listings.whole(counted.get("reddit_subscribers"), MOST_PEOPLE),
        active_48h=listings.whole(counted.get("reddit_accounts_active_48h"), MOST_PEOPLE),
        as_of=parsing.from_iso(body.get("last_updated")),
    )
