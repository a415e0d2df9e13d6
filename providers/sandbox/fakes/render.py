"""Fake of Render's crypto-dt-source.

It passes on CoinGecko's prices, Binance's candles, outlets' feeds and alternative.me's index inside {success, data}, in
rows of its own. Parameters it does not know are ignored, among them ``ids``, ``vs_currencies`` and ``interval``.
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
from providers.sandbox.fakes import alternative_me, binance, outlets
from providers.sandbox.fakes.base import Fake, as_json, dispatch, ids, refuser, routes, whole_number
from providers.sandbox.fakes.spelling import iso
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.view import Pair, View

CARRIED = ("coindesk", "cointelegraph", "bitcoinmagazine", "decrypt", "theblock")
"""The outlets whose feeds it reads."""
SYMBOLS = frozenset("BTC ETH BNB SOL XRP ADA DOGE DOT AVAX LINK LTC UNI ATOM TRX XLM BCH NEAR AAVE SHIB".split())
"""The symbols it knows by name."""
MOST_COINS = 250


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """List the coins by the provider's own names."""
    return ids(coins, "render")


def price(call: Call, view: View) -> Reply:
    """Answer ``/api/v1/coingecko/price``: the coins of ``symbols``, else the largest."""
    if call.query.get("symbols"):
        rows = [_named(symbol.strip(), view) for symbol in call.query["symbols"].split(",")]
        return passed_on([row for row in rows if row is not None], view, "coingecko")
    by_rank = sorted(view.names.items(), key=lambda named: named[1].coin.rank)
    count = min(MOST_COINS, whole_number(call, "limit", 100))
    return passed_on([_listed(name, pair.coin, view) for name, pair in by_rank[:count]], view, "coingecko")


def _named(symbol: str, view: View) -> dict[str, Any] | None:
    """Return a row by symbol; one that is not among SYMBOLS is taken as a lower-cased id of CoinGecko's."""
    known = next((name for name, pair in view.names.items() if pair.coin.symbol == symbol.upper() in SYMBOLS), None)
    name = known or symbol.lower()
    if name not in view.names:
        return None
    pair = Pair(view.names[name].coin, "USD")
    return {"symbol": symbol.upper(), "name": pair.coin.name, **_figures(pair, view), "source": "coingecko",
            "timestamp": int(view.now * 1000)}  # fmt: skip


def _listed(name: str, coin: Coin, view: View) -> dict[str, Any]:
    pair = Pair(coin, "USD")
    figures = _figures(pair, view)
    return {
        "id": name,
        "symbol": coin.symbol,
        "name": coin.name,
        **figures,
        "change24h": figures["price"] - view.price(pair, ago=86_400),
        "market_cap_rank": coin.rank,
        "circulating_supply": coin.supply,
        "total_supply": coin.supply,
        "max_supply": 0,
        "source": "coingecko",
        "timestamp": int(view.now * 1000),
    }


def _figures(pair: Pair, view: View) -> dict[str, Any]:
    now, change = view.price(pair), view.change(pair) * 100
    return {
        "price": now,
        "change24h": change,
        "changePercent24h": change,
        "volume24h": view.volume(pair),
        "marketCap": now * pair.coin.supply,
    }


def klines(call: Call, view: View) -> Reply:
    """Answer ``/api/v1/binance/klines``: Binance's candles as objects of numbers; an unknown ``timeframe`` means 1h."""
    at_binance = replace(view, venue="binance", names=binance.listing([pair.coin for pair in view.names.values()]))
    frame = call.query.get("timeframe", "")
    query = {"symbol": call.query.get("symbol", ""), "interval": frame if frame in binance.KLINES else "1h",
             "limit": call.query.get("limit", "100")}  # fmt: skip
    theirs = binance.answer(replace(call, path="/api/v3/klines", query=query), at_binance)
    if theirs.status != 200:
        return as_json({"detail": "Binance API error"}, 503)
    names = ("open", "high", "low", "close", "volume")
    rows = [
        {"timestamp": row[0], **{name: float(figure) for name, figure in zip(names, row[1:6], strict=True)}}
        for row in json.loads(theirs.body)
    ]
    return passed_on(rows, view, "binance")


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
        "feed_url": f"https://{slug}.com/rss",
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
