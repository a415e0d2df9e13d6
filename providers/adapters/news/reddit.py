"""Reddit: the newest posts of r/CryptoCurrency by its Atom feed, keyless, and throttled hard: asked gently."""

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
    """Posts carry neither scores nor counts of comments here: there is nothing to weigh them by."""

    max_items: int = 1

    def accepts(self, lookup: Lookup[BuzzQuery | CommunityQuery]) -> bool:
        return isinstance(lookup.item, BuzzQuery) and lookup.item.platform in ("", PLATFORM)

    def request(self, lookups: Sequence[Lookup[BuzzQuery]]) -> Request:
        return Request(FORUM.path, (("limit", "100"),), headers=(("Accept", "application/atom+xml"),))

    def parse(self, lookups: Sequence[Lookup[BuzzQuery]], response: Response) -> dict[BuzzQuery, Buzz]:
        news = FORUM.read(response)
        return {lookups[0].item: Buzz(posts=news.articles, as_of=news.as_of)}


ADAPTER = Adapter(
    handlers={Category.SOCIAL: Posts()},
    # No number is published; from shared addresses most calls are turned down since June 2026.
    budget=Budget(10, 600.0),
)
