"""Definitions for tests of the generic adapter, over small payloads of a made-up exchange."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from providers.adapters.generic import adapter
from providers.adapters.generic.definitions import DefinitionConf, RequestFormatConf
from providers.domain.adapter import Handler, Lookup, Request
from providers.domain.categories import Category
from providers.domain.outcomes import Failure, Outcome
from tests import tidemark
from tests.providers.adapters.mutations import checked
from tests.providers.adapters.support import respond

REQUEST_FORMAT = RequestFormatConf(**tidemark.REQUEST_FORMAT)
PRICE, CANDLES, BOOK = (DefinitionConf(**definition) for definition in tidemark.DEFINITIONS)
NEWS = DefinitionConf(
    "NEWS", "/news", rows="items", title="head", url="link", summary="text", time="at", time_unit="iso", tags="about"
)

PRICED = {
    "ok": True,
    "served_ms": "1795436400250",
    "pair": "BTC-USDT",
    "trade": {"last": "83310.90"},
    "day": {"moved_percent": "1.2400", "turnover": {"coin": "100.5", "money": "8372745.45"}},
}
HOUR_MS = 3_600_000
NEWEST_MS = 1_795_435_200_000
"""The opening of the hour in which ``support.NOW`` lies."""


def candle(opens_ms: int, **prices: str) -> dict[str, Any]:
    result = {"first": "100.1", "top": "101.0", "bottom": "99.50", "final": "100.7", **prices}
    return {"from": str(opens_ms), "price": result, "traded": {"coin": "12.5", "money": "1256.0"}}


BARS = {"ok": True, "bars": {"newest_first": [candle(NEWEST_MS - n * HOUR_MS) for n in range(3)]}}
LADDER = {
    "ok": True,
    "served_ms": "1795436400250",
    "ladder": {
        "buy": [{"at": "100.1", "size": "2.50"}, {"at": "100.2", "size": "1"}],
        "sell": [{"at": "100.4", "size": "0"}, {"at": "100.5", "size": "7"}, {"at": "100.3", "size": "3"}],
    },
}
ITEMS = {
    "items": [
        {
            "head": "A <b>title</b>",
            "link": "https://example.org/a?utm_source=x",
            "text": "Some text",
            "at": "2026-11-23T12:00:00Z",
            "about": ["BTC", "markets"],
        },
        {"head": "", "link": "https://example.org/b", "text": None, "at": None, "about": "ETH"},
    ]
}


def handler(
    definition: DefinitionConf,
    request_format: RequestFormatConf = REQUEST_FORMAT,
    category: Category | None = None,
    **changes: Any,
) -> Handler[Any, Any]:
    """The handler a definition makes, some of its fields changed."""
    changed = replace(definition, **changes)
    return adapter.build_handlers("tidemark", "Tidemark", request_format, changed)[
        category or Category(changed.category)
    ]


def read(of: Handler[Any, Any], body: Any, *lookups: Lookup[Any], status: int = 200) -> dict[Any, Any]:
    """What it makes of a body: of bytes, or of a value as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return of.parse(list(lookups), respond(content, status))


def refused(of: Handler[Any, Any], body: Any, *lookups: Lookup[Any], status: int = 200) -> Outcome:
    with pytest.raises(Failure) as caught:
        read(of, body, *lookups, status=status)
    return checked(caught.value)


def requested(of: Handler[Any, Any], *lookups: Lookup[Any]) -> Request:
    return of.request(list(lookups))
