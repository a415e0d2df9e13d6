"""CoinMarketCap's lists: the map of every coin, details without figures, categories. Its envelope is passed in."""

from __future__ import annotations

from typing import Any

from providers.sandbox.coins import Coin
from providers.sandbox.fakes.listed import KINDS, cap_change, contract, kind_of, of_kind, whole_market
from providers.sandbox.fakes.spelling import iso
from providers.sandbox.levels import unit
from providers.sandbox.view import Pair, View

ETHEREUM = {"id": 1027, "name": "Ethereum", "symbol": "ETH", "slug": "ethereum"}


def every(view: View) -> list[dict[str, Any]]:
    """Map of every coin."""
    return [_mapped(name, pair.coin) for name, pair in view.names.items()]


def _mapped(name: str, coin: Coin) -> dict[str, Any]:
    platform = ETHEREUM | {"token_address": contract(coin)} if contract(coin) else None
    named = {"id": int(name), "rank": coin.rank, "name": coin.name, "symbol": coin.symbol, "slug": coin.slug}
    return {**named, "is_active": 1, "platform": platform}


def info(name: str, view: View) -> dict[str, Any]:
    """Metadata of one coin."""
    coin = view.names[name].coin
    return {
        "id": int(name),
        "name": coin.name,
        "symbol": coin.symbol,
        "slug": coin.slug,
        "category": "token" if contract(coin) else "coin",
        "logo": f"https://s2.coinmarketcap.com/static/img/coins/64x64/{name}.png",
        "description": f"{coin.name} ({coin.symbol}) is a cryptocurrency.",
        "tag-names": [kind_of(coin)],
        "urls": {
            "website": [f"https://{coin.slug}.example/"],
            "explorer": [f"https://explorer.example/{coin.slug}"],
            "twitter": [f"https://twitter.com/{coin.slug}"],
            "chat": ["https://discord.gg/x", f"https://t.me/{coin.slug}"],
        },
    }


def whole_market_of(view: View) -> dict[str, Any]:
    """Figures of the whole market."""
    market = whole_market(view)
    quoted = {
        "total_market_cap": market.cap,
        "total_volume_24h": market.volume,
        "total_market_cap_yesterday_percentage_change": cap_change(view),
        "last_updated": iso(view.now),
    }
    return {
        "active_cryptocurrencies": len(view.names),
        "btc_dominance": market.shares.get("bitcoin", 0.0),
        "eth_dominance": market.shares.get("ethereum", 0.0),
        "quote": {"USD": quoted},
        "last_updated": iso(view.now),
    }


def categories(view: View) -> list[dict[str, Any]]:
    """Every category with its figures."""
    coins = [pair.coin for pair in view.names.values()]
    return [_category(kind, of_kind(coins, kind), view) for kind in KINDS]


def _category(kind: str, coins: list[Coin], view: View) -> dict[str, Any]:
    change = round(8 * unit(kind, int(view.at // 3600)) - 4, 6)
    return {
        "id": f"6051a8{int(unit(kind, 'id') * 16**12):012x}",
        "name": kind,
        "title": kind,
        "num_tokens": len(coins),
        "avg_price_change": change,
        "market_cap": sum(view.price(Pair(coin, "USD")) * coin.supply for coin in coins),
        "market_cap_change": change,
        "volume": sum(view.volume(Pair(coin, "USD")) for coin in coins),
        "volume_change": -12.5,
        "last_updated": iso(view.now),
    }
