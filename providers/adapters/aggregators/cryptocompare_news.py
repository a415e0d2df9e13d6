"""CryptoCompare news: articles of many publishers in one list, each with its publisher; needs an API key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from providers.adapters.shared import articles, errors, parsing
from providers.adapters.shared.rows import Row
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.news import Article, News, NewsQuery

OUTLET = "cryptocompare"


@dataclass(frozen=True, slots=True)
class NewsArticles:
    """Articles from ``/data/v2/news/``, newest first; ``answer`` reads the body of a success.

    Version 1 answered with the list alone, which is read too.
    """

    answer: Callable[[Response], Row]
    max_items: int = 1

    def accepts(self, lookup: Lookup[NewsQuery]) -> bool:
        """Return whether the provider can answer this lookup."""
        return lookup.item.outlet in ("", OUTLET)

    def request(self, lookups: Sequence[Lookup[NewsQuery]]) -> Request:
        """Build the request for the lookups."""
        return Request("/data/v2/news/", (("lang", "EN"),))

    def parse(self, lookups: Sequence[Lookup[NewsQuery]], response: Response) -> dict[NewsQuery, News]:
        """Read the values by item."""
        bare = errors.succeeded(response) and response.body.lstrip().startswith(b"[")
        rows = parsing.decode(response.body) if bare else parsing.field(self.answer(response), "Data")
        parsed = [_article(parsing.mapping(row, "an article")) for row in parsing.sequence(rows, "the articles")]
        complete = tuple(article for article in parsed if article is not None)
        if not complete:
            raise parsing.broken("a list without articles")
        return {lookups[0].item: News(complete)}


def _article(row: Row) -> Article | None:
    """Read one row; None if it has no title or no URL."""
    title = articles.plain_text(parsing.field(row, "title"), articles.LONGEST_TITLE)
    url = articles.canonical_url(parsing.field(row, "url"))
    if title is None or url is None:
        return None
    publisher = articles.plain_text(errors.text(row.get("source_info"), "name") or errors.text(row, "source"), 80)
    return Article(
        title=title,
        url=url,
        publisher=publisher or "CryptoCompare",
        summary=articles.plain_text(row.get("body")),
        image=articles.image_url(row.get("imageurl")),
        published_at=parsing.from_seconds(row.get("published_on")),
        categories=articles.tags(_split(row, "categories")),
        tags=articles.tags(_split(row, "tags")),
    )


def _split(row: Row, name: str) -> list[str]:
    value = row.get(name)
    return [] if isinstance(value, parsing.Numeral) else errors.text(row, name).split("|")
