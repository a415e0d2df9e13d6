"""Reddit: the newest posts of r/CryptoCurrency from its Atom feed, without a key and with a low rate limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from providers.adapters.news.rss import Outlet
from providers.domain.adapter import Adapter, Budget, Lookup, Request, Response
from providers.domain.categories import Category
from providers.domain.news import Buzz, BuzzQuery, CommunityQuery

PLATFORM = "reddit"
FORUM = Outlet(PLATFORM, "r/CryptoCurrency", "/r/CryptoCurrency/.rss", byline="/u/")


@dataclass(frozen=True, slots=True)
class Posts:
    """Posts of the forum; the feed has neither scores nor comment counts to weight them by."""

    max_items: int = 1

    def accepts(self, lookup: Lookup[BuzzQuery | CommunityQuery]) -> bool:
        """Return whether the provider can answer this lookup."""
        return isinstance(lookup.item, BuzzQuery) and lookup.item.platform in ("", PLATFORM)

    def request(self, lookups: Sequence[Lookup[BuzzQuery]]) -> Request:
        """Build the request for the lookups."""
        return Request(FORUM.path, (("limit", "100"),), headers=(("Accept", "application/atom+xml"),))

    def parse(self, lookups: Sequence[Lookup[BuzzQuery]], response: Response) -> dict[BuzzQuery, Buzz]:
        """Read the values by item."""
        news = FORUM.read(response)
        return {lookups[0].item: Buzz(posts=news.articles, as_of=news.as_of)}


ADAPTER = Adapter(
    handlers={Category.SOCIAL: Posts()},
    # No limit is published; since June 2026 most calls from shared addresses are rejected.
    budget=Budget(10, 600.0),
)
