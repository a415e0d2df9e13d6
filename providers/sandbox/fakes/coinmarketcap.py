"""CoinMarketCap's keyless public API: numeric ids, lists for data and quotes, a status with every answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from providers.sandbox.coins import Coin
from providers.sandbox.fakes import coinmarketcap_listings
from providers.sandbox.fakes.alternative_me import band, index_of
from providers.sandbox.fakes.base import Fake, as_json, dispatch, front_page, ids, routes, whole_number, with_retry
from providers.sandbox.fakes.spelling import iso
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.market import DAY
from providers.sandbox.view import Pair, View

CURRENCIES = {"USD": 2781, "EUR": 2790, "GBP": 2791, "BTC": 1, "ETH": 1027}
QUARTER = 900
SIMPLE_MAX = 50
PAGE = 5_000


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """List the coins by the provider's own names."""
    return ids(coins, "coinmarketcap")


def simple_price(call: Call, view: View) -> Reply:
    """Answer ``/public-api/v1/simple/price``."""
    requested = call.query.get("ids", "").split(",")
    if not all(name.isdecimal() for name in requested) or len(requested) > SIMPLE_MAX:
        return failure(view, 400, '"ids" should be a comma-separated list of 1 to 50 ids')
    return success(view, [_simple(name, call, view) for name in requested if name in view.names])


def _simple(name: str, call: Call, view: View) -> dict[str, Any]:
    pair = view.names[name]
    price = view.price(pair)
    extras = {
        "market_cap": price * pair.coin.supply,
        "volume_24h": view.volume(pair),
        "percent_change_24h": view.change(pair) * 100,
        "last_updated": iso(view.now),
    }
    requested = {key: value for key, value in extras.items() if call.query.get(f"include_{key}") == "true"}
    return {"id": int(name), "price": price, **requested}


def quotes(call: Call, view: View) -> Reply:
    """Answer ``/public-api/v3/cryptocurrency/quotes/latest``."""
    if "id" not in call.query:
        return failure(view, 400, '"value" must contain at least one of [id, symbol, slug]')
    requested = call.query["id"].split(",")
    wrong = [name for name in requested if name not in view.names]
    if wrong and call.query.get("skip_invalid", "true") != "true":
        return failure(view, 400, f'Invalid value for "id": "{wrong[0]}"')
    return _rows(call, view, [name for name in requested if name in view.names])


def listings(call: Call, view: View) -> Reply:
    """Answer ``/public-api/v3/cryptocurrency/listings/latest``."""
    start, limit = max(1, whole_number(call, "start", 1)), whole_number(call, "limit", 100)
    return _rows(call, view, list(view.names)[start - 1 : start - 1 + min(limit, PAGE)])


def _rows(call: Call, view: View, names: Sequence[str]) -> Reply:
    converts = call.query.get("convert", "USD").upper().split(",")
    for convert in converts:
        if convert not in CURRENCIES:
            return failure(view, 400, f'Invalid value for "convert": "{convert}"')
    return success(view, [_row(name, converts, view) for name in names])


def _row(name: str, converts: Sequence[str], view: View) -> dict[str, Any]:
    coin = view.names[name].coin
    return {
        "id": int(name),
        "name": coin.name,
        "symbol": coin.symbol,
        "slug": coin.name.lower().replace(" ", "-"),
        "num_market_pairs": 12_000 // coin.rank,
        "date_added": "2013-04-28T00:00:00.000Z",
        "tags": [],
        "max_supply": 21_000_000 if coin.slug == "bitcoin" else None,
        "circulating_supply": coin.supply,
        "total_supply": coin.supply,
        "platform": None,
        "cmc_rank": coin.rank,
        "self_reported_circulating_supply": None,
        "self_reported_market_cap": None,
        "last_updated": iso(view.now),
        "quote": [_quote(Pair(coin, convert), view) for convert in converts],
    }


