"""An upstream's answer as an operator can take it in: indented, long lists and texts cut, no key in it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

from providers.adapters.shared import parsing
from providers.domain.outcomes import Failure

MOST_ITEMS = 3
MOST_FIELDS = 60
MOST_LINES = 120
LONGEST_TEXT = 160
LONGEST_BODY = 4_000
DEEPEST = 12
HIDDEN = "•••"


def outline(body: bytes, key: str = "") -> str:
    """JSON with its first items and its structure; anything else as the beginning of its text."""
    try:
        lines = list(_lines(parsing.decode(body), key))
    except Failure:
        text = without(body.decode("utf-8", "replace"), key)
        return text if len(text) <= LONGEST_BODY else f"{text[:LONGEST_BODY]} …"
    more = len(lines) - MOST_LINES
    return "\n".join(lines if more <= 0 else [*lines[:MOST_LINES], f"… {more} lines more"])


def _lines(value: object, key: str, indent: str = "", lead: str = "") -> Iterator[str]:
    if not isinstance(value, dict | list) or not value or len(indent) > 2 * DEEPEST:
        yield f"{indent}{lead}{_leaf(value, key)}"
        return
    inner = indent + "  "
    yield f"{indent}{lead}{'{' if isinstance(value, dict) else '['}"
    if isinstance(value, dict):
        for name in list(value)[:MOST_FIELDS]:
            yield from _lines(value[name], key, inner, f"{_leaf(name, key)}: ")
        yield from _rest(inner, len(value) - MOST_FIELDS)
    else:
        for item in value[:MOST_ITEMS]:
            yield from _lines(item, key, inner)
        yield from _rest(inner, len(value) - MOST_ITEMS)
    yield f"{indent}{'}' if isinstance(value, dict) else ']'}"


def _rest(indent: str, more: int) -> Iterator[str]:
    if more > 0:
        yield f"{indent}… {more} more"


def _leaf(value: object, key: str) -> str:
    """A number as it was written; a text as JSON, so that one is told from the other."""
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) and value else "[…]" if value else json.dumps(value)
    if not isinstance(value, str):
        return json.dumps(value)
    shown = short(value, key)
    return shown if isinstance(value, parsing.Numeral) else json.dumps(shown, ensure_ascii=False)


def short(text: str, key: str = "") -> str:
    """A text without the key, no longer than fits a line."""
    shown = without(text, key)
    return shown if len(shown) <= LONGEST_TEXT else f"{shown[:LONGEST_TEXT]}…"


def without(text: str, key: str) -> str:
    """The text with the key taken out, however it is spelled in it."""
    for spelled in {key, quote(key, safe=""), json.dumps(key)[1:-1], key.replace("/", "\\/")} - {""}:
        text = text.replace(spelled, HIDDEN)
    return text
