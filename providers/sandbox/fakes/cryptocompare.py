"""CryptoCompare's min-api: nothing without a key, and every error inside a 200."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from providers.sandbox.coins import Coin
from providers.sandbox.fakes.base import Fake, as_json, dispatch, front_page, ids, routes, whole_number, with_retry
from providers.sandbox.fakes.cryptocompare_news import news
from providers.sandbox.fakes.keys import acceptable
from providers.sandbox.history import Bar, bars, seconds
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.view import Pair, View

CURRENCIES = ("USD", "EUR", "GBP", "USDT", "USDC", "BTC", "ETH")
HISTORY = {"minute": 60, "hour": 3600, "day": 86_400}
MOST_CANDLES = 2_000
FULL_MAX = 1_000
MULTI_MAX = 300
"""Characters in a list of coins."""
NO_KEY = "You need a valid auth key or api key to access this endpoint"
OVER_LIMIT = "You are over your rate limit please upgrade your account!"


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """List the coins by the provider's own names."""
    return ids(coins, "cryptocompare")


def full(call: Call, view: View) -> Reply:
    """Answer ``/data/pricemultifull``."""
    problem = _problem(call, view, "fsyms", FULL_MAX)
    if problem:
        return problem
    raw = _table(call, view, "fsyms", _raw)
    display = {coin: {quote: _display(row) for quote, row in rows.items()} for coin, rows in raw.items()}
    return as_json({"RAW": raw, "DISPLAY": display})


def multi(call: Call, view: View) -> Reply:
    """Answer ``/data/pricemulti``."""
    return _problem(call, view, "fsyms", MULTI_MAX) or as_json(_table(call, view, "fsyms", _bare))


def single(call: Call, view: View) -> Reply:
    """Answer ``/data/price``."""
    problem = _problem(call, view, "fsym", 30)
    return problem or as_json(_table(call, view, "fsym", _bare)[call.query["fsym"]])


def _problem(call: Call, view: View, name: str, longest: int) -> Reply | None:
    """Error in the lists of coins and currencies, None without one."""
    for param in (name, "tsyms"):
        if not call.query.get(param):
            return failure(2, f"{param} is a required param.", param)
    coins = call.query[name]
    if len(coins) > longest:
        return failure(2, f"{name} param is invalid. ({name} length is higher than maxlength: {longest})", name)
    if not _known(coins, view):
        pair = f"{coins.split(',')[0]}-{call.query['tsyms'].split(',')[0]}"
        return failure(2, f"cccagg_or_exchange market does not exist for this coin pair ({pair})", name)
    if not _currencies(call):
        return failure(2, f"There is no data for any of the toSymbols {call.query['tsyms']} .", "tsyms")
    return None


def _known(coins: str, view: View) -> list[str]:
    return [name for name in coins.split(",") if name in view.names]


def _currencies(call: Call) -> list[str]:
    return [quote for quote in call.query["tsyms"].split(",") if quote in CURRENCIES]


def _table(call: Call, view: View, name: str, cell: Any) -> dict[str, dict[str, Any]]:
    return {
        coin: {quote: cell(coin, Pair(view.names[coin].coin, quote), view) for quote in _currencies(call)}
        for coin in _known(call.query[name], view)
    }


def _bare(name: str, pair: Pair, view: View) -> float:
    return round(view.price(pair), view.places(pair))


def _raw(name: str, pair: Pair, view: View) -> dict[str, Any]:
    day = view.day(pair)
    return {
        "TYPE": "5",
        "MARKET": "CCCAGG",
        "FROMSYMBOL": name,
        "TOSYMBOL": pair.quote,
        "FLAGS": "4",
        "PRICE": day.last,
        "LASTUPDATE": int(view.now),
        "LASTVOLUME": 0.00000219,
        "LASTVOLUMETO": 0.0099665805,
        "LASTTRADEID": int(view.at * 11),
        "VOLUME24HOUR": day.base,
        "VOLUME24HOURTO": day.volume,
        "OPEN24HOUR": day.open,
        "HIGH24HOUR": day.high,
        "LOW24HOUR": day.low,
        "LASTMARKET": "Coinbase",
        "CHANGE24HOUR": day.last - day.open,
        "CHANGEPCT24HOUR": day.change * 100,
        "SUPPLY": pair.coin.supply,
        "MKTCAP": day.last * pair.coin.supply,
    }


def _display(row: dict[str, Any]) -> dict[str, str]:
    """The part for people, from which nothing should be read."""
    sign = "$" if row["TOSYMBOL"] == "USD" else row["TOSYMBOL"]
    return {
        "FROMSYMBOL": row["FROMSYMBOL"],
        "TOSYMBOL": sign,
        "MARKET": "CryptoCompare Index",
        "PRICE": f"{sign} {row['PRICE']:,.2f}",
        "LASTUPDATE": "Just now",
        "VOLUME24HOURTO": f"{sign} {row['VOLUME24HOURTO']:,.1f}",
        "CHANGEPCT24HOUR": f"{row['CHANGEPCT24HOUR']:.2f}",
        "MKTCAP": f"{sign} {row['MKTCAP'] / 1e9:,.2f} B",
    }


