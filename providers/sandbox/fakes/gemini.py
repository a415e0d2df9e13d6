"""Gemini: volumes are an object that also holds the time; quote volume has more digits than any float."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

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
from providers.sandbox.fakes.spelling import fixed, ms, plain
from providers.sandbox.history import bars
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.ladder import ladder
from providers.sandbox.view import Pair, View

QUOTES = ("USD", "EUR", "GBP", "BTC")
ALL_LEVELS = 500
FRAMES = {"1m": 60, "5m": 300, "15m": 900, "30m": 1800, "1hr": 3600, "6hr": 21_600, "1day": 86_400}
CANDLES = {"1m": 1_440, "5m": 1_440, "15m": 1_440, "30m": 1_440, "1hr": 1_440, "6hr": 240, "1day": 365}
"""Fixed number of candles of an answer."""
DAY_BEGINS = 4 * 3600
"""Seconds after midnight UTC at which daily candles open: midnight in New York in summer."""


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """List the coins by the provider's own names."""
    return pairs(coins, "gemini", QUOTES, lambda base, quote: (base + quote).lower())


def pubticker(call: Call, view: View, name: str) -> Reply:
    """Answer ``/v1/pubticker/*``."""
    pair = view.names.get(name.lower())
    if pair is None:
        return unknown(name)
    day = view.day(pair)
    volume = {
        pair.coin.name_at("gemini"): fixed(day.base, 10),
        pair.quote: _digits(day.volume),
        "timestamp": ms(view.now),
    }
    return as_json(
        {
            "ask": plain(day.ask, day.places),
            "bid": plain(day.bid, day.places),
            "last": plain(day.last, day.places),
            "volume": volume,
        }
    )


def _digits(value: float) -> str:
    """With 30 decimal places, as Gemini computes exactly."""
    return f"{Decimal(repr(value)) + Decimal('95e-30'):.30f}"


def ticker(call: Call, view: View, name: str) -> Reply:
    """Answer ``/v2/ticker/*``."""
    pair = view.names.get(name.lower())
    if pair is None:
        return unknown(name)
    day = view.day(pair)

    def price(value: float) -> str:
        return plain(value, day.places)

    return as_json(
        {
            "symbol": name.upper(),
            "open": price(day.open),
            "high": price(day.high),
            "low": price(day.low),
            "close": price(day.last),
            "changes": [price(view.price(pair, ago=3600.0 * hour)) for hour in range(24)],
            "bid": price(day.bid),
            "ask": price(day.ask),
        }
    )


def candles(call: Call, view: View, name: str, frame: str) -> Reply:
    """Answer ``/v2/candles/*/*``."""
    pair = view.names.get(name.lower())
    if pair is None:
        return unknown(name)
    if frame not in FRAMES:
        text = f"Supplied value '{frame}' is not a valid time frame."
        return as_json({"result": "error", "reason": "Bad Request", "message": text}, 400)
    found = bars(view, pair, FRAMES[frame], CANDLES[frame], anchor=DAY_BEGINS if frame == "1day" else 0)
    return as_json(
        [[bar.opens * 1000, bar.open, bar.high, bar.low, bar.close, round(bar.base, 8)] for bar in reversed(found)]
    )


def book(call: Call, view: View, name: str) -> Reply:
    """Fifty levels a side if no number is given, all if it is 0."""
    pair = view.names.get(name.lower())
    if pair is None:
        return unknown(name)
    counts = (whole_number(call, "limit_bids", 50) or ALL_LEVELS, whole_number(call, "limit_asks", 50) or ALL_LEVELS)
    places, at = view.places(pair), str(int(view.now))
    bids, asks = (
        [{"price": plain(price, places), "amount": plain(size, 8), "timestamp": at} for price, size in side[:count]]
        for side, count in zip(ladder(view, pair, max(counts)), counts, strict=True)
    )
    return as_json({"bids": bids, "asks": asks})


def price_feed(call: Call, view: View) -> Reply:
    """Answer ``/v1/pricefeed``."""
    days = {name: view.day(pair) for name, pair in view.names.items()}
    return as_json(
        [
            {"pair": name.upper(), "price": plain(day.last, day.places), "percentChange24h": fixed(day.change, 4)}
            for name, day in days.items()
        ]
    )


def symbols(call: Call, view: View) -> Reply:
    """Answer ``/v1/symbols``."""
    return as_json(list(view.names))


def unknown(name: str) -> Reply:
    """Answer for an unknown pair."""
    text = f"Supplied value '{name}' is not a valid symbol. Please correct your API request to use a supported symbol."
    return as_json({"result": "error", "reason": "Bad Request", "message": text}, 400)


ROUTES = routes(
    (r"/v1/pubticker/([^/]+)/?", pubticker),
    (r"/v2/ticker/([^/]+)/?", ticker),
    (r"/v2/candles/([^/]+)/([^/]+)/?", candles),
    (r"/v1/book/([^/]+)/?", book),
    (r"/v1/pricefeed/?", every_second(price_feed)),
    (r"/v1/symbols/?", symbols),
)
BODIES = {
    429: {"result": "error", "reason": "RateLimit", "message": "Requests were made too frequently"},
    500: {"result": "error", "reason": "System", "message": "We are experiencing technical issues"},
    503: {"result": "error", "reason": "Maintenance", "message": "The exchange is down for maintenance"},
}
refuse = refuser(BODIES)


def answer(call: Call, view: View) -> Reply:
    """Answer a call as the provider does."""
    return dispatch(ROUTES, call, view) or front_page(404)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    return as_json(BODIES[429 if kind == "rate_limited" else 500])


FAKE = Fake(listing, answer, refuse, mistake, limit=120)
