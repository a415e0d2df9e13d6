"""News by RSS or Atom: an outlet's feed, parsed from its bytes; entities are refused, markup is stripped.

Traps: the link may carry tracking parameters while the guid is the clean address (Cointelegraph); a guid may be no
address at all (CoinDesk); an empty ``dc:description`` after a full ``description`` would blot that out (CoinDesk).
"""

from __future__ import annotations

import calendar
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser

from providers.adapters.shared import articles, errors, parsing
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.news import Article, News, NewsQuery

LARGEST = 2 * 1024 * 1024
MOST_TAGS = 50_000
"""Those of a hundred long articles, their markup included; each costs the parser time."""
MOST_ARTICLES = 100
AHEAD = timedelta(minutes=15)
"""Clocks differ; what claims to be from later than this has no time we could believe."""

_ENCODING = re.compile(rb"""\A\s*<\?xml[^>]*encoding\s*=\s*["']([\w.:-]+)["']""", re.IGNORECASE)
_ENCODINGS = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252"})
_ENTITIES = re.compile(rb"<!\s*(?:ENTITY|ELEMENT|ATTLIST|NOTATION)\b", re.IGNORECASE)
_DOCTYPE = re.compile(rb"<!\s*DOCTYPE", re.IGNORECASE)
_ROOT = re.compile(rb"<(?:[\w-]+:)?(?:rss|feed|RDF)[\s>]", re.IGNORECASE)
_END = re.compile(rb"</(?:[\w-]+:)?(?:rss|feed|RDF)\s*>\s*(?:<!--|\Z)", re.IGNORECASE)
_BLANK = re.compile(rb"<(dc:description|content:encoded)\s*(?:/>|>\s*</\1\s*>)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Outlet:
    """One outlet's feed. ``byline`` is what it puts before an author's name, ``name`` how it is called."""

    slug: str
    name: str
    path: str
    byline: str = ""
    max_items: int = 1

    def accepts(self, lookup: Lookup[NewsQuery]) -> bool:
        return lookup.item.outlet in ("", self.slug)

    def request(self, lookups: Sequence[Lookup[NewsQuery]]) -> Request:
        return Request(self.path, headers=(("Accept", "application/rss+xml, application/atom+xml, text/xml;q=0.9"),))

    def parse(self, lookups: Sequence[Lookup[NewsQuery]], response: Response) -> dict[NewsQuery, News]:
        return {lookups[0].item: self.read(response)}

    def read(self, response: Response) -> News:
        """The articles of a success. Raises Failure for everything else."""
        errors.check(response)
        feed = entries(response.body)
        read = [_article(entry, self, response.received_at) for entry in feed.entries[:MOST_ARTICLES]]
        found = tuple(article for article in read if article is not None)
        if not found:
            raise parsing.broken("a feed without articles")
        made = _moment(_time(feed.feed, "updated", "published"), response.received_at)
        return News(found, made)


def entries(body: bytes) -> Any:
    """The feed as feedparser reads it. Raises BROKEN for what is no whole feed, a flood, or declares entities."""
    root = _ROOT.search(body, 0, 20_000)
    if root is None or len(body) > LARGEST or _END.search(body, max(0, len(body) - 2_000)) is None:
        raise parsing.broken("the body is not a whole feed")
    if body.count(b"<") > MOST_TAGS:
        raise parsing.broken("a flood of tags")
    encoding = _ENCODING.match(body)
    if encoding is not None and encoding[1].lower() not in _ENCODINGS:
        raise parsing.broken("a feed in an unusual encoding")
    if _ENTITIES.search(body) or _DOCTYPE.search(body, 0, root.start()):
        raise parsing.broken("a feed that declares entities")
    try:
        return feedparser.parse(io.BytesIO(_BLANK.sub(b"", body)))  # a stream: given bytes alone, it may open a file
    except Exception:  # noqa: BLE001 - whatever its parsers raise at malformed bytes, the feed cannot be read
        raise parsing.broken("the body is not a feed") from None


def _article(entry: dict[str, Any], outlet: Outlet, received_at: datetime) -> Article | None:
    """One entry; None for one without a title or an address."""
    title, url = articles.plain(entry.get("title"), articles.LONGEST_TITLE), _url(entry)
    if title is None or url is None:
        return None
    marks = [tag for tag in entry.get("tags", ()) if isinstance(tag.get("term"), str)]
    return Article(
        title=title,
        url=url,
        publisher=outlet.name,
        summary=articles.plain(entry.get("summary")),
        image=_image(entry),
        published_at=_moment(_time(entry, "published", "updated"), received_at),
        authors=_authors(entry, outlet.byline),
        categories=articles.words(tag["term"] for tag in marks if tag.get("scheme") != "tag"),
        tags=articles.words(tag["term"] for tag in marks if tag.get("scheme") == "tag"),
    )


def _url(entry: Mapping[str, Any]) -> str | None:
    """The guid where it is the page's clean address, else the link without its tracking."""
    link, guid = articles.canonical(entry.get("link")), entry.get("id")
    if entry.get("guidislink") and isinstance(guid, str) and "?" not in guid:
        return articles.canonical(guid) or link
    return link


def _image(entry: Mapping[str, Any]) -> str | None:
    """The picture given with the entry: as media, as a thumbnail or as an enclosure."""
    media = [one for one in entry.get("media_content", ()) if _is_picture(one.get("medium") or one.get("type"))]
    files = [one for one in entry.get("enclosures", ()) if _is_picture(one.get("type"))]
    named = [
        *(one.get("url") for one in (*media, *entry.get("media_thumbnail", ()))),
        *(one.get("href") for one in files),
    ]
    return next((address for name in named if (address := articles.image(name))), None)


def _is_picture(kind: object) -> bool:
    return isinstance(kind, str) and kind.startswith("image")


def _authors(entry: Mapping[str, Any], byline: str) -> tuple[str, ...]:
    named = [author.get("name") for author in entry.get("authors", ())]
    return tuple(name.removeprefix(byline) for name in articles.words(named))


def _time(row: dict[str, Any], *names: str) -> object:
    """The first of these times there is. Asked past feedparser's own ``get``, which takes one for another."""
    return next((found for name in names if (found := dict.get(row, f"{name}_parsed"))), None)


def _moment(parsed: object, received_at: datetime) -> datetime | None:
    """feedparser's time (UTC) as an aware one; None where there is none that can be."""
    try:
        moment = datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None  # type: ignore[arg-type]  # a struct_time
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return moment if moment is not None and parsing.EARLIEST <= moment <= received_at + AHEAD else None
