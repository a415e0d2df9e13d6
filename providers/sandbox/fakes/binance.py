"""Binance spot: one error spoils a whole batch, weights are counted over all hosts."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from providers.sandbox.coins import Coin
from providers.sandbox.fakes.base import (
    Fake,
    always,
    as_json,
    dispatch,
    front_page,
    pairs,
    routes,
    whole_number,
    with_retry,
)
from providers.sandbox.fakes.keys import acceptable
from providers.sandbox.fakes.spelling import fixed, ms
from providers.sandbox.history import MONDAY, WEEK, Bar, bars, length_of, millis
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.ladder import ladder
from providers.sandbox.levels import unit
from providers.sandbox.view import Pair, View

QUOTES = ("USDT", "USDC", "FDUSD", "EUR", "BTC", "ETH")
KLINES = {"1m": 60, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "4h": 14_400, "1d": 86_400, "1w": WEEK}
MOST_KLINES = 1_000
MOST_LEVELS = 5_000
DEPTH_WEIGHTS = ((100, 5), (500, 25), (1_000, 50), (MOST_LEVELS, 250))
LEGAL = re.compile(r"[A-Z0-9\-_.]{1,20}")
BATCH = re.compile(r'\[("[A-Z0-9\-_.]{1,20}"(,"[A-Z0-9\-_.]{1,20}")*)?\]')
RESTRICTED = (
    "Service unavailable from a restricted location according to 'b. Eligibility' in "
    "https://www.binance.com/en/terms. Please contact customer service if you believe you received this message in "
    "error."
)
BANNED = (
    "Way too much request weight used; IP banned until {until}. "
    "Please use the websocket for live updates to avoid bans."
)
TOO_MUCH = (
    "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. "
    "Please use WebSocket Streams for live updates to avoid polling the API."
)


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """List the coins by the provider's own names."""
    return pairs(coins, "binance", QUOTES, lambda base, quote: base + quote)


def error(status: int, code: int, text: str) -> Reply:
    """Build an error answer in the provider's format."""
    return as_json({"code": code, "msg": text}, status)


class WrongError(Exception):
    """A request Binance turns down; holds its answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply)
        self.reply = reply


def asked(call: Call, view: View) -> list[tuple[str, Pair]]:
    """The pairs a request names, all pairs if none. Raises WrongError as soon as one is not known."""
    if "symbol" in call.query and "symbols" in call.query:
        raise WrongError(error(400, -1128, "Combination of optional parameters invalid."))
    names = _names(call)
    if names is None:
        return list(view.names.items())
    if any(name not in view.names for name in names):
        raise WrongError(error(400, -1121, "Invalid symbol."))
    return [(name, view.names[name]) for name in names]


def _names(call: Call) -> list[str] | None:
    if "symbol" in call.query:
        if not LEGAL.fullmatch(call.query["symbol"]):
            raise WrongError(_illegal("symbol", LEGAL))
        return [call.query["symbol"]]
    if "symbols" in call.query:
        if not BATCH.fullmatch(call.query["symbols"]):
            raise WrongError(_illegal("symbols", BATCH))
        return list(json.loads(call.query["symbols"]))
    return None


def _illegal(name: str, legal: re.Pattern[str]) -> Reply:
    text = f"Illegal characters found in parameter '{name}'; legal range is '^{legal.pattern}$'."
    return error(400, -1100, text)


def _one_or_list(call: Call, rows: list[dict[str, Any]]) -> Reply:
    return as_json(rows[0] if "symbol" in call.query else rows)


def price(call: Call, view: View) -> Reply:
    """Answer ``/api/v3/ticker/price``."""
    rows = [
        {"symbol": name, "price": fixed(round(view.price(pair), view.places(pair)), 8)}
        for name, pair in asked(call, view)
    ]
    return _one_or_list(call, rows)


def book_ticker(call: Call, view: View) -> Reply:
    """Answer ``/api/v3/ticker/bookTicker``."""
    rows = [_book_row(name, pair, view) for name, pair in asked(call, view)]
    return _one_or_list(call, rows)


def _book_row(name: str, pair: Pair, view: View) -> dict[str, Any]:
    day = view.day(pair)
    size = fixed(day.base / 50_000, 8)
    return {
        "symbol": name,
        "bidPrice": fixed(day.bid, 8),
        "bidQty": size,
        "askPrice": fixed(day.ask, 8),
        "askQty": size,
    }


def day_ticker(call: Call, view: View) -> Reply:
    """Answer ``/api/v3/ticker/24hr``."""
    kind = call.query.get("type", "FULL")
    if kind not in ("FULL", "MINI"):
        return error(400, -1139, "Invalid ticker type.")
    rows = [_day_row(name, pair, view, mini=kind == "MINI") for name, pair in asked(call, view)]
    return _one_or_list(call, rows)


def _day_row(name: str, pair: Pair, view: View, mini: bool) -> dict[str, Any]:
    day = view.day(pair)
    trades = int(50 + day.base * unit(name, "trades"))
    last_id = int(view.at / 86_400 * trades)
    short = {
        "symbol": name,
        "openPrice": fixed(day.open, 8),
        "highPrice": fixed(day.high, 8),
        "lowPrice": fixed(day.low, 8),
        "lastPrice": fixed(day.last, 8),
        "volume": fixed(day.base, 8),
        "quoteVolume": fixed(day.volume, 8),
        "openTime": ms(view.now - 86_400),
        "closeTime": ms(view.now),
        "firstId": last_id - trades,
        "lastId": last_id,
        "count": trades + 1,
    }
    if mini:
        return short
    book = _book_row(name, pair, view)
    change = {
        "priceChange": fixed(day.last - day.open, 8),
        "priceChangePercent": fixed(day.change * 100, 3),
        "weightedAvgPrice": fixed(day.vwap, 8),
        "prevClosePrice": fixed(day.open, 8),
        "lastQty": fixed(day.base / 1_000_000, 8),
    }
    return {**short, **change, **book}


def klines(call: Call, view: View) -> Reply:
    """Answer ``/api/v3/klines``."""
    if "symbol" not in call.query:
        raise WrongError(_missing("symbol"))
    ((_, pair),) = asked(call, view)
    length = length_of(call, "interval", KLINES)
    if length is None:
        return error(400, -1120, "Invalid interval.") if "interval" in call.query else _missing("interval")
    count = min(whole_number(call, "limit", 500), MOST_KLINES)
    first, last = millis(call, "startTime", 0), millis(call, "endTime", view.now)
    if "startTime" in call.query:
        last = min(last, first + (count - 1) * length)
    anchor = MONDAY if length == WEEK else 0
    return as_json(
        [_kline(bar, length) for bar in bars(view, pair, length, count, first=first, last=last, anchor=anchor)]
    )


def _kline(bar: Bar, length: int) -> list[Any]:
    return [
        bar.opens * 1000,
        *(fixed(price, 8) for price in (bar.open, bar.high, bar.low, bar.close)),
        fixed(bar.base, 8),
        (bar.opens + length) * 1000 - 1,
        fixed(bar.volume, 8),
        bar.trades,
        fixed(bar.base * 0.49, 8),
        fixed(bar.volume * 0.49, 8),
        "0",
    ]


def depth(call: Call, view: View) -> Reply:
    """Answer ``/api/v3/depth``."""
    if "symbol" not in call.query:
        raise WrongError(_missing("symbol"))
    ((_, pair),) = asked(call, view)
    sides = ladder(view, pair, min(whole_number(call, "limit", 100), MOST_LEVELS))
    bids, asks = ([[fixed(price, 8), fixed(size, 8)] for price, size in side] for side in sides)
    return as_json({"lastUpdateId": ms(view.at), "bids": bids, "asks": asks})


def _missing(name: str) -> Reply:
    return error(400, -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def user_stream(call: Call, view: View) -> Reply:
    """The one thing that is made by a POST with nothing but a key: a listen key for a user's events."""
    key = call.headers.get("x-mbx-apikey", "")
    if not acceptable(key):
        return error(401, -2014, "API-key format invalid.")
    return as_json({"listenKey": f"{int(unit(key, int(view.now)) * 2**60):060x}"})


