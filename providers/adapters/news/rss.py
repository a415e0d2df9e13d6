"""News from an outlet's RSS or Atom feed; entity declarations are refused, markup is stripped.

Traps: the link may have tracking parameters while the guid is the clean URL (Cointelegraph); a guid may not be a URL
at all (CoinDesk); an empty ``dc:description`` after a full ``description`` would replace it (CoinDesk).
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import feedparser

from providers.adapters.news.feed_times import feed_time
from providers.adapters.shared import articles, errors, parsing
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.news import Article, News, NewsQuery

MAX_BYTES = 2 * 1024 * 1024
MAX_TAGS = 50_000
"""Enough for a hundred long articles with markup; each tag costs parser time."""
MAX_ARTICLES = 100
CLOCK_TOLERANCE = timedelta(minutes=15)
"""Allowed difference between clocks; a time further in the future is dropped."""

_ENCODING = re.compile(rb"""\A\s*<\?xml[^>]*encoding\s*=\s*["']([\w.:-]+)["']""", re.IGNORECASE)
_ENCODINGS = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252"})
_ENTITIES = re.compile(rb"<!\s*(?:ENTITY|ELEMENT|ATTLIST|NOTATION)\b", re.IGNORECASE)
_DOCTYPE = re.compile(rb"<!\s*DOCTYPE", re.IGNORECASE)
_ROOT = re.compile(rb"<(?:[\w-]+:)?(?:rss|feed|RDF)[\s>]", re.IGNORECASE)
_END = re.compile(rb"</(?:[\w-]+:)?(?:rss|feed|RDF)\s*>\s*(?:<!--|\Z)", re.IGNORECASE)
_BLANK = re.compile(rb"<(dc:description|content:encoded)\s*(?:/>|>\s*</\1\s*>)", re.IGNORECASE)
_MEDIA_TEXT = re.compile(rb"(</?)media:description\b", re.IGNORECASE)
"""The text of a photo, which feedparser would take for the article's summary; renamed before parsing."""


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
        feed = parse_feed(response.body)
        parsed = (_article(entry, self, response.received_at) for entry in feed.entries[:MAX_ARTICLES])
        complete = tuple(article for article in parsed if article is not None)
        if not complete:
            raise parsing.broken("a feed without articles")
        updated_at = _published_at(_time(feed.feed, "updated", "published"), response.received_at)
        return News(complete, updated_at)


def parse_feed(body: bytes) -> Any:
    """Parse a feed with feedparser.

    Raises:
        Failure: BROKEN if the feed is incomplete or too large, or declares entities.
    """
    root = _ROOT.search(body, 0, 20_000)
    if root is None or len(body) > MAX_BYTES or _END.search(body, max(0, len(body) - 2_000)) is None:
        raise parsing.broken("the body is not a complete feed")
    if body.count(b"<") > MAX_TAGS:
        raise parsing.broken("too many tags")
    encoding = _ENCODING.match(body)
    if encoding is not None and encoding[1].lower() not in _ENCODINGS:
        raise parsing.broken("a feed in an unusual encoding")
    if _ENTITIES.search(body) or _DOCTYPE.search(body, 0, root.start()):
        raise parsing.broken("a feed that declares entities")
    try:
        return feedparser.parse(
            io.BytesIO(_MEDIA_TEXT.sub(rb"\1media:caption", _BLANK.sub(b"", body)))
        )  # a stream, because bytes may be taken for a file name
    except Exception:  # noqa: BLE001 - its parsers raise anything for malformed bytes
        raise parsing.broken("the body is not a feed") from None


def _article(entry: dict[str, Any], outlet: Outlet, received_at: datetime) -> Article | None:
    """Read one entry; None if it has no title or no URL."""
    title, url = articles.plain_text(entry.get("title"), articles.LONGEST_TITLE), _url(entry)
    if title is None or url is None:
        return None
    terms = [tag for tag in entry.get("tags", ()) if isinstance(tag.get("term"), str)]
    return Article(
        title=title,
        url=url,
        publisher=outlet.name,
        summary=articles.plain_text(entry.get("summary")),
        image=_image(entry),
        published_at=_published_at(_time(entry, "published", "updated"), received_at),
        authors=_authors(entry, outlet.byline),
        categories=articles.tags(tag["term"] for tag in terms if tag.get("scheme") != "tag"),
        tags=articles.tags(tag["term"] for tag in terms if tag.get("scheme") == "tag"),
    )


def _url(entry: Mapping[str, Any]) -> str | None:
    """Return the guid if it is the clean URL of the page, else the link without tracking parameters."""
    link, guid = articles.canonical_url(entry.get("link")), entry.get("id")
    if entry.get("guidislink") and isinstance(guid, str) and "?" not in guid:
        return articles.canonical_url(guid) or link
    return link


def _image(entry: Mapping[str, Any]) -> str | None:
    """Return the image URL of an entry: from its media, its thumbnails or its enclosures."""
    media = [part for part in entry.get("media_content", ()) if _is_image(part.get("medium") or part.get("type"))]
    enclosures = [part for part in entry.get("enclosures", ()) if _is_image(part.get("type"))]
    urls = [
        *(part.get("url") for part in (*media, *entry.get("media_thumbnail", ()))),
        *(part.get("href") for part in enclosures),
    ]
    return next((image for url in urls if (image := articles.image_url(url))), None)


def _is_image(kind: object) -> bool:
    return isinstance(kind, str) and kind.startswith("image")


def _authors(entry: Mapping[str, Any], byline: str) -> tuple[str, ...]:
    names = [author.get("name") for author in entry.get("authors", ())]
    return tuple(name.removeprefix(byline) for name in articles.tags(names))


def _time(row: dict[str, Any], *names: str) -> datetime | None:
    """Return the first of these times that is known; feedparser's own ``get`` would substitute one for another.

    Its parsed times are not used: it takes unknown zones for UTC, and the year for a day.
    """
    return next((time for name in names if (time := feed_time(dict.get(row, name)))), None)


def _published_at(moment: datetime | None, received_at: datetime) -> datetime | None:
    """Return the time, or None if it is missing or implausible."""
    return moment if moment is not None and parsing.EARLIEST <= moment <= received_at + CLOCK_TOLERANCE else None
