"""CoinPaprika: JSON numbers in full, ISO times, a slash at the end is a redirect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from providers.sandbox.coins import Coin
from providers.sandbox.fakes import coinpaprika_listings
from providers.sandbox.fakes.base import Fake, as_html, as_json, dispatch, every_second, ids, refuser, routes
from providers.sandbox.fakes.spelling import iso, whole
from providers.sandbox.http1 import Call, Reply
from providers.sandbox.market import DAY
from providers.sandbox.view import Pair, View

QUOTES = ("USD", "EUR", "GBP", "BTC", "ETH")
HOUR = 3600.0
CHANGES = {"15m": HOUR / 4, "30m": HOUR / 2, "1h": HOUR, "6h": 6 * HOUR, "12h": 12 * HOUR, "24h": DAY}
LONG_CHANGES = {"7d": 7 * DAY, "30d": 30 * DAY, "1y": 365 * DAY}


def listing(coins: Sequence[Coin]) -> dict[str, Pair]:
    """List the coins by the provider's own names."""
    return ids(coins, "coinpaprika")


def ticker(call: Call, view: View, name: str) -> Reply:
    """Answer ``/v1/tickers/*``."""
    if name not in view.names:
        return as_json({"error": "id not found"}, 404)
    return _in_quotes(call, lambda quotes: _row(name, quotes, view))


def tickers(call: Call, view: View) -> Reply:
    """Answer ``/v1/tickers``."""
    return _in_quotes(call, lambda quotes: [_row(name, quotes, view) for name in view.names])


def _in_quotes(call: Call, make: Any) -> Reply:
    quotes = call.query.get("quotes", "USD").upper().split(",")
    if any(quote not in QUOTES for quote in quotes):
        return as_json({"error": "invalid parameters"}, 400)
    return as_json(make(quotes))


def _row(name: str, quotes: Sequence[str], view: View) -> dict[str, Any]:
    coin = view.names[name].coin
    return {
        "id": name,
        "name": coin.name,
        "symbol": coin.symbol,
        "rank": coin.rank,
        "circulating_supply": whole(coin.supply),
        "total_supply": whole(coin.supply),
        "max_supply": 21_000_000 if coin.slug == "bitcoin" else 0,
        "beta_value": 0.908202,
        "first_data_at": "2010-07-17T00:00:00Z",
        "last_updated": iso(view.now, 0),
        "quotes": {quote: _quote(Pair(coin, quote), view) for quote in quotes},
    }


def _quote(pair: Pair, view: View) -> dict[str, Any]:
    price = view.price(pair)

    def change(ago: float) -> float:
        before = view.price(pair, ago)
        return round((price / before - 1) * 100, 2) if before else 0.0

    changes = {f"percent_change_{name}": change(ago) for name, ago in {**CHANGES, **LONG_CHANGES}.items()}
    return {
        "price": price,
        "volume_24h": round(view.volume(pair), 2),
        "volume_24h_change_24h": -12.04,
        "market_cap": whole(price * pair.coin.supply),
        "market_cap_change_24h": change(DAY),
        **changes,
        "ath_price": price * 2,
        "ath_date": "2025-10-06T10:57:42Z",
        "percent_from_price_ath": -50.0,
    }


def moved(call: Call, view: View, path: str) -> Reply:
    """Redirect a path with a trailing slash."""
    return as_html(301, "301 Moved Permanently").plus(("Location", path))


def retired(call: Call, view: View) -> Reply:
    """Answer ``/v1/ticker``."""
    return Reply(404, b"Deprecated", "text/plain; charset=utf-8")


ROUTES = (
    routes(
        (r"/v1/ticker(?:/.*)?", retired),
        (r"(/v1/.+)/", moved),
        (r"/v1/tickers/([^/]+)", ticker),
        (r"/v1/tickers", every_second(tickers)),
    )
    + coinpaprika_listings.ROUTES
)
BODIES = {
    402: {"error": "payment required"},
    429: {"error": "too many requests"},
    500: {"error": "internal server error"},
    503: {"error": "service unavailable"},
}
refuse = refuser(BODIES)


def answer(call: Call, view: View) -> Reply:
    """Answer a call as the provider does."""
    return dispatch(ROUTES, call, view) or as_json({"error": "not found"}, 404)


def mistake(kind: str, view: View) -> Reply:
    """Answer 200 with the provider's own error inside."""
    return as_json(BODIES[429 if kind == "rate_limited" else 500])


FAKE = Fake(listing, answer, refuse, mistake, limit=10, window=1.0, refresh=5.0)
