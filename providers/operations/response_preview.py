"""Readable previews of upstream responses: indented, long lists and texts cut, API keys removed. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

from providers.adapters.shared import parsing
from providers.domain.outcomes import Failure

MAX_ITEMS = 3
MAX_FIELDS = 60
MAX_LINES = 120
MAX_TEXT = 160
MAX_BODY = 4_000
MAX_DEPTH = 12
HIDDEN = "•••"


def preview(body: bytes, key: str = "") -> str:
    """Return JSON as its structure with the first items; anything else as the beginning of its text."""
    try:
        lines = list(_lines(parsing.decode(body), key))
    except Failure:
        text = redact(body.decode("utf-8", "replace"), key)
        return text if len(text) <= MAX_BODY else f"{text[:MAX_BODY]} …"
    more = len(lines) - MAX_LINES
    return "\n".join(lines if more <= 0 else [*lines[:MAX_LINES], f"… {more} lines more"])


def _lines(value: object, key: str, indent: str = "", lead: str = "") -> Iterator[str]:
    if not isinstance(value, dict | list) or not value or len(indent) > 2 * MAX_DEPTH:
        yield f"{indent}{lead}{_scalar(value, key)}"
        return
    inner = indent + "  "
    yield f"{indent}{lead}{'{' if isinstance(value, dict) else '['}"
    if isinstance(value, dict):
        for name in list(value)[:MAX_FIELDS]:
            yield from _lines(value[name], key, inner, f"{_scalar(name, key)}: ")
        yield from _omitted(inner, len(value) - MAX_FIELDS)
    else:
        for item in value[:MAX_ITEMS]:
            yield from _lines(item, key, inner)
        yield from _omitted(inner, len(value) - MAX_ITEMS)
    yield f"{indent}{'}' if isinstance(value, dict) else ']'}"


def _omitted(indent: str, more: int) -> Iterator[str]:
    if more > 0:
        yield f"{indent}… {more} more"


def _scalar(value: object, key: str) -> str:
    """Return a number as it was written and a text in JSON quotes."""
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) and value else "[…]" if value else json.dumps(value)
    if not isinstance(value, str):
        return json.dumps(value)
    shown = shorten(value, key)
    return shown if isinstance(value, parsing.Numeral) else json.dumps(shown, ensure_ascii=False)


def shorten(text: str, key: str = "") -> str:
    """Return a text without the key, cut to ``MAX_TEXT`` characters."""
    shown = redact(text, key)
    return shown if len(shown) <= MAX_TEXT else f"{shown[:MAX_TEXT]}…"


def redact(text: str, key: str) -> str:
    """Return the text with the key replaced, in every usual encoding of it."""
    for spelled in {key, quote(key, safe=""), json.dumps(key)[1:-1], key.replace("/", "\\/")} - {""}:
        text = text.replace(spelled, HIDDEN)
    return text
