"""Kraken: three spellings of a pair, errors inside a 200, one unknown pair spoils a whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import formatdate
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
from providers.sandbox.fakes.spelling import fixed, iso
from providers.sandbox.history import WEEK, Bar, bars, length_of, seconds
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.ladder import ladder
from providers.sandbox.levels import unit
from providers.sandbox.market import DAY
from providers.sandbox.view import Pair, View

ALTNAMES = {"BTC": "XBT", "DOGE": "XDG"}
OLD_CODES = {
    "BTC": "XXBT",
    "ETH": "XETH",
    "ETC": "XETC",
    "LTC": "XLTC",
    "USDT": "USDT",
    "XLM": "XXLM",
    "XMR": "XXMR",
    "XRP": "XXRP",
    "ZEC": "XZEC",
}
"""Coins whose pairs with a currency keep the first naming scheme: XXBTZUSD, USDTZUSD."""
QUOTES = ("USD", "USDT", "USDC", "EUR")
MINUTES = {str(count): count * 60 for count in (1, 5, 15, 30, 60, 240, 1440)} | {"10080": WEEK}
MOST_CANDLES = 721
MOST_LEVELS = 500
MAX_TARGET = 4_000
"""A longer request line gets a 414."""


def key_of(pair: Pair) -> str:
    """The pair's key in answers: XXBTZUSD for the oldest coins, else the altname."""
    code = OLD_CODES.get(pair.coin.name_at("kraken"))
    return f"{code}Z{pair.quote}" if code and pair.quote in ("USD", "EUR") else altname(pair)


def altname(pair: Pair) -> str:
    """Kraken's old name of a pair, such as XBTUSD."""
    name = pair.coin.name_at("kraken")
    return ALTNAMES.get(name, name) + pair.quote


def display(pair: Pair) -> str:
    """Kraken's display name of a pair, such as BTC/USD."""
    return f"{pair.coin.name_at('kraken')}/{pair.quote}"


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """Every spelling that is understood, with the pair it means. The websocket's XBT/USD is not among them."""
    modern = pairs(coins, "kraken", QUOTES, lambda base, quote: f"{base}/{quote}")
    return {
        name: pair
        for display_name, pair in modern.items()
        for name in (display_name, display_name.replace("/", ""), altname(pair), key_of(pair))
    }


def ticker(call: Call, view: View) -> Reply:
    """Answer ``/0/public/Ticker``."""
    if "pair" in call.query:
        asked = call.query["pair"].split(",")
        if any(name not in view.names for name in asked):
            return failure("EQuery:Unknown asset pair")
        named = {_key(name, call, view): view.names[name] for name in asked}
        return success({key: _row(pair, view) for key, pair in named.items()})
    return all_tickers(call, view)


@every_second
def all_tickers(call: Call, view: View) -> Reply:
    """Answer with all tickers."""
    named = {_key(key_of(pair), call, view): pair for pair in view.names.values()}
    return success({key: _row(pair, view) for key, pair in named.items()})


def _key(name: str, call: Call, view: View) -> str:
    """Key of a pair in an answer: the modern name as requested, else the old key."""
    pair = view.names[name]
    if "/" in name or call.query.get("assetVersion") == "1":
        return display(pair)
    return key_of(pair)


def _row(pair: Pair, view: View) -> dict[str, Any]:
    day = view.day(pair)
    places = max(5, day.places)
    gone = view.at % DAY
    today_open = view.price(pair, ago=gone)
    today = max(gone / DAY, 1e-4)
    trades = int(100 + 50_000 * unit(pair.coin.slug, "trades"))

    def price(value: float) -> str:
        return fixed(value, places)

    return {
        "a": [price(day.ask), "1", "1.000"],
        "b": [price(day.bid), "3", "3.000"],
        "c": [price(day.last), fixed(day.base / 1_000_000, 8)],
        "v": [fixed(day.base * today, 8), fixed(day.base, 8)],
        "p": [price((day.last + today_open) / 2), price(day.vwap)],
        "t": [int(trades * today), trades],
        "l": [price(min(day.last, today_open)), price(day.low)],
        "h": [price(max(day.last, today_open)), price(day.high)],
        "o": price(today_open),
    }


