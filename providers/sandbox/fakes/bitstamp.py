"""Bitstamp: lower-case pairs and a slash at the end; open is the day's, open_24 that of 24 hours ago."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from providers.sandbox.coins import Coin
from providers.sandbox.fakes.base import (
    Fake,
    as_json,
    dispatch,
    every_second,
    front_page,
    pairs,
    refuser,
    routes,
    whole_number,
)
from providers.sandbox.fakes.spelling import fixed, plain
from providers.sandbox.history import Bar, bars, length_of, seconds
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.ladder import ladder
from providers.sandbox.market import DAY
from providers.sandbox.view import Pair, View

STEPS = {str(length): length for length in (60, 180, 300, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)}
MOST_CANDLES = 1_000
ALL_LEVELS = 500
QUOTES = ("USD", "EUR", "GBP", "USDT", "USDC", "BTC")


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """List the coins by the provider's own names."""
    return pairs(coins, "bitstamp", QUOTES, lambda base, quote: (base + quote).lower())


def ticker(call: Call, view: View, name: str) -> Reply:
    """Answer ``/api/v2/ticker/*``."""
    return as_json(_row(view.names[name], view)) if name in view.names else unknown()


def tickers(call: Call, view: View) -> Reply:
    """Answer ``/api/v2/ticker``."""
    return as_json(
        [
            {**_row(pair, view), "pair": f"{pair.coin.name_at('bitstamp')}/{pair.quote}", "market_type": "SPOT"}
            for pair in view.names.values()
        ]
    )


def _row(pair: Pair, view: View) -> dict[str, Any]:
    day = view.day(pair)

    def price(value: float) -> str:
        return plain(value, day.places)

    return {
        "timestamp": str(int(view.now)),
        "open": price(view.price(pair, ago=view.at % DAY)),
        "high": price(day.high),
        "low": price(day.low),
        "last": price(day.last),
        "volume": fixed(day.base, 8),
        "vwap": price(day.vwap),
        "bid": price(day.bid),
        "ask": price(day.ask),
        "side": "0",
        "open_24": price(day.open),
        "percent_change_24": fixed(day.change * 100, 2),
    }


def ohlc(call: Call, view: View, name: str) -> Reply:
    """Oldest first. With a start and no end the start counts, else the end: older ones than the start come then."""
    if name not in view.names:
        return unknown()
    length, count = length_of(call, "step", STEPS), whole_number(call, "limit", 0)
    if length is None or not 1 <= count <= MOST_CANDLES:
        wrong = "step" if length is None else "limit"
        errors = [{"field": wrong, "message": "Invalid value", "code": "validation.invalid"}]
        return as_json({"code": 400, "errors": errors}, 400)
    last = seconds(call, "end", view.now)
    if "start" in call.query and "end" not in call.query:
        last = seconds(call, "start", 0) + (count - 1) * length
    pair, places = view.names[name], view.places(view.names[name])
    rows = [_candle(bar, places) for bar in bars(view, pair, length, count, last=last)]
    return as_json({"data": {"pair": f"{pair.coin.name_at('bitstamp')}/{pair.quote}", "ohlc": rows}})


def _candle(bar: Bar, places: int) -> dict[str, str]:
    prices = {"open": bar.open, "high": bar.high, "low": bar.low, "close": bar.close}
    spelled = {name: plain(price, places) for name, price in prices.items()}
    return {"timestamp": str(bar.opens), **spelled, "volume": fixed(bar.base, 8)}


def order_book(call: Call, view: View, name: str) -> Reply:
    """Answer ``/api/v2/order_book/*``."""
    if name not in view.names:
        return unknown()
    pair, places = view.names[name], view.places(view.names[name])
    sides = ladder(view, pair, ALL_LEVELS)
    bids, asks = ([[plain(price, places), fixed(size, 8)] for price, size in side] for side in sides)
    times = {"timestamp": str(int(view.now)), "microtimestamp": str(int(view.now * 1_000_000))}
    return as_json({**times, "bids": bids, "asks": asks})


def unknown() -> Reply:
    """Answer for an unknown pair."""
    return as_json({"status": "error", "reason": "Currency pair not found.", "code": "404.001"}, 404)


ROUTES = routes(
    (r"/api/v2/ticker/([a-z0-9-]+)/?", ticker),
    (r"/api/v2/ticker/?", every_second(tickers)),
    (r"/api/v2/ohlc/([a-z0-9-]+)/?", ohlc),
    (r"/api/v2/order_book/([a-z0-9-]+)/?", order_book),
)
BODIES = {
    429: {"response_code": "400.002", "response_explanation": "Request rate limit exceeded."},
    500: {"status": "error", "reason": "Internal server error", "code": "500.001"},
    503: {"status": "error", "reason": "Service unavailable", "code": "503.001"},
}
refuse = refuser(BODIES)


def answer(call: Call, view: View) -> Reply:
    """Answer a call as the provider does."""
    return dispatch(ROUTES, call, view) or front_page(404)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    if kind == "rate_limited":
        return as_json({"status": "error", "reason": "Request rate limit exceeded.", "code": "400.002"})
    return as_json(BODIES[500])


FAKE = Fake(listing, answer, refuse, mistake, limit=8_000, window=600.0)
