"""Clean the text and URLs of news items: no markup, no tracking parameters, http(s) only."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

import nh3

from providers.adapters.shared.parsing import Numeral
from providers.adapters.shared.quoting import distinct

LONGEST_TEXT = 2_000
LONGEST_TITLE = 400
LONGEST_URL = 2_000
MOST_MARKUP = 1_000
"""A text is read up to so many "<": the time to clean nested elements grows with the square of their depth."""
MOST_TAGS = 40

_TRACKING = re.compile(
    r"utm_.*|mc_[ce]id|fbclid|gclid|dclid|msclkid|igshid|yclid|_hs\w+|hsctatracking|ref|ref_src|cmpid|ncid|rss|feed",
    re.IGNORECASE,
)
_BREAKS = re.compile(r"<(?:br|/?p|/?div|/?li|/?h[1-6]|/?tr|/?blockquote)\b[^<>]*>", re.IGNORECASE)
_BOILERPLATE = re.compile(
    r" ?The post\b.{0,600}?\bappeared first on\b.*\Z| ?submitted by /u/[\w-]{1,40} \[link\] \[comments\]\Z", re.DOTALL
)
"""Closing lines that WordPress and Reddit append to every entry."""
_LITERAL = re.compile(
    r"<(?!/?(?:a|abbr|article|b|big|blockquote|br|center|cite|code|del|div|em|figcaption|figure|font|footer|h[1-6]|head|header"
    r"|hr|html|body|i|iframe|img|ins|li|link|mark|meta|noscript|object|ol|p|picture|pre|q|s|script|section|small|source|span"
    r"|strike|strong|style|sub|sup|svg|table|tbody|td|th|thead|time|tr|u|ul|video)(?:\s[^<>]*)?/?>|!--)",
    re.IGNORECASE,
)
"""A "<" that begins neither an HTML tag nor a comment: part of the text, as in "ETH<BTC"."""
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def plain_text(text: object, longest: int = LONGEST_TEXT) -> str | None:
    """Return text without markup, invisible characters and closing lines, cut at a word; None if nothing is left.

    A JSON number is not text: None.
    """
    if not isinstance(text, str) or isinstance(text, Numeral) or not text:
        return None
    head = "<".join(text[: 20 * longest].split("<", MOST_MARKUP)[:MOST_MARKUP])
    spaced = _BREAKS.sub(lambda tag: f" {tag[0]} ", _INVISIBLE.sub(" ", head))
    bare = html.unescape(nh3.clean(_LITERAL.sub("&lt;", spaced), tags=set(), attributes={}))
    bare = _BOILERPLATE.sub("", " ".join(_INVISIBLE.sub(" ", bare).split()))
    return _cut(bare, longest) or None


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest].rpartition(" ")[0] + " …"


def canonical_url(address: object) -> str | None:
    """Return an http(s) URL without fragment, tracking parameters and default port; None for anything else."""
    parts = _split(address)
    if parts is None:
        return None
    query = [(name, value) for name, value in parse_qsl(parts.query, True) if not _TRACKING.fullmatch(name)]
    return parts._replace(
        scheme=parts.scheme.lower(), netloc=_netloc(parts), query=urlencode(query), fragment=""
    ).geturl()


def image_url(address: object) -> str | None:
    """Return an http(s) URL unchanged; None for anything else."""
    return str(address).strip() if _split(address) is not None else None


def page_key(address: str) -> str:
    """Return a key that is equal for two URLs of one page: scheme, "www." and a trailing slash do not count."""
    parts = urlsplit(address)
    host = parts.netloc.removeprefix("www.")
    return f"{host}{parts.path.rstrip('/')}" + (f"?{parts.query}" if parts.query else "")


def tags(values: Iterable[object]) -> tuple[str, ...]:
    """Return tags or sections as plain text, each once, at most MOST_TAGS."""
    texts = (plain_text(value, 80) for value in values)
    return distinct(text for text in texts if text)[:MOST_TAGS]


def _split(address: object) -> SplitResult | None:
    """Return the parts of an http(s) URL with a plain host and no credentials, None for anything else."""
    text = address.strip() if isinstance(address, str) else ""
    if not text or len(text) > LONGEST_URL or _INVISIBLE.search(text) or " " in text:
        return None
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises ValueError for an invalid port
    except ValueError:
        return None
    host = (parts.hostname or "").lower()
    plain_host = _HOST.fullmatch(host) is not None and "@" not in parts.netloc
    return parts if parts.scheme.lower() in _DEFAULT_PORTS and plain_host else None


def _netloc(parts: SplitResult) -> str:
    host, port = (parts.hostname or "").lower(), parts.port
    return host if port in (None, _DEFAULT_PORTS[parts.scheme.lower()]) else f"{host}:{port}"