def candles(call: Call, view: View) -> Reply:
    """The newest 720 and the one that is forming, whatever is asked; weeks begin on Thursdays."""
    name, length = call.query.get("pair", ""), length_of(call, "interval", MINUTES, "1")
    if length is None:
        return failure("EGeneral:Invalid arguments:interval")
    if name not in view.names:
        return failure("EQuery:Unknown asset pair")
    pair, since = view.names[name], seconds(call, "since", 0)
    found = bars(view, pair, length, MOST_CANDLES, first=since)
    places = max(1, view.places(pair) - 1)
    last = max((bar.opens for bar in found if bar.closed), default=0)
    return success({_key(name, call, view): [_candle(bar, places) for bar in found], "last": last})


def _candle(bar: Bar, places: int) -> list[Any]:
    prices = (fixed(price, places) for price in (bar.open, bar.high, bar.low, bar.close, bar.vwap))
    return [bar.opens, *prices, fixed(bar.base, 8), bar.trades]


def depth(call: Call, view: View) -> Reply:
    """Answer ``/0/public/Depth``."""
    name = call.query.get("pair", "")
    if name not in view.names:
        return failure("EQuery:Unknown asset pair")
    pair, at = view.names[name], int(view.at)
    places = max(5, view.places(pair))
    sides = ladder(view, pair, min(whole_number(call, "count", 100), MOST_LEVELS))
    bids, asks = ([[fixed(price, places), fixed(size, 3), at] for price, size in side] for side in sides)
    return success({_key(name, call, view): {"asks": asks, "bids": bids}})


def clock(call: Call, view: View) -> Reply:
    """Answer ``/0/public/Time``."""
    return success({"unixtime": int(view.now), "rfc1123": formatdate(view.now, usegmt=True)})


def status(call: Call, view: View) -> Reply:
    """Answer ``/0/public/SystemStatus``."""
    return success({"status": "online", "timestamp": iso(view.now, 0)})


def success(result: Any) -> Reply:
    """Build a successful answer in the provider's format."""
    return as_json({"error": [], "result": result})


def failure(text: str, status: int = 200) -> Reply:
    """Build an error answer in the provider's format."""
    return as_json({"error": [text]}, status)


def asset_pairs(call: Call, view: View) -> Reply:
    """Answer ``/0/public/AssetPairs``."""
    return as_json({"error": [], "result": {key_of(pair): _listed(pair) for pair in view.names.values()}})


def _listed(pair: Pair) -> dict[str, Any]:
    name = pair.coin.name_at("kraken")
    return {
        "altname": altname(pair),
        "wsname": f"{ALTNAMES.get(name, name)}/{pair.quote}",
        "aclass_base": "currency",
        "base": OLD_CODES.get(name, ALTNAMES.get(name, name)),
        "aclass_quote": "currency",
        "quote": f"Z{pair.quote}" if pair.quote in ("USD", "EUR") else pair.quote,
        "status": "online",
    }


ROUTES = routes(
    (r"/0/public/AssetPairs", asset_pairs),
    (r"/0/public/Ticker", ticker),
    (r"/0/public/OHLC", candles),
    (r"/0/public/Depth", depth),
    (r"/0/public/Time", clock),
    (r"/0/public/SystemStatus", status),
)


def answer(call: Call, view: View) -> Reply:
    """Answer a call as the provider does."""
    if len(call.target) > MAX_TARGET:
        return front_page(414)
    return dispatch(ROUTES, call, view) or failure("EGeneral:Unknown method")


def refuse(status: int, view: View, retry_after: int | None) -> Reply:
    """Answer with an HTTP error status, as the provider does."""
    bodies = {429: "EGeneral:Too many requests", 503: "EService:Unavailable", 500: "EGeneral:Internal error"}
    reply = failure(bodies[status], status) if status in bodies else front_page(status)
    return with_retry(reply, retry_after)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    return failure("EGeneral:Too many requests" if kind == "rate_limited" else "EService:Unavailable")


FAKE = Fake(listing, answer, refuse, mistake, limit=60, limited=200)
