"""KuCoin: code "200000" is success, errors come with HTTP 200, the change is a fraction, limits are in headers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from providers.sandbox.coins import Coin
from providers.sandbox.fakes.base import Fake, as_json, dispatch, every_second, front_page, pairs, routes, with_retry
from providers.sandbox.fakes.spelling import ms, plain
from providers.sandbox.history import WEEK, Bar, bars, length_of, seconds
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.ladder import ladder
from providers.sandbox.view import Pair, View

QUOTES = ("USDT", "USDC", "BTC")
KINDS = {"1min": 60, "5min": 300, "15min": 900, "30min": 1800, "1hour": 3600, "4hour": 14_400, "1day": 86_400}
LENGTHS = {**KINDS, "1week": WEEK}
"""Weeks begin on Thursdays."""
MOST_NEWEST, MOST_CANDLES = 100, 1_500


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """List the coins by the provider's own names."""
    return pairs(coins, "kucoin", QUOTES, lambda base, quote: f"{base}-{quote}")


def stats(call: Call, view: View) -> Reply:
    """Answer ``/api/v1/market/stats``."""
    name = call.query.get("symbol", "")
    if name not in view.names:
        return unknown(name)
    return success({"time": ms(view.now), "symbol": name, **_row(name, view)})


def all_tickers(call: Call, view: View) -> Reply:
    """Answer ``/api/v1/market/allTickers``."""
    rows = [{"symbol": name, "symbolName": name, **_row(name, view)} for name in view.names]
    return success({"time": ms(view.now), "ticker": rows})


def _row(name: str, view: View) -> dict[str, Any]:
    day = view.day(view.names[name])

    def price(value: float) -> str:
        return plain(value, day.places)

    return {
        "buy": price(day.bid),
        "sell": price(day.ask),
        "changeRate": plain(day.change, 4),
        "changePrice": price(day.last - day.open),
        "high": price(day.high),
        "low": price(day.low),
        "vol": plain(day.base, 8),
        "volValue": plain(day.volume, 10),
        "last": price(day.last),
        "averagePrice": plain(day.vwap, 8),
        "takerFeeRate": "0.001",
        "makerFeeRate": "0.001",
        "takerCoefficient": "1",
        "makerCoefficient": "1",
    }


def level1(call: Call, view: View) -> Reply:
    """Answer ``/api/v1/market/orderbook/level1``."""
    name = call.query.get("symbol", "")
    if name not in view.names:
        return unknown(name)
    day = view.day(view.names[name])
    return success(
        {
            "time": ms(view.now),
            "sequence": str(int(view.at * 7)),
            "price": plain(day.last, day.places),
            "size": plain(day.base / 1_000_000, 8),
            "bestBid": plain(day.bid, day.places),
            "bestBidSize": plain(day.base / 50_000, 8),
            "bestAsk": plain(day.ask, day.places),
            "bestAskSize": plain(day.base / 40_000, 8),
        }
    )


def candles(call: Call, view: View) -> Reply:
    """Newest first, the close before high and low; the end of a range is not included."""
    name, length = call.query.get("symbol", ""), length_of(call, "type", LENGTHS)
    if name not in view.names:
        return unknown(name)
    if length is None:
        return failure("400100", "Incorrect candlestick type.")
    most = MOST_CANDLES if "startAt" in call.query else MOST_NEWEST
    first, last = seconds(call, "startAt", 0), seconds(call, "endAt", view.now + 1) - 1e-6
    found = bars(view, view.names[name], length, most, first=first, last=last)
    places = view.places(view.names[name])
    return success([_candle(bar, places) for bar in reversed(found)])


def _candle(bar: Bar, places: int) -> list[str]:
    prices = (plain(price, places) for price in (bar.open, bar.close, bar.high, bar.low))
    return [str(bar.opens), *prices, plain(bar.base, 8), plain(bar.volume, 9)]


def level2(call: Call, view: View, count: str) -> Reply:
    """Answer ``/api/v1/market/orderbook/level2_*``."""
    name = call.query.get("symbol", "")
    if name not in view.names:
        return unknown(name)
    pair, places = view.names[name], view.places(view.names[name])
    bids, asks = (
        [[plain(price, places), plain(size, 8)] for price, size in side] for side in ladder(view, pair, int(count))
    )
    return success({"time": ms(view.now), "sequence": str(int(view.at * 7)), "bids": bids, "asks": asks})


def clock(call: Call, view: View) -> Reply:
    """Answer ``/api/v1/timestamp``."""
    return success(ms(view.now))


def success(data: Any) -> Reply:
    """Build a successful answer in the provider's format."""
    return as_json({"code": "200000", "data": data})


def failure(code: str, text: str, status: int = 200) -> Reply:
    """Build an error answer in the provider's format."""
    return as_json({"msg": text, "code": code}, status)


def unknown(name: str) -> Reply:
    """Answer for an unknown pair."""
    if not name:
        return failure("400100", "Parameter error: symbol is required")
    return failure("900001", f"Trading pair {name} does not exist.")


ROUTES = routes(
    (r"/api/v1/market/stats", stats),
    (r"/api/v1/market/allTickers", every_second(all_tickers)),
    (r"/api/v1/market/orderbook/level1", level1),
    (r"/api/v1/market/candles", candles),
    (r"/api/v1/market/orderbook/level2_(20|100)", level2),
    (r"/api/v1/timestamp", clock),
)
ERRORS = {
    429: ("429000", "Too many requests"),
    500: ("500000", "Internal server error"),
    503: ("500000", "Service unavailable"),
}


def answer(call: Call, view: View) -> Reply:
    """Answer a call as the provider does."""
    return metered(dispatch(ROUTES, call, view) or failure("404", "Not Found", 404), view)


def metered(reply: Reply, view: View) -> Reply:
    """Add the headers that report the used limit."""
    meter = view.meter
    return reply.plus(
        ("gw-ratelimit-limit", str(meter.limit)),
        ("gw-ratelimit-remaining", str(meter.remaining)),
        ("gw-ratelimit-reset", str(ms(meter.left))),
    )


def weigh(call: Call) -> int:
    """Statistics and all tickers weigh 15, candles 3, the rest 2."""
    if call.path == "/api/v1/market/candles":
        return 3
    return 15 if call.path.startswith("/api/v1/market/") and "orderbook" not in call.path else 2


def refuse(status: int, view: View, retry_after: int | None) -> Reply:
    """Answer with an HTTP error status, as the provider does."""
    reply = metered(failure(*ERRORS[status], status), view) if status in ERRORS else front_page(status)
    return with_retry(reply, retry_after)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    return metered(failure(*ERRORS[429 if kind == "rate_limited" else 500]), view)


FAKE = Fake(listing, answer, refuse, mistake, limit=2_000, window=30.0, weigh=weigh)