def history(call: Call, view: View, unit: str) -> Reply:
    """Candles, one more than the limit, oldest first."""
    name, quote = call.query.get("fsym", ""), call.query.get("tsym", "")
    for param, value in (("fsym", name), ("tsym", quote)):
        if not value:
            return failure(2, f"{param} is a required param.", param)
    if name not in view.names or quote not in CURRENCIES:
        return failure(2, f"CCCAGG market does not exist for this coin pair ({name}-{quote})", "fsym")
    count = whole_number(call, "limit", 30 if unit == "day" else 168)
    if not 1 <= count <= MOST_CANDLES:
        return failure(2, f"limit param is invalid. (limit is larger than maximum: {MOST_CANDLES})", "limit")
    pair, last = Pair(view.names[name].coin, quote), seconds(call, "toTs", view.now)
    found = bars(view, pair, HISTORY[unit], count + 1, last=last)
    rows = [_candle(bar) for bar in found]
    ends = {"TimeFrom": found[0].opens, "TimeTo": found[-1].opens} if found else {"TimeFrom": 0, "TimeTo": 0}
    body = {"Response": "Success", "Message": "", "HasWarning": False, "Type": 100, "RateLimit": {}}
    return as_json({**body, "Data": {"Aggregated": False, **ends, "Data": rows}})


def _candle(bar: Bar) -> dict[str, Any]:
    prices = {"high": bar.high, "low": bar.low, "open": bar.open}
    volumes = {"volumefrom": round(bar.base, 2), "volumeto": round(bar.volume, 2)}
    conversion = {"conversionType": "direct", "conversionSymbol": ""}
    return {"time": bar.opens, **prices, **volumes, "close": bar.close, **conversion}


def rate_limit(call: Call, view: View) -> Reply:
    """Answer ``/stats/rate/limit``."""
    used = {"second": 1} | dict.fromkeys(("minute", "hour", "day", "month"), view.meter.used)
    left = {window: max(0, allowed(view)[window] - calls) for window, calls in used.items()}
    body = {"Response": "Success", "Message": "", "HasWarning": False, "Type": 100, "RateLimit": {}}
    return as_json({**body, "Data": {"calls_made": used, "calls_left": left}})


def allowed(view: View) -> dict[str, int]:
    """Limits by window."""
    return {"second": 20, "minute": view.meter.limit, "hour": 3_000, "day": 7_500, "month": 50_000}


def failure(kind: int, text: str, param: str = "", status: int = 200) -> Reply:
    """Build an error answer in the provider's format."""
    body: dict[str, Any] = {"Response": "Error", "Message": text, "HasWarning": False, "Type": kind, "RateLimit": {}}
    return as_json({**body, "Data": {}, **({"ParamWithError": param} if param else {})}, status)


def over_limit(view: View, status: int = 200) -> Reply:
    """Answer for an exceeded limit."""
    used = view.meter.used
    calls = {"second": 1, "minute": used, "hour": used, "day": used, "month": used, "total_calls": used}
    body = {"Response": "Error", "Message": OVER_LIMIT, "HasWarning": False, "Type": 99}
    return as_json({**body, "RateLimit": {"calls_made": calls, "max_calls": allowed(view)}, "Data": {}}, status)


ROUTES = routes(
    (r"/data/pricemultifull/?", full),
    (r"/data/pricemulti/?", multi),
    (r"/data/price/?", single),
    (r"/data/v2/histo(minute|hour|day)/?", history),
    (r"/data/v2/news/?", news),
    (r"/stats/rate/limit/?", rate_limit),
)


def answer(call: Call, view: View) -> Reply:
    """Answer a call as the provider does."""
    scheme, _, key = call.headers.get("authorization", "").partition(" ")
    given = key if scheme.lower() == "apikey" else call.query.get("api_key", "")
    if not acceptable(given):
        return failure(1, NO_KEY)
    return dispatch(ROUTES, call, view) or failure(2, "Path does not exist")


def refuse(status: int, view: View, retry_after: int | None) -> Reply:
    """Answer with an HTTP error status, as the provider does."""
    if status == 429:
        return with_retry(over_limit(view, 429), retry_after)
    return with_retry(failure(1, NO_KEY, status=401) if status == 401 else front_page(status), retry_after)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    return over_limit(view) if kind == "rate_limited" else failure(100, "Internal server error")


FAKE = Fake(listing, answer, refuse, mistake, limit=300, limited=200, refresh=5.0)
