"""CoinCap v3: nothing without a key, every number a text with sixteen places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from providers.sandbox.coins import Coin
from providers.sandbox.fakes.base import Fake, as_json, dispatch, front_page, ids, routes, whole_number, with_retry
from providers.sandbox.fakes.keys import acceptable
from providers.sandbox.fakes.spelling import fixed, ms
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.view import Pair, View

PAGE = 2_000


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """List the coins by the provider's own names."""
    return ids(coins, "coincap")


def assets(call: Call, view: View) -> Reply:
    """Answer ``/v3/assets``."""
    requested = call.query["ids"].split(",") if call.query.get("ids") else list(view.names)
    known = [name for name in requested if name in view.names]
    limit, offset = whole_number(call, "limit", 100), whole_number(call, "offset", 0)
    chosen = known if call.query.get("ids") else known[offset : offset + min(limit, PAGE)]
    return success(view, [_asset(name, view) for name in chosen])


def asset(call: Call, view: View, name: str) -> Reply:
    """Answer ``/v3/assets/*``."""
    return success(view, _asset(name, view)) if name in view.names else failure(view, f"{name} not found", 404)


def _asset(name: str, view: View) -> dict[str, Any]:
    pair = view.names[name]
    coin, price = pair.coin, view.price(pair)
    return {
        "id": name,
        "rank": str(coin.rank),
        "symbol": coin.symbol,
        "name": coin.name,
        "supply": fixed(coin.supply, 16),
        "maxSupply": "21000000.0000000000000000" if coin.slug == "bitcoin" else None,
        "marketCapUsd": fixed(price * coin.supply, 16),
        "volumeUsd24Hr": fixed(view.volume(pair), 16),
        "priceUsd": fixed(price, 16),
        "changePercent24Hr": fixed(view.change(pair) * 100, 16),
        "vwap24Hr": fixed(view.day(pair).vwap, 16),
        "explorer": f"https://explorer.example/{name}",
    }


def success(view: View, data: Any) -> Reply:
    """Build a successful answer in the provider's format."""
    return as_json({"timestamp": ms(view.now), "data": data})


def failure(view: View, text: str, status: int = 200) -> Reply:
    """Build an error answer in the provider's format."""
    return as_json({"error": text, "timestamp": ms(view.now)}, status)


ROUTES = routes((r"/v3/assets", assets), (r"/v3/assets/([^/]+)", asset))
ERRORS = {
    401: "Unauthorized: a valid API key is required",
    403: "Forbidden: this API key has no credits left",
    429: "You exceeded your rate limit",
    500: "Internal server error",
    503: "Service unavailable",
}


def answer(call: Call, view: View) -> Reply:
    """Answer a call as the provider does."""
    scheme, _, key = call.headers.get("authorization", "").partition(" ")
    given = key if scheme == "Bearer" else call.query.get("apiKey", "")
    if not acceptable(given):
        return failure(view, ERRORS[401], 401)
    return dispatch(ROUTES, call, view) or failure(view, "path not found", 404)


def refuse(status: int, view: View, retry_after: int | None) -> Reply:
    """Answer with an HTTP error status, as the provider does."""
    return with_retry(failure(view, ERRORS[status], status) if status in ERRORS else front_page(status), retry_after)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    return failure(view, ERRORS[429 if kind == "rate_limited" else 500])


FAKE = Fake(listing, answer, refuse, mistake, limit=600, refresh=5.0)
