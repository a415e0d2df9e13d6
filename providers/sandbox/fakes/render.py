"""Fake of Render's crypto-dt-source.

It passes on CoinGecko's prices, Binance's candles, outlets' feeds and alternative.me's index inside {success, data}.
"""

from __future__ import annotations

import calendar
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import feedparser

from providers.sandbox.coins import Coin
from providers.sandbox.fakes import alternative_me, binance, coingecko, outlets
from providers.sandbox.fakes.base import Fake, as_json, dispatch, ids, refuser, routes, whole_number
from providers.sandbox.fakes.spelling import iso
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.view import Pair, View

CARRIED = ("coindesk", "cointelegraph", "bitcoinmagazine", "decrypt", "theblock")
"""The outlets whose feeds it reads."""


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """List the coins by the provider's own names."""
    return ids(coins, "render")


def price(call: Call, view: View) -> Reply:
    """Answer ``/api/v1/coingecko/price``."""
    passed_on = replace(call, query={"vs_currencies": "usd", **call.query, "precision": "full"})
    return enveloped(coingecko.simple_price(passed_on, view), view, "coingecko")


def klines(call: Call, view: View) -> Reply:
    """Binance's own, by Binance's pairs."""
    at_binance = replace(view, venue="binance", names=binance.listing([pair.coin for pair in view.names.values()]))
    return enveloped(binance.answer(replace(call, path="/api/v3/klines"), at_binance), view, "binance")


def enveloped(theirs: Reply, view: View, source: str) -> Reply:
    """Another's answer passed on as it is."""
    if theirs.status != 200:
        return as_json({"success": False, "error": "upstream error"}, 502)
    return passed_on(json.loads(theirs.body), view, source)


def passed_on(data: Any, view: View, source: str) -> Reply:
    """Answer with data passed on from another source."""
    return as_json({"success": True, "data": data, "source": source, "timestamp": iso(view.now, 6).rstrip("Z")})


def feed(call: Call, view: View) -> Reply:
    """An outlet's feed, read and cut as Render does."""
    outlet = next((each for each in outlets.OUTLETS if each.slug == call.query.get("feed_name") in CARRIED), None)
    if outlet is None:
        return as_json({"detail": "Unknown feed"}, 400)
    read = feedparser.parse(io.BytesIO(outlet.feed(view).body))
    rows = [_entry(entry, outlet.slug) for entry in read.entries[: whole_number(call, "limit", 20)]]
    return passed_on(rows, view, "rss")


def _entry(entry: Any, slug: str) -> dict[str, Any]:
    return {
        "title": entry.get("title", ""),
        "link": entry.get("link", ""),
        "summary": entry.get("summary", "")[:500],
        "author": entry.get("author", ""),
        "published": calendar.timegm(entry.published_parsed),
        "source": slug,
    }


def fear_greed(call: Call, view: View) -> Reply:
    """alternative.me's days with numbers for its texts."""
    days = json.loads(alternative_me.fng(call, view).body)["data"]
    numbers = [{**day, "value": int(day["value"]), "timestamp": int(day["timestamp"])} for day in days]
    return passed_on([{**day, "source": "alternative.me"} for day in numbers], view, "alternative.me")


ROUTES = routes(
    (r"/api/v1/coingecko/price/?", price),
    (r"/api/v1/binance/klines/?", klines),
    (r"/api/v1/rss/feed/?", feed),
    (r"/api/v1/alternative/fng/?", fear_greed),
)
BODIES = {
    429: {"detail": "Rate limit exceeded"},
    500: {"detail": "Internal Server Error"},
    503: {"detail": "Service unavailable"},
}
refuse = refuser(BODIES)


def answer(call: Call, view: View) -> Reply:
    """Answer a call as the provider does."""
    return dispatch(ROUTES, call, view) or as_json({"detail": "Not Found"}, 404)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    reason = "rate limit exceeded" if kind == "rate_limited" else "upstream unavailable"
    return as_json({"success": False, "error": reason})


FAKE = Fake(listing, answer, refuse, mistake, limit=60, lineage="coingecko", refresh=5.0)
