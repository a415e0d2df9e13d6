"""Read RSS 0.9x, 1.0 and 2.0 and Atom in linear time and bounded memory. Pure.

Expat reads the XML; of what it finds, only the elements that an article needs are kept, each cut to a length. A feed
that is not quite XML (HTML's entities, a bare "&", control characters, an undeclared prefix) is repaired once.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from providers.adapters.shared.parsing import broken

MAX_BYTES = 2 * 1024 * 1024
MAX_TAGS = 50_000
"""Enough for a hundred long articles with markup."""
MAX_DEPTH = 100
MAX_ENTRIES = 100
MAX_VALUES = 50
"""Authors, tags, links or pictures of one article."""

LONGEST = {"title": 8_000, "text": 40_000, "url": 2_000, "time": 100, "name": 300, "tag": 400}
"""Characters kept of an element, by kind; `plain_text` shows fewer."""

_PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://search.yahoo.com/mrss": "media:",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "http://www.w3.org/1999/xhtml": "xhtml:",
    "http://www.w3.org/2005/Atom": "",
    "http://purl.org/atom/ns#": "",
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://channel.netscape.com/rdf/simple/0.9/": "",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
}
_OTHER = "other:"

_FIELDS: Mapping[str, tuple[str, str]] = {
    "title": ("title", "title"),
    "link": ("link", "url"),
    "guid": ("guid", "url"),
    "id": ("guid", "url"),
    "description": ("description", "text"),
    "summary": ("description", "text"),
    "dc:description": ("dc:description", "text"),
    "content:encoded": ("content", "text"),
    "content": ("content", "text"),
    "pubDate": ("published", "time"),
    "published": ("published", "time"),
    "issued": ("published", "time"),
    "dcterms:issued": ("published", "time"),
    "updated": ("updated", "time"),
    "modified": ("updated", "time"),
    "lastBuildDate": ("updated", "time"),
    "dc:date": ("updated", "time"),
    "dcterms:modified": ("updated", "time"),
    "author": ("author", "name"),
    "dc:creator": ("author", "name"),
    "category": ("category", "tag"),
    "dc:subject": ("category", "tag"),
}
"""Elements with text: the field they become and the kind of it."""
_SKIPPED = frozenset({"image", "source", "textInput", "textinput", "cloud", "contributor"})
_ENTRIES = frozenset({"item", "entry"})
_ROOTS = frozenset({"rss", "rdf:RDF", "feed"})

_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_BARE = re.compile(r"&(?!(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ROOT = re.compile(r"<(?:[A-Za-z]{1,20}:)?(?:rss|feed|RDF)(?=[\s>])")
_DECLARED = re.compile(r"\A\s*<\?xml[^>]{0,200}\?>")
_ENCODING = re.compile(
    rb"""\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([\w.:-]{1,40})["']""", re.IGNORECASE
)
_ENCODINGS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "windows-1252"})
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_COMMON = {prefix: uri for uri, prefix in reversed(_PREFIXES.items()) if prefix}


@dataclass(slots=True)
class Entry:
    """Texts of an article or of the feed as they are written, markup included."""

    texts: dict[str, str] = field(default_factory=dict)
    authors: list[str] = field(default_factory=list)
    tags: list[tuple[str, str]] = field(default_factory=list)
    """Each with its scheme, "" if it names none."""
    images: list[tuple[int, str, str]] = field(default_factory=list)
    """Rank (media elements, thumbnails, enclosures), address, and medium or media type."""
    guid_is_link: bool = False


@dataclass(slots=True)
class FeedDocument:
    """A feed: what it says of itself, and its first MAX_ENTRIES articles."""

    about: Entry = field(default_factory=Entry)
    entries: list[Entry] = field(default_factory=list)


def read_feed(body: bytes) -> FeedDocument:
    """Read a feed.

    Raises:
        Failure: BROKEN if it is too large, incomplete, in an unusual encoding, or has a document type declaration.
    """
    if len(body) > MAX_BYTES:
        raise broken("the feed is too large")
    if body.count(b"<") > MAX_TAGS:
        raise broken("too many tags")
    named = _ENCODING.search(body[:1_000])
    encoding = named[1].decode().lower() if named else "utf-8"
    if encoding not in _ENCODINGS:
        raise broken("a feed in an unusual encoding")
    try:
        return _Reader().read(body.decode(encoding))
    except (UnicodeDecodeError, expat.ExpatError):
        pass  # repaired and read once more below, where a second error is raised
    try:
        return _Reader().read(_repaired(body.decode(encoding, "replace")))
    except expat.ExpatError:
        raise broken("the body is not a complete feed") from None


