"""CoinPaprika's lists: search, details without figures, exchanges, every coin."""

from __future__ import annotations

from typing import Any

from providers.sandbox.fakes.base import as_json, routes
from providers.sandbox.fakes.listed import cap_change, contract, kind_of, matching, traded_btc, whole_market
from providers.sandbox.fakes.spelling import iso
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.view import SHARES, View


def search(call: Call, view: View) -> Reply:
    """Answer ``/v1/search``."""
    found = [_coin(name, view) for name in matching(view, call.query.get("q", "\n"))]
    return as_json({"currencies": found, "exchanges": [], "icos": [], "people": [], "tags": []})


def _coin(name: str, view: View) -> dict[str, Any]:
    coin = view.names[name].coin
    kind = "token" if contract(coin) else "coin"
    named = {"id": name, "name": coin.name, "symbol": coin.symbol, "rank": coin.rank}
    return {**named, "is_new": False, "is_active": True, "type": kind}


def coins(call: Call, view: View) -> Reply:
    """Answer ``/v1/coins``."""
    return as_json([_coin(name, view) for name in view.names])


def details(call: Call, view: View, name: str) -> Reply:
    """Answer ``/v1/coins/*``."""
    if name not in view.names:
        return as_json({"error": "id not found"}, 404)
    coin = view.names[name].coin
    site = f"https://{coin.slug}.example"
    more = {
        "logo": f"https://static.coinpaprika.com/coin/{name}/logo.png",
        "tags": [{"id": kind_of(coin).lower(), "name": kind_of(coin), "coin_counter": 10, "ico_counter": 0}],
        "description": f"{coin.name} is a digital asset.",
        "links": {"explorer": [f"https://explorer.example/{coin.slug}"], "website": [f"{site}/"]},
        "links_extended": [{"url": f"https://twitter.com/{coin.slug}", "type": "twitter", "stats": {"followers": 1}}],
        "last_data_at": iso(view.now, 0),
    }
    return as_json({**_coin(name, view), **more})


def exchanges(call: Call, view: View) -> Reply:
    """Answer ``/v1/exchanges``."""
    ranked = sorted(SHARES, key=lambda venue: SHARES[venue], reverse=True)
    return as_json([_exchange(venue, rank, view) for rank, venue in enumerate(ranked, 1)])


def _exchange(venue: str, rank: int, view: View) -> dict[str, Any]:
    traded = traded_btc(view, venue)
    return {
        "id": venue,
        "name": venue.title(),
        "active": True,
        "website_status": True,
        "links": {"website": [f"https://www.{venue}.example/"]},
        "adjusted_rank": rank,
        "reported_rank": rank,
        "quotes": {"BTC": {"reported_volume_24h": traded, "adjusted_volume_24h": round(traded * 0.8, 6)}},
        "last_updated": iso(view.now, 0),
    }


def whole_market_of(call: Call, view: View) -> Reply:
    """Answer ``/v1/global``."""
    market = whole_market(view)
    return as_json(
        {
            "market_cap_usd": int(market.cap),
            "volume_24h_usd": int(market.volume),
            "bitcoin_dominance_percentage": round(market.shares.get("bitcoin", 0.0), 2),
            "cryptocurrencies_number": len(view.names),
            "market_cap_change_24h": cap_change(view),
            "last_updated": int(view.now),
        }
    )


ROUTES = routes(
    (r"/v1/global", whole_market_of),
    (r"/v1/search", search),
    (r"/v1/coins", coins),
    (r"/v1/coins/([^/]+)", details),
    (r"/v1/exchanges", exchanges),
)
