"""DefiLlama: dollar prices that are CoinGecko's, keyed coingecko:id; unknown coins are absent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from providers.sandbox.coins import Coin
from providers.sandbox.fakes.base import Fake, as_json, dispatch, ids, refuser, routes
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.view import Pair, View


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """List the coins by the provider's own names."""
    return {f"coingecko:{name}": pair for name, pair in ids(coins, "defillama").items()}


def current(call: Call, view: View, coins: str) -> Reply:
    """Answer ``/prices/current/*``."""
    return as_json({"coins": {name: _coin(view.names[name], view) for name in coins.split(",") if name in view.names}})


def _coin(pair: Pair, view: View) -> dict[str, Any]:
    return {
        "price": view.price(pair),
        "symbol": pair.coin.symbol.upper(),
        "timestamp": int(view.now),
        "confidence": 0.99,
    }


ROUTES = routes((r"/prices/current/([^/]+)", current))
BODIES = {429: {"message": "Too Many Requests"}, 500: {"message": "Internal Server Error"}}
refuse = refuser(BODIES)


def answer(call: Call, view: View) -> Reply:
    """Answer a call as the provider does."""
    return dispatch(ROUTES, call, view) or as_json({"message": "Not Found"}, 404)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    return as_json(BODIES[429 if kind == "rate_limited" else 500])


FAKE = Fake(listing, answer, refuse, mistake, limit=500, lineage="coingecko", refresh=5.0)