def _quote(pair: Pair, view: View) -> dict[str, Any]:
    price = view.price(pair)

    def change(ago: float) -> float:
        before = view.price(pair, ago)
        return round((price / before - 1) * 100, 8) if before else 0.0

    return {
        "id": CURRENCIES[pair.quote],
        "symbol": pair.quote,
        "price": price,
        "volume_24h": view.volume(pair),
        "volume_change_24h": -23.4316,
        "percent_change_1h": change(3_600.0),
        "percent_change_24h": change(DAY),
        "percent_change_7d": change(7 * DAY),
        "percent_change_30d": change(30 * DAY),
        "market_cap": price * pair.coin.supply,
        "market_cap_dominance": 100.0 * pair.coin.cap / 2.8e12,
        "fully_diluted_market_cap": price * pair.coin.supply,
        "last_updated": iso(view.now),
    }


def coin_map(call: Call, view: View) -> Reply:
    """Answer ``/public-api/v1/cryptocurrency/map``."""
    return success(view, coinmarketcap_listings.every(view))


def info(call: Call, view: View) -> Reply:
    """Answer ``/public-api/v2/cryptocurrency/info``."""
    name = call.query.get("id", "")
    if name not in view.names:
        return failure(view, 400, f'Invalid value for "id": "{name}"')
    return success(view, {name: coinmarketcap_listings.info(name, view)})


def categories(call: Call, view: View) -> Reply:
    """Answer ``/public-api/v1/cryptocurrency/categories``."""
    return success(view, coinmarketcap_listings.categories(view))


def whole_market_of(call: Call, view: View) -> Reply:
    """Answer ``/public-api/v1/global-metrics/quotes/latest``."""
    return success(view, coinmarketcap_listings.whole_market_of(view))


def fear_and_greed(call: Call, view: View) -> Reply:
    """Its own index, which it renews every quarter of an hour."""
    renewed = int(view.at) // QUARTER * QUARTER
    value = index_of(view.market.seed, "coinmarketcap", renewed)
    word = band(value).capitalize()
    return success(view, {"value": value, "value_classification": word, "update_time": iso(renewed)})


def success(view: View, data: Any) -> Reply:
    """Keyless answers state the code as text."""
    return as_json({"data": data, "status": _status(view, "0", "")})


def failure(view: View, code: int, text: str, status: int = 400) -> Reply:
    """Build an error answer in the provider's format."""
    return as_json({"status": _status(view, code, text)}, status)


def _status(view: View, code: int | str, text: str) -> dict[str, Any]:
    return {
        "timestamp": iso(view.now),
        "error_code": code,
        "error_message": text,
        "elapsed": 5,
        "credit_count": 0 if text else 1,
        "notice": "",
    }


ROUTES = routes(
    (r"/public-api/v1/simple/price", simple_price),
    (r"/public-api/v3/cryptocurrency/quotes/latest", quotes),
    (r"/public-api/v3/cryptocurrency/listings/latest", listings),
    (r"/public-api/v3/fear-and-greed/latest", fear_and_greed),
    (r"/public-api/v1/global-metrics/quotes/latest", whole_market_of),
    (r"/public-api/v1/cryptocurrency/map", coin_map),
    (r"/public-api/v2/cryptocurrency/info", info),
    (r"/public-api/v1/cryptocurrency/categories", categories),
)
ERRORS = {
    401: (1002, "API key missing."),
    402: (1003, "Your API Key must be activated. Please go to pro.coinmarketcap.com/account/plan."),
    403: (1006, "Your API Key subscription plan doesn't support this endpoint."),
    429: (1008, "You've exceeded your API Key's HTTP request rate limit. Rate limits reset every minute."),
    500: (500, "An internal server error occurred"),
}


def answer(call: Call, view: View) -> Reply:
    """Answer a call as the provider does."""
    if call.path.startswith("/v"):
        return failure(view, *ERRORS[401], status=401)
    return dispatch(ROUTES, call, view) or front_page(404)


def refuse(status: int, view: View, retry_after: int | None) -> Reply:
    """Answer with an HTTP error status, as the provider does."""
    reply = failure(view, *ERRORS[status], status=status) if status in ERRORS else front_page(status)
    return with_retry(reply, retry_after)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    return failure(view, *ERRORS[429 if kind == "rate_limited" else 500], status=200)


FAKE = Fake(listing, answer, refuse, mistake, limit=30, refresh=5.0)
