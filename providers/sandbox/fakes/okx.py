"""OKX: codes are text, errors come with HTTP 200, there is an opening price and no percentage."""

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

QUOTES = ("USDT", "USDC", "USD", "EUR", "BTC")
HONG_KONG = 8 * 3600
BARS = {"1m": (60, 0), "5m": (300, 0), "15m": (900, 0), "30m": (1800, 0), "1H": (3600, 0), "4H": (14_400, 0)}
DAYS = {"1Dutc": (86_400, 0), "1Wutc": (WEEK, MONDAY), "1D": (86_400, -HONG_KONG), "1W": (WEEK, MONDAY - HONG_KONG)}
"""Length and beginning; without utc they are those of Hong Kong."""
MOST_NEWEST, MOST_OLDER = 300, 100
MOST_LEVELS = 400


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """List the coins by the provider's own names."""
    return pairs(coins, "okx", QUOTES, lambda base, quote: f"{base}-{quote}")


def ticker(call: Call, view: View) -> Reply:
    """Answer ``/api/v5/market/ticker``."""
    name = call.query.get("instId", "")
    if not name:
        return failure("50014", "Parameter instId can not be empty.", 400)
    if name not in view.names:
        return failure("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")
    return success([_row(name, view.names[name], view)])


def tickers(call: Call, view: View) -> Reply:
    """Answer ``/api/v5/market/tickers``."""
    kind = call.query.get("instType", "")
    if not kind:
        return failure("50014", "Parameter instType can not be empty.", 400)
    if kind != "SPOT":
        return failure("51000", "Parameter instType error")
    return success([_row(name, pair, view) for name, pair in view.names.items()])


def _row(name: str, pair: Pair, view: View) -> dict[str, Any]:
    day = view.day(pair)

    def price(value: float) -> str:
        return plain(value, day.places)

    return {
        "instType": "SPOT",
        "instId": name,
        "last": price(day.last),
        "lastSz": plain(day.base / 1_000_000, 8),
        "askPx": price(day.ask),
        "askSz": plain(day.base / 40_000, 8),
        "bidPx": price(day.bid),
        "bidSz": plain(day.base / 50_000, 8),
        "open24h": price(day.open),
        "high24h": price(day.high),
        "low24h": price(day.low),
        "volCcy24h": plain(day.volume, 8),
        "vol24h": plain(day.base, 8),
        "ts": str(ms(view.now)),
        "sodUtc0": price(view.price(pair, ago=view.at % DAY)),
        "sodUtc8": price(view.price(pair, ago=(view.at + HONG_KONG) % DAY)),
    }


def candles(call: Call, view: View) -> Reply:
    """Answer ``/api/v5/market/candles``."""
    return _candles(call, view, MOST_NEWEST)


def history_candles(call: Call, view: View) -> Reply:
    """Answer ``/api/v5/market/history-candles``."""
    return _candles(call, view, MOST_OLDER)


def _candles(call: Call, view: View, most: int) -> Reply:
    """Newest first. ``after`` asks for older, ``before`` for newer ones; both are left out themselves."""
    name, kind = call.query.get("instId", ""), {**BARS, **DAYS}.get(call.query.get("bar", "1m"))
    if kind is None:
        return failure("51000", "Parameter bar error")
    if name not in view.names:
        return failure("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")
    length, anchor = kind
    last = millis(call, "after", view.now + 1) - 0.001
    first = millis(call, "before", 0) + 0.001
    count = min(whole_number(call, "limit", 100), most)
    found = bars(view, view.names[name], length, count, first=first, last=last, anchor=anchor)
    places = view.places(view.names[name])
    return success([_candle(bar, places) for bar in reversed(found)])


def _candle(bar: Bar, places: int) -> list[str]:
    volume = plain(bar.volume, 8)
    prices = (plain(price, places) for price in (bar.open, bar.high, bar.low, bar.close))
    return [str(bar.opens * 1000), *prices, plain(bar.base, 8), volume, volume, "1" if bar.closed else "0"]


def books(call: Call, view: View) -> Reply:
    """Answer ``/api/v5/market/books``."""
    name = call.query.get("instId", "")
    if name not in view.names:
        return failure("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")
    pair, places = view.names[name], view.places(view.names[name])
    sides = ladder(view, pair, min(whole_number(call, "sz", 1), MOST_LEVELS))
    bids, asks = ([[plain(price, places), plain(size, 8), "0", "2"] for price, size in side] for side in sides)
    return success([{"asks": asks, "bids": bids, "ts": str(ms(view.now))}])


def clock(call: Call, view: View) -> Reply:
    """Answer ``/api/v5/public/time``."""
    return success([{"ts": str(ms(view.now))}])


def success(data: list[Any]) -> Reply:
    """Build a successful answer in the provider's format."""
    return as_json({"code": "0", "msg": "", "data": data})


def failure(code: str, text: str, status: int = 200) -> Reply:
    """Build an error answer in the provider's format."""
    return as_json({"code": code, "data": [], "msg": text}, status)


ROUTES = routes(
    (r"/api/v5/market/ticker", ticker),
    (r"/api/v5/market/tickers", every_second(tickers)),
    (r"/api/v5/market/candles", candles),
    (r"/api/v5/market/history-candles", history_candles),
    (r"/api/v5/market/books", books),
    (r"/api/v5/public/time", clock),
)
ERRORS = {
    429: ("50011", "Too Many Requests"),
    500: ("50026", "System error. Try again later"),
    503: ("50001", "Service temporarily unavailable. Try again later."),
}


def answer(call: Call, view: View) -> Reply:
    """Answer a call as the provider does."""
    return dispatch(ROUTES, call, view) or failure("404", "Not Found", 404)


def refuse(status: int, view: View, retry_after: int | None) -> Reply:
    """Answer with an HTTP error status, as the provider does."""
    return with_retry(failure(*ERRORS[status], status) if status in ERRORS else front_page(status), retry_after)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    return failure(*ERRORS[429 if kind == "rate_limited" else 503])


FAKE = Fake(listing, answer, refuse, mistake, limit=20, window=2.0)
