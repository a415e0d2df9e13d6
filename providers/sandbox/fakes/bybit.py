"""Bybit v5: an unknown spot pair is a success with an empty list, the change is a fraction, one time for all rows."""

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
from providers.sandbox.fakes.spelling import fixed, ms, plain
from providers.sandbox.history import MONDAY, WEEK, Bar, bars, length_of, millis
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.ladder import ladder
from providers.sandbox.view import Pair, View

QUOTES = ("USDT", "USDC", "EUR", "BTC")
LENGTHS = {str(count): count * 60 for count in (1, 3, 5, 15, 30, 60, 120, 240, 360, 720)}
INTERVALS = {**LENGTHS, "D": 86_400, "W": WEEK}
MOST_CANDLES = 1_000
MOST_LEVELS = 200
BLOCKED = (
    b"{\n    error: The Amazon CloudFront distribution is configured to block access from your country.,\n"
    b'    server: "CloudFront"\n}\n'
)
"""Looks like JSON and is not."""


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """List the coins by the provider's own names."""
    return pairs(coins, "bybit", QUOTES, lambda base, quote: base + quote)


def tickers(call: Call, view: View) -> Reply:
    """Answer ``/v5/market/tickers``."""
    category = call.query.get("category", "")
    if category not in ("spot", "linear", "inverse", "option"):
        return reply(view, 10001, "params error: Category is invalid")
    if category != "spot":
        return reply(view, 10001, "params error: symbol invalid", {"category": "", "list": []})
    return spot(view, [call.query["symbol"]]) if "symbol" in call.query else all_tickers(call, view)


@every_second
def all_tickers(call: Call, view: View) -> Reply:
    """Answer with all tickers."""
    return spot(view, list(view.names))


def spot(view: View, requested: Sequence[str]) -> Reply:
    """Answer with the tickers of spot pairs."""
    rows = [_row(name, view.names[name], view) for name in requested if name in view.names]
    return reply(view, 0, "OK", {"category": "spot", "list": rows})


def _row(name: str, pair: Pair, view: View) -> dict[str, Any]:
    day = view.day(pair)

    def price(value: float) -> str:
        return plain(value, day.places)

    row = {
        "symbol": name,
        "bid1Price": price(day.bid),
        "bid1Size": plain(day.base / 50_000, 6),
        "ask1Price": price(day.ask),
        "ask1Size": plain(day.base / 40_000, 6),
        "lastPrice": price(day.last),
        "prevPrice24h": price(day.open),
        "price24hPcnt": plain(day.change, 4),
        "highPrice24h": price(day.high),
        "lowPrice24h": price(day.low),
        "turnover24h": plain(day.volume, 8),
        "volume24h": plain(day.base, 6),
    }
    return {**row, "usdIndexPrice": fixed(view.price(Pair(pair.coin, "USD")), 8)} if pair.coin.rank <= 20 else row


def kline(call: Call, view: View) -> Reply:
    """Newest first. An unknown spot pair is a success without candles here too."""
    length = length_of(call, "interval", INTERVALS)
    if call.query.get("category") != "spot":
        return reply(view, 10001, "params error: Category is invalid")
    if length is None:
        return reply(view, 10001, "Invalid period!")
    name = call.query.get("symbol", "")
    pair = view.names.get(name)
    count = min(whole_number(call, "limit", 200), MOST_CANDLES)
    first, last = millis(call, "start", 0), millis(call, "end", view.now)
    anchor = MONDAY if length == WEEK else 0
    found = bars(view, pair, length, count, first=first, last=last, anchor=anchor) if pair else []
    rows = [_candle(bar, view.places(pair)) for bar in reversed(found)] if pair else []
    return reply(view, 0, "OK", {"category": "spot", "symbol": name, "list": rows})


def _candle(bar: Bar, places: int) -> list[str]:
    prices = (plain(price, places) for price in (bar.open, bar.high, bar.low, bar.close))
    return [str(bar.opens * 1000), *prices, plain(bar.base, 6), plain(bar.volume, 8)]


def orderbook(call: Call, view: View) -> Reply:
    """Answer ``/v5/market/orderbook``."""
    name = call.query.get("symbol", "")
    if call.query.get("category") != "spot":
        return reply(view, 10001, "params error: Category is invalid")
    if name not in view.names:
        return reply(view, 10001, "Not supported symbols")
    pair, places = view.names[name], view.places(view.names[name])
    sides = ladder(view, pair, min(whole_number(call, "limit", 1), MOST_LEVELS))
    bids, asks = ([[plain(price, places), plain(size, 6)] for price, size in side] for side in sides)
    count = int(view.at * 100)
    times = {"ts": ms(view.now), "u": count, "seq": count * 7, "cts": ms(view.now) - 3}
    return reply(view, 0, "OK", {"s": name, "b": bids, "a": asks, **times})


def clock(call: Call, view: View) -> Reply:
    """Answer ``/v5/market/time``."""
    times = {"timeSecond": str(int(view.now)), "timeNano": str(int(view.now * 1e6) * 1000)}
    return reply(view, 0, "OK", times)


def reply(view: View, code: int, text: str, result: Any = None, status: int = 200) -> Reply:
    """Build an answer in the provider's format."""
    body = {"retCode": code, "retMsg": text, "result": result or {}, "retExtInfo": {}, "time": ms(view.now)}
    return as_json(body, status)


ROUTES = routes(
    (r"/v5/market/tickers", tickers),
    (r"/v5/market/kline", kline),
    (r"/v5/market/orderbook", orderbook),
    (r"/v5/market/time", clock),
)
ERRORS = {
    429: (10006, "Too many visits. Exceeded the API Rate Limit."),
    500: (10016, "Server error."),
    503: (10016, "Service is restarting."),
}


def answer(call: Call, view: View) -> Reply:
    """Answer a call as the provider does."""
    return dispatch(ROUTES, call, view) or front_page(404)


def refuse(status: int, view: View, retry_after: int | None) -> Reply:
    """Answer with an HTTP error status, as the provider does."""
    if status in (403, 451):
        return with_retry(Reply(status, BLOCKED), retry_after)
    known = reply(view, *ERRORS[status], status=status) if status in ERRORS else front_page(status)
    return with_retry(known, retry_after)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    return reply(view, *ERRORS[429 if kind == "rate_limited" else 500])


FAKE = Fake(listing, answer, refuse, mistake, limit=600, window=5.0)
