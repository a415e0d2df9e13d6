"""Gate: a list even for one pair, percent, no time; errors are a label."""

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
    routes,
    whole_number,
    with_retry,
)
from providers.sandbox.fakes.spelling import ms, plain
from providers.sandbox.history import WEEK, Bar, bars, length_of, seconds
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.ladder import ladder
from providers.sandbox.market import DAY
from providers.sandbox.view import Pair, View

QUOTES = ("USDT", "USDC", "BTC", "ETH")
LENGTHS = {"1m": 60, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "4h": 14_400, "1d": 86_400, "7d": WEEK}
"""Seven days begin on Thursdays."""
MOST_CANDLES, MOST_BACK, MOST_LEVELS = 1_000, 10_000, 100


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """List the coins by the provider's own names."""
    return pairs(coins, "gate", QUOTES, lambda base, quote: f"{base}_{quote}")


def tickers(call: Call, view: View) -> Reply:
    """Answer ``/api/v4/spot/tickers``."""
    if "currency_pair" not in call.query:
        return all_tickers(call, view)
    name = call.query["currency_pair"]
    return as_json([_row(name, view)]) if name in view.names else unknown(name, view)


@every_second
def all_tickers(call: Call, view: View) -> Reply:
    """Answer with all tickers."""
    return as_json([_row(name, view) for name in view.names])


def unknown(name: str, view: View) -> Reply:
    """Answer for an unknown pair."""
    base, separator, _ = name.partition("_")
    if not separator or any(pair.coin.name_at("gate") == base for pair in view.names.values()):
        return failure("INVALID_CURRENCY_PAIR", f"Invalid currency pair {name}", 400)
    return failure("INVALID_CURRENCY", f"Invalid currency {base}", 400)


def _row(name: str, view: View) -> dict[str, Any]:
    pair = view.names[name]
    day = view.day(pair)

    def price(value: float) -> str:
        return plain(value, day.places)

    def since(opened: float) -> str:
        return plain((day.last / opened - 1) * 100 if opened else 0.0, 2)

    return {
        "currency_pair": name,
        "last": price(day.last),
        "lowest_ask": price(day.ask),
        "highest_bid": price(day.bid),
        "change_percentage": since(day.open),
        "change_utc0": since(view.price(pair, ago=view.at % DAY)),
        "change_utc8": since(view.price(pair, ago=(view.at + 8 * 3600) % DAY)),
        "base_volume": plain(day.base, 10),
        "quote_volume": plain(day.volume, 9),
        "high_24h": price(day.high),
        "low_24h": price(day.low),
    }


def candlesticks(call: Call, view: View) -> Reply:
    """Oldest first; the newest, or a range with both ends, but not more than 1000 nor from very long ago."""
    name, length = call.query.get("currency_pair", ""), length_of(call, "interval", LENGTHS, "30m")
    if name not in view.names:
        return unknown(name, view)
    if length is None:
        return failure("INVALID_PARAM_VALUE", "invalid interval", 400)
    ranged = "from" in call.query or "to" in call.query
    if ranged and "limit" in call.query:
        return failure("INVALID_PARAM_VALUE", "limit and (from or to) are exclusive", 400)
    last = seconds(call, "to", view.now)
    first = seconds(call, "from", last - 99 * length)
    count = MOST_CANDLES if ranged else whole_number(call, "limit", 100)
    if count > MOST_CANDLES or (ranged and last - first >= MOST_CANDLES * length):
        text = "Candlestick range too broad. Maximum 1000 data points are allowed per request"
        return failure("INVALID_PARAM_VALUE", text, 400)
    if ranged and first < view.now - MOST_BACK * length:
        text = "Candlestick too long ago. Maximum 10000 points ago are allowed"
        return failure("INVALID_PARAM_VALUE", text, 400)
    pair, places = view.names[name], view.places(view.names[name])
    found = bars(view, pair, length, count, first=first if ranged else 0, last=last)
    return as_json([_candle(bar, places) for bar in found])


def order_book(call: Call, view: View) -> Reply:
    """As many levels as are asked for; more than 100 are answered by an empty book."""
    name, count = call.query.get("currency_pair", ""), whole_number(call, "limit", 10)
    if name not in view.names:
        return unknown(name, view)
    if count < 1:
        return failure("INVALID_PARAM_VALUE", "Invalid request parameter `limit` value: 0", 400)
    pair, places = view.names[name], view.places(view.names[name])
    sides = ladder(view, pair, count if count <= MOST_LEVELS else 0)
    bids, asks = ([[plain(price, places), plain(size, 6)] for price, size in side] for side in sides)
    extras = {"id": int(view.at * 10)} if call.query.get("with_id") == "true" else {}
    return as_json({**extras, "current": ms(view.now), "update": ms(view.now) - 20, "asks": asks, "bids": bids})


def _candle(bar: Bar, places: int) -> list[str]:
    prices = (plain(price, places) for price in (bar.close, bar.high, bar.low, bar.open))
    volume = plain(bar.volume, 18)
    return [str(bar.opens), volume, *prices, plain(bar.base, 10), "true" if bar.closed else "false"]


def failure(label: str, text: str, status: int = 200) -> Reply:
    """Build an error answer in the provider's format."""
    return as_json({"label": label, "message": text}, status)


ROUTES = routes(
    (r"/api/v4/spot/tickers", tickers),
    (r"/api/v4/spot/candlesticks", candlesticks),
    (r"/api/v4/spot/order_book", order_book),
)
ERRORS = {
    429: ("TOO_MANY_REQUESTS", "Request Rate limit Exceeded"),
    500: ("SERVER_ERROR", "Internal server error"),
    503: ("SERVER_ERROR", "Service temporarily unavailable"),
}


def answer(call: Call, view: View) -> Reply:
    """Answer a call as the provider does."""
    return metered(dispatch(ROUTES, call, view) or front_page(404), view)


def metered(reply: Reply, view: View) -> Reply:
    """Add the headers that report the used limit."""
    meter = view.meter
    return reply.plus(
        ("X-Gate-RateLimit-Limit", str(meter.limit)),
        ("X-Gate-RateLimit-Requests-Remain", str(meter.remaining)),
        ("X-Gate-RateLimit-Reset-Timestamp", str(int(view.now + meter.left))),
    )


def refuse(status: int, view: View, retry_after: int | None) -> Reply:
    """Answer with an HTTP error status, as the provider does."""
    reply = metered(failure(*ERRORS[status], status), view) if status in ERRORS else front_page(status)
    return with_retry(reply, retry_after)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    return metered(failure(*ERRORS[429 if kind == "rate_limited" else 500]), view)


FAKE = Fake(listing, answer, refuse, mistake, limit=200, window=10.0)
