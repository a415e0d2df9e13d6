"""Bitget: an envelope with a code around everything, changes as fractions, days of UTC+8 beside those of UTC."""

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
from providers.sandbox.history import MONDAY, WEEK, Bar, bars, millis
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.ladder import ladder
from providers.sandbox.market import DAY
from providers.sandbox.view import Pair, View

QUOTES = ("USDT", "USDC", "EUR", "BTC", "ETH")
HONG_KONG = 8 * 3600
INTERVALS = {
    "1min": (60, 0),
    "5min": (300, 0),
    "15min": (900, 0),
    "30min": (1800, 0),
    "1h": (3600, 0),
    "4h": (14_400, 0),
}
DAYS = {
    "1Dutc": (86_400, 0),
    "1Wutc": (WEEK, MONDAY),
    "1day": (86_400, -HONG_KONG),
    "1week": (WEEK, MONDAY - HONG_KONG),
}
"""Length and start in seconds; without ``utc`` days start at 00:00 UTC+8."""

MAX_CANDLES = 200
MAX_LEVELS = 150
ERRORS = {
    429: ("429", "Too Many Requests"),
    500: ("40725", "service return an error"),
    503: ("40725", "service return an error"),
}


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """Return its pairs by its own names."""
    return pairs(coins, "bitget", QUOTES, lambda base, quote: f"{base}{quote}")


def tickers(call: Call, view: View) -> Reply:
    """Answer with the ticker of one pair, or with all tickers."""
    name = call.query.get("symbol")
    if name is None:
        return all_tickers(call, view)
    return success([ticker_row(name, view.names[name], view)], view) if name in view.names else unknown(name, view)


@every_second
def all_tickers(call: Call, view: View) -> Reply:
    """Answer with all tickers."""
    return success([ticker_row(name, pair, view) for name, pair in view.names.items()], view)


def ticker_row(name: str, pair: Pair, view: View) -> dict[str, Any]:
    """Return one row; the 24-hour change is a fraction."""
    day = view.day(pair)
    midnight = view.price(pair, ago=view.at % DAY)
    return {
        "open": plain(day.open, day.places),
        "symbol": name,
        "high24h": plain(day.high, day.places),
        "low24h": plain(day.low, day.places),
        "lastPr": plain(day.last, day.places),
        "quoteVolume": plain(day.volume, 8),
        "baseVolume": plain(day.base, 8),
        "usdtVolume": plain(day.volume * dollars(pair, view), 8),
        "ts": str(ms(view.now)),
        "bidPr": plain(day.bid, day.places),
        "askPr": plain(day.ask, day.places),
        "bidSz": plain(day.base / 50_000, 6),
        "askSz": plain(day.base / 40_000, 6),
        "openUtc": plain(midnight, day.places),
        "changeUtc24h": plain(day.last / midnight - 1 if midnight else 0.0, 5),
        "change24h": plain(day.change, 5),
    }


def candles(call: Call, view: View) -> Reply:
    """Answer with candles that open up to ``endTime``, oldest first."""
    name, interval = call.query.get("symbol", ""), {**INTERVALS, **DAYS}.get(call.query.get("granularity", ""))
    if name not in view.names:
        return unknown(name, view)
    if interval is None:
        return unknown("granularity", view)
    length, offset = interval
    count = min(whole_number(call, "limit", 100), MAX_CANDLES)
    last = millis(call, "endTime", view.now + 1) - 0.001
    series = bars(view, view.names[name], length, count, last=last, anchor=offset)
    rate, places = dollars(view.names[name], view), view.places(view.names[name])
    return success([candle_row(bar, places, rate) for bar in series], view)


def candle_row(bar: Bar, places: int, rate: float) -> list[str]:
    """Return one row; ``rate`` converts the quote volume to USDT."""
    prices = (plain(price, places) for price in (bar.open, bar.high, bar.low, bar.close))
    return [str(bar.opens * 1000), *prices, plain(bar.base, 8), plain(bar.volume * rate, 8), plain(bar.volume, 8)]


def book(call: Call, view: View) -> Reply:
    """Answer with an order book."""
    name = call.query.get("symbol", "")
    if name not in view.names:
        return unknown(name, view)
    pair, places = view.names[name], view.places(view.names[name])
    sides = ladder(view, pair, min(whole_number(call, "limit", MAX_LEVELS), MAX_LEVELS))
    bids, asks = ([[plain(price, places), plain(size, 8)] for price, size in side] for side in sides)
    return success({"asks": asks, "bids": bids, "ts": str(ms(view.now))}, view)


def dollars(pair: Pair, view: View) -> float:
    """Return the value of one unit of the quote currency in USDT."""
    return view.market.rate(pair.quote, view.at) / view.market.rate("USDT", view.at)


def success(data: Any, view: View) -> Reply:
    """Wrap data in its envelope."""
    return as_json({"code": "00000", "msg": "success", "requestTime": ms(view.now), "data": data})


def unknown(name: str, view: View) -> Reply:
    """Build the error for a pair that it does not list."""
    return failure("40034", f"Parameter {name} does not exist", view, 400)


def failure(code: str, text: str, view: View, status: int = 200) -> Reply:
    """Build an error with its own code."""
    return as_json({"code": code, "msg": text, "requestTime": ms(view.now), "data": None}, status)


ROUTES = routes(
    (r"/api/v2/spot/market/tickers", tickers),
    (r"/api/v2/spot/market/candles", candles),
    (r"/api/v2/spot/market/orderbook", book),
)


def answer(call: Call, view: View) -> Reply:
    """Answer a call."""
    return dispatch(ROUTES, call, view) or failure("40404", "Request URL NOT FOUND", view, 404)


def refuse(status: int, view: View, retry_after: int | None) -> Reply:
    """Answer with an HTTP error: its own body where it has one, else its front server's page."""
    return with_retry(failure(*ERRORS[status], view, status) if status in ERRORS else front_page(status), retry_after)


def mistake(kind: str, view: View) -> Reply:
    """Answer with an error inside HTTP 200."""
    return failure(*ERRORS[429 if kind == "rate_limited" else 500], view)


FAKE = Fake(listing, answer, refuse, mistake, limit=20, window=1.0)
