"""CoinGecko's lists: search, details, exchanges, categories, every coin."""

from __future__ import annotations

from typing import Any

from providers.sandbox.coins import Coin
from providers.sandbox.fakes.base import as_json, routes
from providers.sandbox.fakes.listed import (
    COUNTRIES,
    KINDS,
    cap_change,
    contract,
    kind_of,
    matching,
    of_kind,
    traded_btc,
    whole_market,
)
from providers.sandbox.fakes.spelling import iso, whole
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.levels import unit
from providers.sandbox.market import DAY
from providers.sandbox.view import SHARES, Pair, View

IMAGES = "https://coin-images.coingecko.com/coins/images"


def picture(coin: Coin, size: str = "large") -> str:
    """URL of a coin's picture."""
    return f"{IMAGES}/{coin.rank}/{size}/{coin.slug}.png"


def search(call: Call, view: View) -> Reply:
    """Symbols in capitals, no prices."""
    text = call.query.get("query", "")
    found = [view.names[name].coin for name in matching(view, text)] if text else []
    return as_json({"coins": [_hit(coin) for coin in found], "exchanges": [], "icos": [], "categories": [], "nfts": []})


def _hit(coin: Coin) -> dict[str, Any]:
    named = {"id": coin.slug, "name": coin.name, "api_symbol": coin.slug, "symbol": coin.symbol}
    return {**named, "market_cap_rank": coin.rank, "thumb": picture(coin, "thumb"), "large": picture(coin)}


def details(call: Call, view: View, name: str) -> Reply:
    """Answer ``/api/v3/coins/*``."""
    if name not in view.names:
        return as_json({"error": "coin not found"}, 404)
    coin = view.names[name].coin
    return as_json(
        {
            "id": name,
            "symbol": coin.symbol.lower(),
            "name": coin.name,
            "asset_platform_id": "ethereum" if contract(coin) else None,
            "platforms": {"ethereum": contract(coin)} if contract(coin) else {"": ""},
            "categories": [kind_of(coin)],
            "description": {"en": f'{coin.name} is <a href="https://www.coingecko.com">listed</a>.\r\n\r\nIt trades.'},
            "links": {
                "homepage": [f"https://{name}.example/", "", ""],
                "blockchain_site": [f"https://explorer.example/{name}", ""],
                "twitter_screen_name": name,
                "telegram_channel_identifier": "",
            },
            "image": {size: picture(coin, size) for size in ("thumb", "small", "large")},
            "sentiment_votes_up_percentage": _votes(view, coin),
            "sentiment_votes_down_percentage": 100 - _votes(view, coin),
            "market_cap_rank": coin.rank,
            "market_data": market_data(coin, view),
            "community_data": _community(coin),
            "last_updated": iso(view.now),
        }
    )