class _Reader:
    """Handlers of one parse. `_path` holds the names of open elements, `_open` the field whose text is being read."""

    def __init__(self) -> None:
        self.feed = FeedDocument()
        self._path: list[str] = []
        self._skipped_at = 0
        self._open: tuple[str, str, int, Mapping[str, str]] | None = None
        self._parts: list[str] = []
        self._left = 0

    def read(self, text: str) -> FeedDocument:
        parser = expat.ParserCreate("utf-8", " ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(_DECLARED.sub("", text).lstrip("\ufeff \t\r\n").encode("utf-8", "replace"), True)
        return self.feed

    def _doctype(self, *_: object) -> None:
        """Refuse a document type declaration: entities are declared there."""
        raise broken("a feed that declares entities")

    def _start(self, full_name: str, attributes: dict[str, str]) -> None:
        uri, _, local = full_name.rpartition(" ")
        name = local if not uri else _PREFIXES.get(uri, _OTHER) + local
        self._path.append(name)
        if len(self._path) > MAX_DEPTH:
            raise broken("elements nested too deeply")
        if len(self._path) == 1 and name not in _ROOTS:
            raise broken("the body is not a feed")
        if self._skipped_at:
            return
        if self._open is not None:
            self._nested(name)
        elif name in _SKIPPED:
            self._skipped_at = len(self._path)
        elif name in _ENTRIES:
            self._begin_entry()
        else:
            self._begin_field(name, attributes)

    def _begin_entry(self) -> None:
        if len(self.feed.entries) >= MAX_ENTRIES:
            self._skipped_at = len(self._path)
        else:
            self.feed.entries.append(Entry())

    def _begin_field(self, name: str, attributes: dict[str, str]) -> None:
        entry = self._entry()
        if name in {"media:content", "media:thumbnail", "enclosure"} or (name == "link" and "href" in attributes):
            _add_link(entry, name, attributes)
        elif name in _FIELDS:
            to, kind = _FIELDS[name]
            self._open = (to, kind, len(self._path), attributes)
            self._parts, self._left = [], LONGEST[kind]

    def _nested(self, name: str) -> None:
        """Keep markup inside a text as markup; of an Atom author only the name counts."""
        if self._open is not None and self._open[0] == "author":
            if name == "name":
                self._parts.clear()
            else:
                self._skipped_at = len(self._path)
        else:
            self._text(f"<{name.removeprefix('xhtml:')}>")

    def _characters(self, text: str) -> None:
        nested = self._open is not None and len(self._path) > self._open[2] and self._open[0] != "author"
        self._text(html.escape(text, quote=False) if nested else text)

    def _text(self, text: str) -> None:
        if self._open is not None and not self._skipped_at and self._left > 0:
            self._parts.append(text[: self._left])
            self._left -= len(text)

    def _end(self, full_name: str) -> None:
        depth, name = len(self._path), self._path.pop()
        if self._skipped_at:
            self._skipped_at = 0 if depth == self._skipped_at else self._skipped_at
        elif self._open is not None and depth > self._open[2]:
            if self._open[0] != "author":
                self._text(f"</{name.removeprefix('xhtml:')}>")
        elif self._open is not None:
            to, kind, _, attributes = self._open
            self._open = None
            _add_text(self._entry(), to, "".join(self._parts).strip(), attributes, cut=self._left < 0 and kind == "url")

    def _entry(self) -> Entry:
        inside = any(name in _ENTRIES for name in self._path)
        return self.feed.entries[-1] if inside else self.feed.about


def _add_text(entry: Entry, to: str, text: str, attributes: Mapping[str, str], *, cut: bool) -> None:
    """Keep the text of an element; the first of several that is not empty. A URL that was cut is none."""
    if to == "category":
        text, scheme = (
            attributes.get("term", text)[: LONGEST["tag"]],
            attributes.get("scheme", attributes.get("domain", "")),
        )
        if text and len(entry.tags) < MAX_VALUES:
            entry.tags.append((attributes.get("label", text)[: LONGEST["tag"]] or text, scheme))
    elif not text or cut:
        return
    elif to == "author":
        if len(entry.authors) < MAX_VALUES:
            entry.authors.append(text)
    elif to not in entry.texts:
        entry.texts[to] = text
        if to == "guid":
            entry.guid_is_link = attributes.get("isPermaLink", "true").strip().lower() == "true"


def _add_link(entry: Entry, name: str, attributes: Mapping[str, str]) -> None:
    """Keep the address in an element's attributes: of the page, or of a picture."""
    address, kind = attributes.get("url") or attributes.get("href") or "", attributes.get("type", "")
    if not address or len(address) > LONGEST["url"] or len(entry.images) >= MAX_VALUES:
        return
    relation = attributes.get("rel", "alternate")
    if name == "link" and relation == "alternate":
        entry.texts.setdefault("link", address)
    elif name == "media:thumbnail":
        entry.images.append((1, address, "image"))
    elif name != "link" or relation == "enclosure":
        entry.images.append((0 if name == "media:content" else 2, address, attributes.get("medium", kind)))


def _repaired(text: str) -> str:
    """Return the text with what feeds get wrong most often put right."""
    text = _ENTITY.sub(_character, _BARE.sub("&amp;", _CONTROL.sub("", text)))
    root = _ROOT.search(text[:20_000])
    if root is None:
        return text
    head = text[:20_000]
    declarations = ((f"xmlns:{prefix[:-1]}=", uri) for prefix, uri in _COMMON.items())
    missing = "".join(f' {name}"{uri}"' for name, uri in declarations if name not in head)
    return text[: root.end()] + missing + text[root.end() :]


def _character(entity: re.Match[str]) -> str:
    if entity[1] in _XML_ENTITIES:
        return entity[0]
    found = html.unescape(entity[0])
    return found if found != entity[0] else f"&amp;{entity[1]};"