def clock(call: Call, view: View) -> Reply:
    """Answer ``/api/v3/time``."""
    return as_json({"serverTime": ms(view.now)})


POSTS = routes((r"/api/v3/userDataStream", user_stream))
ROUTES = routes(
    (r"/api/v3/ping", always({})),
    (r"/api/v3/time", clock),
    (r"/api/v3/ticker/price", price),
    (r"/api/v3/ticker/24hr", day_ticker),
    (r"/api/v3/ticker/bookTicker", book_ticker),
    (r"/api/v3/klines", klines),
    (r"/api/v3/depth", depth),
)


def answer(call: Call, view: View) -> Reply:
    """Answer a call as the provider does."""
    try:
        reply = dispatch(POSTS if call.method == "POST" else ROUTES, call, view)
    except WrongError as wrong:
        reply = wrong.reply
    return metered(reply or front_page(404, "nginx"), view)


def metered(reply: Reply, view: View) -> Reply:
    """Add the headers that report the used limit."""
    used = str(view.meter.used)
    return reply.plus(("x-mbx-used-weight", used), ("x-mbx-used-weight-1m", used))


def weigh(call: Call) -> int:
    """The weight of a call as documented: 2 for one pair, more for many."""
    if call.path == "/api/v3/klines":
        return 2
    if call.path == "/api/v3/depth":
        levels = min(whole_number(call, "limit", 100), MOST_LEVELS)
        return next(weight for most, weight in DEPTH_WEIGHTS if levels <= most)
    if not call.path.startswith("/api/v3/ticker/"):
        return 1
    if "symbol" in call.query:
        return 2
    if not call.path.endswith("24hr"):
        return 4
    count = call.query["symbols"].count(",") + 1 if "symbols" in call.query else 1_000
    return 2 if count <= 20 else 40 if count <= 100 else 80


def refuse(status: int, view: View, retry_after: int | None) -> Reply:
    """Answer with an HTTP error status, as the provider does."""
    if status == 418:
        until = ms(view.now + (retry_after or 120))
        return with_retry(metered(error(418, -1003, BANNED.format(until=until)), view), retry_after)
    bodies = {
        429: (-1003, TOO_MUCH),
        451: (0, RESTRICTED),
        500: (-1000, "An unknown error occurred while processing the request."),
    }
    if status in bodies:
        return with_retry(metered(error(status, *bodies[status]), view), retry_after)
    return with_retry(front_page(status, "CloudFront" if status == 403 else "nginx"), retry_after)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    if kind == "rate_limited":
        return metered(error(200, -1003, TOO_MUCH), view)
    return metered(error(200, -1001, "Internal error; unable to process your request. Please try again."), view)


FAKE = Fake(listing, answer, refuse, mistake, limit=6_000, weigh=weigh, endpoints=6)
