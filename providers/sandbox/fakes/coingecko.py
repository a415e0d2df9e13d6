"""CoinGecko: unknown ids are dropped in silence, prices are JSON numbers with few places unless asked in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from providers.sandbox.coins import Coin
from providers.sandbox.fakes import coingecko_listings
from providers.sandbox.fakes.base import (
    Fake,
    always,
    as_json,
    dispatch,
    front_page,
    ids,
    routes,
    whole_number,
    with_retry,
)
from providers.sandbox.fakes.spelling import iso, significant, whole
from providers.sandbox.history import bars
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.view import Pair, View

CURRENCIES = ("usd", "eur", "gbp", "btc", "eth")
LIMIT_TEXT = (
    "You've exceeded the Rate Limit. Please visit https://www.coingecko.com/en/api/pricing "
    "to subscribe to our API plans for higher rate limits."
)
PAGE = 250


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """List the coins by the provider's own names."""
    return ids(coins, "coingecko")


def amount(value: float, precision: str = "") -> float | int:
    """A price as CoinGecko rounds it: whole from 10,000 on, two places from 1 on, else six digits; or as asked."""
    if precision == "full":
        return value
    if precision.isdecimal():
        return round(value, int(precision))
    if abs(value) >= 10_000:
        return whole(value)
    return round(value, 2) if abs(value) >= 1 else significant(value, 6)


def simple_price(call: Call, view: View) -> Reply:
    """Answer ``/api/v3/simple/price``."""
    for name in ("ids", "vs_currencies"):
        if not call.query.get(name):
            return as_json({"error": f"Missing parameter {name}"}, 422)
    known = [name for name in call.query["ids"].split(",") if name in view.names]
    return as_json({name: _simple(view.names[name].coin, call, view) for name in known})


def _simple(coin: Coin, call: Call, view: View) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for currency in call.query["vs_currencies"].lower().split(","):
        if currency in CURRENCIES:
            row |= _in_currency(coin, currency, call, view)
    if row and _wants(call, "last_updated_at"):
        row["last_updated_at"] = int(view.now)
    return row


def _wants(call: Call, extra: str) -> bool:
    return call.query.get(f"include_{extra}") == "true"


def _in_currency(coin: Coin, currency: str, call: Call, view: View) -> dict[str, Any]:
    pair = Pair(coin, currency.upper())
    price = view.price(pair)
    row: dict[str, Any] = {currency: amount(price, call.query.get("precision", ""))}
    if _wants(call, "market_cap"):
        row[f"{currency}_market_cap"] = price * coin.supply
    if _wants(call, "24hr_vol"):
        row[f"{currency}_24h_vol"] = view.volume(pair)
    if _wants(call, "24hr_change"):
        row[f"{currency}_24h_change"] = view.change(pair) * 100
    return row


def markets(call: Call, view: View) -> Reply:
    """Answer ``/api/v3/coins/markets``."""
    currency = call.query.get("vs_currency", "").lower()
    if not currency:
        return as_json({"error": "Missing parameter vs_currency"}, 422)
    if currency not in CURRENCIES:
        return as_json({"error": "invalid vs_currency"}, 422)
    requested = call.query["ids"].split(",") if call.query.get("ids") else list(view.names)
    coins = sorted((view.names[name].coin for name in requested if name in view.names), key=lambda coin: coin.rank)
    size, page = min(PAGE, whole_number(call, "per_page", 100)), max(1, whole_number(call, "page", 1))
    return as_json([_market(coin, currency, view) for coin in coins[(page - 1) * size : page * size]])


def _market(coin: Coin, currency: str, view: View) -> dict[str, Any]:
    pair = Pair(coin, currency.upper())
    day = view.day(pair)
    price = view.price(pair)
    return {
        "id": coin.slug,
        "symbol": coin.symbol.lower(),
        "name": coin.name,
        "image": f"https://coin-images.coingecko.com/coins/images/{coin.rank}/large/{coin.slug}.png",
        "current_price": amount(price),
        "market_cap": whole(price * coin.supply),
        "market_cap_rank": coin.rank,
        "fully_diluted_valuation": whole(price * coin.supply),
        "total_volume": whole(day.volume),
        "high_24h": amount(day.high),
        "low_24h": amount(day.low),
        "price_change_24h": significant(price - view.price(pair, ago=86_400), 8),
        "price_change_percentage_24h": round(view.change(pair) * 100, 5),
        "market_cap_change_24h": whole((price - day.open) * coin.supply),
        "market_cap_change_percentage_24h": round(view.change(pair) * 100, 5),
        "circulating_supply": coin.supply,
        "total_supply": coin.supply,
        "max_supply": 21_000_000.0 if coin.slug == "bitcoin" else None,
        "ath": amount(coin.level * 2),
        "ath_change_percentage": round((price / (coin.level * 2) - 1) * 100, 5),
        "ath_date": "2025-10-06T10:57:42.000Z",
        "atl": amount(coin.level / 100),
        "atl_change_percentage": round((price / (coin.level / 100) - 1) * 100, 5),
        "atl_date": "2020-03-13T02:22:55.044Z",
        "roi": None,
        "last_updated": iso(view.now),
    }


LENGTHS = {"1": 1800, "7": 14_400, "14": 14_400, "30": 14_400, "90": 345_600, "180": 345_600, "365": 345_600}
"""Seconds of a candle, by the days asked for."""


def ohlc(call: Call, view: View, name: str) -> Reply:
    """Candles stamped with their end, without volumes."""
    currency, days = call.query.get("vs_currency", "").lower(), call.query.get("days", "")
    if name not in view.names:
        return as_json({"error": "coin not found"}, 404)
    if not currency or not days:
        return as_json({"error": f"Missing parameter {'days' if currency else 'vs_currency'}"}, 422)
    if currency not in CURRENCIES:
        return as_json({"error": "invalid vs_currency"}, 422)
    if days not in LENGTHS:
        return as_json({"error": "invalid days"}, 422)
    length = LENGTHS[days]
    candles = bars(view, Pair(view.names[name].coin, currency.upper()), length, int(days) * 86_400 // length)
    return as_json([[(bar.opens + length) * 1000, bar.open, bar.high, bar.low, bar.close] for bar in candles])


ROUTES = (
    routes(
        (r"/api/v3/ping", always({"gecko_says": "(V3) To the Moon!"})),
        (r"/api/v3/simple/price/?", simple_price),
        (r"/api/v3/coins/markets/?", markets),
        (r"/api/v3/coins/([^/]+)/ohlc/?", ohlc),
    )
    + coingecko_listings.ROUTES
)


def answer(call: Call, view: View) -> Reply:
    """Answer a call as the provider does."""
    return dispatch(ROUTES, call, view) or as_json(
        {"error": "Incorrect path. Please check https://docs.coingecko.com/"}, 404
    )


def refuse(status: int, view: View, retry_after: int | None) -> Reply:
    """Answer with an HTTP error status, as the provider does."""
    bodies = {
        429: {"status": {"error_code": 429, "error_message": LIMIT_TEXT}},
        401: {
            "error": {"status": {"timestamp": iso(view.now), "error_code": 10002, "error_message": "API Key Missing"}}
        },
        500: {"status": 500, "error": "Internal Server Error"},
    }
    reply = as_json(bodies[status], status) if status in bodies else front_page(status)
    return with_retry(reply, retry_after)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    if kind == "rate_limited":
        return as_json({"status": {"error_code": 429, "error_message": LIMIT_TEXT}})
    return as_json({"status": 500, "error": "Internal Server Error"})


FAKE = Fake(listing, answer, refuse, mistake, limit=30, refresh=5.0)