def _votes(view: View, coin: Coin) -> float:
    return round(30 + 60 * unit(view.market.seed, coin.slug, "votes", int(view.at // DAY)), 2)


def _community(coin: Coin) -> dict[str, Any]:
    return {
        "facebook_likes": None,
        "reddit_average_posts_48h": 6.9,
        "reddit_average_comments_48h": 210.3,
        "reddit_subscribers": int(1e6 * unit(coin.slug, "reddit")),
        "reddit_accounts_active_48h": int(1e4 * unit(coin.slug, "active")),
        "telegram_channel_user_count": None,
    }


def market_data(coin: Coin, view: View) -> dict[str, Any]:
    """Amounts are maps by currency, supplies and percentages plain numbers."""
    pairs = {currency: Pair(coin, currency.upper()) for currency in ("usd", "eur", "btc")}
    prices = {currency: view.price(pair) for currency, pair in pairs.items()}
    day = view.day(pairs["usd"])
    change = view.change(pairs["usd"]) * 100
    return {
        "current_price": prices,
        "ath": {"usd": coin.level * 2},
        "atl": {"usd": coin.level / 100},
        "market_cap": {currency: whole(price * coin.supply) for currency, price in prices.items()},
        "total_volume": {"usd": whole(day.volume)},
        "high_24h": {"usd": day.high},
        "low_24h": {"usd": day.low},
        "price_change_24h": day.last - day.open,
        "price_change_percentage_24h": round(change, 5),
        "price_change_percentage_7d": round(_since(view, pairs["usd"], 7 * DAY), 5),
        "price_change_percentage_30d": round(_since(view, pairs["usd"], 30 * DAY), 5),
        "total_supply": coin.supply,
        "max_supply": 21_000_000.0 if coin.slug == "bitcoin" else None,
        "circulating_supply": coin.supply,
        "last_updated": iso(view.now),
    }


def _since(view: View, pair: Pair, ago: float) -> float:
    before = view.price(pair, ago)
    return (view.price(pair) / before - 1) * 100 if before else 0.0


def exchanges(call: Call, view: View) -> Reply:
    """Answer ``/api/v3/exchanges``."""
    ranked = sorted(SHARES, key=lambda venue: SHARES[venue], reverse=True)
    return as_json([_exchange(venue, rank, view) for rank, venue in enumerate(ranked, 1)])


def _exchange(venue: str, rank: int, view: View) -> dict[str, Any]:
    """The smallest says neither its year nor its country, as some do not."""
    traded, unknown = traded_btc(view, venue), rank == len(SHARES)
    return {
        "id": venue,
        "name": venue.title(),
        "year_established": None if unknown else 2010 + rank,
        "country": None if unknown else COUNTRIES[rank % len(COUNTRIES)],
        "description": "",
        "url": f"https://www.{venue}.example/",
        "image": f"https://coin-images.coingecko.com/markets/images/{rank}/small/{venue}.png",
        "has_trading_incentive": False,
        "trust_score": 10 - rank // 2,
        "trust_score_rank": rank,
        "trade_volume_24h_btc": traded,
        "trade_volume_24h_btc_normalized": round(traded * 0.8, 6),
        "centralized": True,
    }


def categories(call: Call, view: View) -> Reply:
    """Answer ``/api/v3/coins/categories``."""
    coins = [pair.coin for pair in view.names.values()]
    return as_json([_category(kind, of_kind(coins, kind), view) for kind in KINDS])


def _category(kind: str, coins: list[Coin], view: View) -> dict[str, Any]:
    caps = {coin.slug: view.price(Pair(coin, "USD")) * coin.supply for coin in coins}
    largest = sorted(caps, key=lambda slug: caps[slug], reverse=True)[:3]
    return {
        "id": kind.lower().replace(" ", "-"),
        "name": kind,
        "market_cap": sum(caps.values()),
        "market_cap_change_24h": round(8 * unit(kind, int(view.at // 3600)) - 4, 6),
        "content": "",
        "top_3_coins_id": largest,
        "top_3_coins": [f"{IMAGES}/{slug}.png" for slug in largest],
        "volume_24h": sum(view.volume(Pair(coin, "USD")) for coin in coins),
        "updated_at": iso(view.now),
    }


def coins_list(call: Call, view: View) -> Reply:
    """Answer ``/api/v3/coins/list``."""
    with_platforms = call.query.get("include_platform") == "true"
    return as_json([_listed(pair.coin, with_platforms) for pair in view.names.values()])


def _listed(coin: Coin, with_platforms: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"id": coin.slug, "symbol": coin.symbol.lower(), "name": coin.name}
    return row | {"platforms": {"ethereum": contract(coin)} if contract(coin) else {}} if with_platforms else row


def whole_market_of(call: Call, view: View) -> Reply:
    """Amounts by currency, shares by symbol, the time in seconds."""
    market = whole_market(view)
    shares = {pair.coin.symbol.lower(): market.shares[pair.coin.slug] for pair in view.names.values()}
    return as_json(
        {
            "data": {
                "active_cryptocurrencies": len(view.names),
                "upcoming_icos": 0,
                "markets": len(SHARES),
                "total_market_cap": {"usd": market.cap},
                "total_volume": {"usd": market.volume},
                "market_cap_percentage": shares,
                "market_cap_change_percentage_24h_usd": cap_change(view),
                "updated_at": int(view.now),
            }
        }
    )


def trending(call: Call, view: View) -> Reply:
    """The coins that moved most in a day, capitalisations as text for people."""
    coins = [pair.coin for pair in view.names.values()]
    moved = sorted(coins, key=lambda coin: abs(view.change(Pair(coin, "USD"))), reverse=True)[:15]
    return as_json({"coins": [{"item": _trending(coin, place, view)} for place, coin in enumerate(moved)], "nfts": []})


def _trending(coin: Coin, place: int, view: View) -> dict[str, Any]:
    price = view.price(Pair(coin, "USD"))
    cap = f"${price * coin.supply:,.0f}"
    data = {"price": price, "market_cap": cap, "total_volume": f"${view.volume(Pair(coin, 'USD')):,.0f}"}
    return {**_hit(coin), "slug": coin.slug, "score": place, "data": data}


ROUTES = routes(
    (r"/api/v3/search/trending/?", trending),
    (r"/api/v3/search/?", search),
    (r"/api/v3/global/?", whole_market_of),
    (r"/api/v3/exchanges/?", exchanges),
    (r"/api/v3/coins/categories/?", categories),
    (r"/api/v3/coins/list/?", coins_list),
    (r"/api/v3/coins/([^/]+)/?", details),
)
