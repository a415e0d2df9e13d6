"""Tidemark: an exchange that does not exist, and that no adapter was written for.

Operators rehearse on it how a provider is added without code, so it speaks like nobody else: everything nested, times
in milliseconds as text, percent, candles newest first, and an error is an ``ok`` that is false inside a 200.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from providers.sandbox.coins import Coin
from providers.sandbox.fakes.base import MAJOR, Fake, as_json, dispatch, front_page, routes, whole_number, with_retry
from providers.sandbox.fakes.keys import acceptable
from providers.sandbox.fakes.spelling import fixed, ms, plain
from providers.sandbox.history import Bar, bars, length_of, millis
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.ladder import ladder
from providers.sandbox.view import Pair, View

QUOTES = ("USDT", "EUR")
LENGTHS = {"1m": 60, "5m": 300, "60m": 3600, "24h": 86_400}
MOST_BARS, MOST_LEVELS = 500, 100


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """The largest coins, by their symbols."""
    first = {coin.symbol: coin for coin in reversed(coins) if coin.rank <= MAJOR}
    return {
        f"{symbol}-{quote}": Pair(coin, quote) for symbol, coin in first.items() for quote in QUOTES if symbol != quote
    }


def now(call: Call, view: View, name: str) -> Reply:
    """Answer ``/open/v2/pairs/*/now``."""
    pair = view.names.get(name)
    if pair is None:
        return no_such_pair(name)
    day = view.day(pair)
    return served(
        view,
        pair=name,
        trade={"last": plain(day.last, day.places), "buy": plain(day.bid, day.places)},
        day={
            "moved_percent": fixed(day.change * 100, 4),
            "turnover": {"coin": fixed(day.base, 8), "money": fixed(day.volume, 4)},
        },
    )


def candles(call: Call, view: View, name: str) -> Reply:
    """Newest first: the newest, or those that opened before ``until``."""
    pair, length = view.names.get(name), length_of(call, "length", LENGTHS)
    if pair is None:
        return no_such_pair(name)
    if length is None:
        return failure("BAD_LENGTH", f"lengths are {', '.join(LENGTHS)}")
    last = millis(call, "until", (view.now + 1) * 1000) - 0.001
    count = min(whole_number(call, "count", 100), MOST_BARS)
    found = [_bar(bar, view.places(pair)) for bar in bars(view, pair, length, count, last=last)]
    return served(view, bars={"length": call.query["length"], "newest_first": found[::-1]})


def _bar(bar: Bar, places: int) -> dict[str, Any]:
    prices = {"first": bar.open, "top": bar.high, "bottom": bar.low, "final": bar.close}
    return {
        "from": str(bar.opens * 1000),
        "price": {name: plain(price, places) for name, price in prices.items()},
        "traded": {"coin": fixed(bar.base, 8), "money": fixed(bar.volume, 4)},
    }


def book(call: Call, view: View, name: str) -> Reply:
    """Answer ``/open/v2/pairs/*/ladder``."""
    pair = view.names.get(name)
    if pair is None:
        return no_such_pair(name)
    count, places = min(whole_number(call, "depth", 20), MOST_LEVELS), view.places(pair)
    sides = ladder(view, pair, count)
    buy, sell = ([{"at": plain(at, places), "size": fixed(size, 6)} for at, size in side] for side in sides)
    return served(view, ladder={"buy": buy, "sell": sell})


def served(view: View, **fields: Any) -> Reply:
    """Build a successful answer with the given fields."""
    return as_json({"ok": True, "served_ms": str(ms(view.now)), **fields})


def failure(code: str, text: str, status: int = 200) -> Reply:
    """Build an error answer in the provider's format."""
    return as_json({"ok": False, "why": {"code": code, "text": text}}, status)


def no_such_pair(name: str) -> Reply:
    """Answer for an unknown pair."""
    return failure("NO_SUCH_PAIR", f"{name} is not traded here")


ROUTES = routes(
    (r"/open/v2/pairs/([A-Z0-9-]+)/now", now),
    (r"/open/v2/pairs/([A-Z0-9-]+)/bars", candles),
    (r"/open/v2/pairs/([A-Z0-9-]+)/ladder", book),
)
TROUBLES = {429: "TOO_FAST", 500: "OUT_OF_ORDER", 503: "OUT_OF_ORDER"}


def answer(call: Call, view: View) -> Reply:
    """Keys are optional; a bad one is turned down."""
    key = call.headers.get("x-tidemark-key")
    if key is not None and not acceptable(key):
        return failure("BAD_KEY", "this key is not known", 401)
    return dispatch(ROUTES, call, view) or front_page(404)


def refuse(status: int, view: View, retry_after: int | None) -> Reply:
    """Answer with an HTTP error status, as the provider does."""
    reply = failure(TROUBLES[status], "try again later", status) if status in TROUBLES else front_page(status)
    return with_retry(reply, retry_after)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    return failure("TOO_FAST" if kind == "rate_limited" else "OUT_OF_ORDER", "try again later")


FAKE = Fake(listing, answer, refuse, mistake, limit=600)
