"""Coinbase Exchange: one product a call, times to the microsecond, a User-Agent is demanded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from providers.sandbox.coins import Coin
from providers.sandbox.fakes.base import Fake, as_json, dispatch, pairs, refuser, routes
from providers.sandbox.fakes.spelling import fixed, iso, plain
from providers.sandbox.history import BEGAN, bars, length_of
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.ladder import ladder
from providers.sandbox.levels import unit
from providers.sandbox.view import Pair, View

GRANULARITIES = {str(length): length for length in (60, 300, 900, 3600, 21_600, 86_400)}
MOST_CANDLES = 300
ALL_LEVELS = 500
QUOTES = ("USD", "USDT", "EUR", "GBP", "BTC")


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """Its products. USDC counts as dollars there, so it has no market against them."""
    products = pairs(coins, "coinbase", QUOTES, lambda base, quote: f"{base}-{quote}")
    return {name: pair for name, pair in products.items() if name != "USDC-USD"}


def ticker(call: Call, view: View, product: str) -> Reply:
    """Answer ``/products/*/ticker``."""
    pair = view.names.get(product)
    if pair is None:
        return not_found()
    day = view.day(pair)
    return as_json(
        {
            "ask": plain(day.ask, day.places),
            "bid": plain(day.bid, day.places),
            "volume": fixed(day.base, 8),
            "trade_id": int(view.at * 10) + pair.coin.rank,
            "price": plain(day.last, day.places),
            "size": fixed(day.base / 1_000_000, 8),
            "time": iso(view.now, 6),
            "rfq_volume": fixed(day.base * 0.006, 6),
        }
    )


def stats(call: Call, view: View, product: str) -> Reply:
    """Answer ``/products/*/stats``."""
    pair = view.names.get(product)
    if pair is None:
        return not_found()
    day = view.day(pair)
    return as_json(
        {
            "open": plain(day.open, day.places),
            "high": plain(day.high, day.places),
            "low": plain(day.low, day.places),
            "volume": fixed(day.base, 8),
            "last": plain(day.last, day.places),
            "volume_30day": fixed(day.base * (28 + 4 * unit(product, "month")), 8),
        }
    )


def candles(call: Call, view: View, product: str) -> Reply:
    """Newest first, low and high before open and close. Both ends of a range are included; half a range is none."""
    pair = view.names.get(product)
    if pair is None:
        return not_found()
    length = length_of(call, "granularity", GRANULARITIES, "60")
    if length is None:
        return as_json({"message": "Unsupported granularity"}, 400)
    first, last = float(BEGAN), view.now
    if "start" in call.query and "end" in call.query:
        first, last = _unix(call.query["start"]), _unix(call.query["end"])
        if last - first > MOST_CANDLES * length:
            text = "granularity too small for the requested time range. Count of aggregations requested exceeds 300"
            return as_json({"message": text}, 400)
    found = bars(view, pair, length, MOST_CANDLES, first=first, last=last)
    return as_json([[bar.opens, bar.low, bar.high, bar.open, bar.close, round(bar.base, 8)] for bar in reversed(found)])


def book(call: Call, view: View, product: str) -> Reply:
    """Level 1 is the best of each side, level 2 all of it."""
    pair = view.names.get(product)
    if pair is None:
        return not_found()
    places = view.places(pair)
    sides = ladder(view, pair, ALL_LEVELS if call.query.get("level") == "2" else 1)
    bids, asks = (
        [[plain(price, places), plain(size, 8), 1 + n % 3] for n, (price, size) in enumerate(side)] for side in sides
    )
    extras = {"sequence": int(view.at * 1000), "auction_mode": False, "auction": None, "time": iso(view.now, 6)}
    return as_json({"bids": bids, "asks": asks, **extras})


def _unix(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def product(call: Call, view: View, name: str) -> Reply:
    """Answer ``/products/*``."""
    return as_json(_product(name, view)) if name in view.names else not_found()


def products(call: Call, view: View) -> Reply:
    """Answer ``/products``."""
    return as_json([_product(name, view) for name in view.names])


def _product(name: str, view: View) -> dict[str, Any]:
    base, quote = name.split("-")
    return {
        "id": name,
        "base_currency": base,
        "quote_currency": quote,
        "quote_increment": fixed(10.0 ** -view.places(view.names[name]), view.places(view.names[name])),
        "base_increment": "0.00000001",
        "display_name": f"{base}/{quote}",
        "min_market_funds": "1",
        "margin_enabled": False,
        "post_only": False,
        "limit_only": False,
        "cancel_only": False,
        "status": "online",
        "status_message": "",
        "trading_disabled": False,
        "auction_mode": False,
    }


def clock(call: Call, view: View) -> Reply:
    """Answer ``/time``."""
    return as_json({"iso": iso(view.now), "epoch": round(view.now, 3)})


def not_found() -> Reply:
    """Answer 404."""
    return as_json({"message": "NotFound"}, 404)


ROUTES = routes(
    (r"/products/([^/]+)/ticker", ticker),
    (r"/products/([^/]+)/stats", stats),
    (r"/products/([^/]+)/candles", candles),
    (r"/products/([^/]+)/book", book),
    (r"/products/([^/]+)", product),
    (r"/products", products),
    (r"/time", clock),
)
BODIES = {
    429: {"message": "Public rate limit exceeded"},
    500: {"message": "Internal server error"},
    503: {"message": "Service Unavailable"},
}
refuse = refuser(BODIES)


def answer(call: Call, view: View) -> Reply:
    """Answer a call as the provider does."""
    if not call.headers.get("user-agent"):
        return as_json({"message": "User-Agent header is required."}, 400)
    return dispatch(ROUTES, call, view) or not_found()


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    return as_json(BODIES[429 if kind == "rate_limited" else 500])


FAKE = Fake(listing, answer, refuse, mistake, limit=10, window=1.0)
