"""CoinGecko social data: trending searches and community votes on a coin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from providers.adapters.shared import listings, parsing
from providers.adapters.shared.quoting import path_segment
from providers.adapters.shared.rows import Row
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.news import Buzz, BuzzQuery, Community, CommunityQuery, Topic

PLATFORM = "coingecko"
MAX_PERCENT = 100
MAX_MEMBERS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class SocialStats:
    """Trending coins from ``/api/v3/search/trending``, community figures from ``/api/v3/coins/{id}``.

    Trending has capitalisations as display text ("$1,203,016"), so only names and order are read from it.
    """

    answer: Callable[[Response], object]
    max_items: int = 1

    def accepts(self, lookup: Lookup[Any]) -> bool:
        """Return whether the provider can answer this lookup."""
        if isinstance(lookup.item, CommunityQuery):
            return listings.NAME.fullmatch(lookup.name) is not None
        return isinstance(lookup.item, BuzzQuery) and lookup.item.platform in ("", PLATFORM)

    def request(self, lookups: Sequence[Lookup[Any]]) -> Request:
        """Build the request for the lookups."""
        if isinstance(lookups[0].item, BuzzQuery):
            return Request("/api/v3/search/trending")
        excluded = tuple((name, "false") for name in ("localization", "tickers", "market_data", "developer_data"))
        return Request(f"/api/v3/coins/{path_segment(lookups[0].name)}", (*excluded, ("community_data", "true")))

    def parse(self, lookups: Sequence[Lookup[Any]], response: Response) -> dict[Any, Any]:
        """Read the values by item."""
        body = parsing.mapping(self.answer(response))
        item = lookups[0].item
        return {item: _trending(body) if isinstance(item, BuzzQuery) else _community(lookups[0].name, body)}


def _trending(body: Row) -> Buzz:
    rows = listings.filled_rows(parsing.field(body, "coins"), "coins")
    coins = [parsing.mapping(parsing.field(row, "item"), "a coin") for row in rows]
    return Buzz(tuple(_topic(rank, coin) for rank, coin in enumerate(coins, 1)))


def _topic(rank: int, coin: Row) -> Topic:
    return Topic(
        rank, listings.row_id(coin), listings.name_or_id(coin, "symbol").upper(), listings.name_or_id(coin, "name")
    )


def _community(name: str, body: Row) -> Community:
    if listings.row_id(body) != name:
        raise parsing.broken("another coin than the requested one")
    figures = listings.nested(body, "community_data")
    votes = parsing.amount(body.get("sentiment_votes_up_percentage"))
    return Community(
        votes_up=votes if votes is not None and votes <= MAX_PERCENT else None,
        subscribers=listings.positive_integer(figures.get("reddit_subscribers"), MAX_MEMBERS),
        active_48h=listings.positive_integer(figures.get("reddit_accounts_active_48h"), MAX_MEMBERS),
        as_of=parsing.from_iso(body.get("last_updated")),
    )
