"""News from an outlet's RSS or Atom feed; entity declarations are refused, markup is stripped.

Traps: the link may have tracking parameters while the guid is the clean URL (Cointelegraph); a guid may not be a URL
at all (CoinDesk); an empty ``dc:description`` may follow a full ``description`` (CoinDesk).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter

from providers.adapters.news.feed_times import feed_time
from providers.adapters.news.feed_xml import MAX_ENTRIES, Entry, read_feed
from providers.adapters.shared import articles, errors, parsing
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.news import Article, News, NewsQuery

MAX_ARTICLES = MAX_ENTRIES
CLOCK_TOLERANCE = timedelta(minutes=15)
"""Allowed difference between clocks; a time further in the future is dropped."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet's feed; ``name`` is the display name, ``byline`` the text it puts before an author's name."""

    slug: str
    name: str
    path: str
    byline: str = ""
    max_items: int = 1

    def accepts(self, lookup: Lookup[NewsQuery]) -> bool:
        """Return whether the provider can answer this lookup."""
        return lookup.item.outlet in ("", self.slug)

    def request(self, lookups: Sequence[Lookup[NewsQuery]]) -> Request:
        """Build the request for the lookups."""
        return Request(self.path, headers=(("Accept", "application/rss+xml, application/atom+xml, text/xml;q=0.9"),))

    def parse(self, lookups: Sequence[Lookup[NewsQuery]], response: Response) -> dict[NewsQuery, News]:
        """Read the values by item."""
        return {lookups[0].item: self.read(response)}

    def read(self, response: Response) -> News:
        """Read the articles of a successful response; raise Failure for every other one."""
        errors.raise_for_outcome(response)
        feed = read_feed(response.body)
        parsed = (_article(entry, self, response.received_at) for entry in feed.entries)
        complete = tuple(article for article in parsed if article is not None)
        if not complete:
            raise parsing.broken("a feed without articles")
        updated_at = _published_at(_time(feed.about, "updated", "published"), response.received_at)
        return News(complete, updated_at)


def _article(entry: Entry, outlet: Outlet, received_at: datetime) -> Article | None:
    """Read one entry; None if it has no title or no URL."""
    title, url = articles.plain_text(entry.texts.get("title"), articles.LONGEST_TITLE), _url(entry)
    if title is None or url is None:
        return None
    summaries = (articles.plain_text(entry.texts.get(name)) for name in ("description", "dc:description", "content"))
    return Article(
        title=title,
        url=url,
        publisher=outlet.name,
        summary=next((summary for summary in summaries if summary), None),
        image=_image(entry),
        published_at=_published_at(_time(entry, "published", "updated"), received_at),
        authors=_authors(entry, outlet.byline),
        categories=articles.tags(term for term, scheme in entry.tags if scheme != "tag"),
        tags=articles.tags(term for term, scheme in entry.tags if scheme == "tag"),
    )


def _url(entry: Entry) -> str | None:
    """Return the guid if it is the clean URL of the page, else the link without tracking parameters."""
    link, guid = articles.canonical_url(entry.texts.get("link")), entry.texts.get("guid", "")
    clean = articles.canonical_url(guid) if entry.guid_is_link and "?" not in guid else None
    same_page = link is None or (clean is not None and link.partition("?")[0].rstrip("/") == clean.rstrip("/"))
    return clean if clean is not None and same_page else link


def _image(entry: Entry) -> str | None:
    """Return the image URL of an entry: from its media, its thumbnails or its enclosures."""
    urls = (url for _, url, kind in sorted(entry.images, key=itemgetter(0)) if kind.startswith("image"))
    return next((image for url in urls if (image := articles.image_url(url))), None)


def _authors(entry: Entry, byline: str) -> tuple[str, ...]:
    return tuple(name.removeprefix(byline) for name in articles.tags(_author_name(text) for text in entry.authors))


def _author_name(text: str) -> str | None:
    """Return the name in "Name", "mail@host (Name)" or "Name <mail@host>"; None for an address alone."""
    before, bracket, inside = text.partition("(")
    if bracket and "@" in before:
        return inside.rstrip(") ")
    name = text.partition("<")[0].strip() if "@" in text else text
    return None if "@" in name and " " not in name else name


def _time(entry: Entry, *names: str) -> datetime | None:
    """Return the first of these times that is known."""
    return next((time for name in names if (time := feed_time(entry.texts.get(name)))), None)


def _published_at(moment: datetime | None, received_at: datetime) -> datetime | None:
    """Return the time, or None if it is missing or implausible."""
    return moment if moment is not None and parsing.EARLIEST <= moment <= received_at + CLOCK_TOLERANCE else None
