"""Order books and volumes: of one venue each, and named."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from markets.api.presenters import prices
from markets.api.problems import problem_for
from markets.api.schemas import candles as shapes_candles
from markets.api.views.candles import named, symbol
from markets.assets import registry
from markets.feeds import queries
from markets.feeds.queries import Meta, VolumeRow
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.api.schemas import problems
from providers.domain.market_data import Instrument, OrderBook, Volume
from providers.domain.wire_format import moment, money, number

TOP = 50
NOT_TRADED = "No source in the chain has any of these coins."
FAILURES = problems(
    s400="A parameter is missing, unknown or not allowed; errors[] says which and what is.",
    s404="No coin of this name is known, or no source in the chain has it.",
    s503="No source could answer and nothing was known. Retry-After says when to ask again.",
    s504="No source answered within the deadline and nothing was known.",
)
SYMBOL = OpenApiParameter("symbol", str, required=True, description="A symbol, an id or a pair.")
ANY_SYMBOL = OpenApiParameter("symbol", str, description=f"One coin; without it, the top {TOP}.")
DEPTH = OpenApiParameter("depth", {"type": "integer", "minimum": 5, "maximum": 100, "default": 20})


class OrderBookView(PublicView):
    @extend_schema(
        operation_id="orderbook",
        summary="The order book of one venue",
        description="Books of two venues are never merged: meta.source names whose it is.",
        parameters=[SYMBOL, DEPTH],
        responses={200: shapes_candles.OrderBook} | FAILURES,
        tags=["trading"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        query = request.query_params
        parameters.reject_unknown(query, "symbol", "depth", "explain")
        depth = parameters.integer(query, "depth", 20, 5, 100)
        if not query.get("symbol"):
            raise ValidationError({"symbol": "Required: one coin, as in BTC, bitcoin or BTCUSDT."})
        item = named(query["symbol"])
        found = queries.order_book(item.asset, quote=item.quote, levels=depth)
        if found.value is None:
            raise problem_for([found.missing], found.meta, NOT_TRADED)
        body = {
            "success": True,
            "symbol": symbol(item),
            "currency": found.value.currency,
            "bids": [[money(price), money(quantity)] for price, quantity in found.value.bids],
            "asks": [[money(price), money(quantity)] for price, quantity in found.value.asks],
            "metrics": metrics(found.value),
            "update_time": moment(found.value.as_of),
            "unknown": {} if found.value.as_of else {"update_time": f"{found.meta.source} does not say it"},
            "meta": prices.meta(found.meta, _ages(found.meta), {query["symbol"]: item.asset}),
        }
        return responses.build(body, found.meta.fetched_at, found.dependencies)


def metrics(book: OrderBook) -> dict[str, Any]:
    """What the levels given say: sums, their ratio, and the spread, also as a share of the middle."""
    bid_volume = sum((quantity for _, quantity in book.bids), Decimal(0))
    ask_volume = sum((quantity for _, quantity in book.asks), Decimal(0))
    best_bid, best_ask = book.bids[0][0], book.asks[0][0]
    spread = best_ask - best_bid
    return {
        "bid_volume": money(bid_volume),
        "ask_volume": money(ask_volume),
        "bid_ask_ratio": float(bid_volume / ask_volume),
        "spread": money(spread),
        "spread_percent": float(spread / ((best_bid + best_ask) / 2) * 100),
        "best_bid": money(best_bid),
        "best_ask": money(best_ask),
    }


OF_TOTAL = ("total_volume", "currency", "volume_scope")


class VolumeView(PublicView):
    @extend_schema(
        operation_id="volume",
        summary="What was traded in 24 hours",
        description="Each row is of one venue, or of the whole market as its source counts it; the two differ tenfold "
        "and are never added up. Largest first.",
        parameters=[ANY_SYMBOL],
        responses={200: shapes_candles.Volumes} | FAILURES,
        tags=["trading"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        query = request.query_params
        parameters.reject_unknown(query, "symbol", "explain")
        asked = query.get("symbol")
        items = [named(asked)] if asked is not None else [Instrument(asset.slug) for asset in registry.top(TOP)]
        found = queries.volumes(items)
        if not found.rows:
            raise problem_for(found.missing.values(), found.meta, NOT_TRADED)
        rows = sorted(found.rows.items(), key=lambda entry: entry[1].volume.quoted or Decimal(0), reverse=True)
        whole = total([row.volume for _, row in rows])
        body = {
            "success": True,
            "symbol": symbol(items[0]) if asked is not None else None,
            "total_volume": money(whole.quoted),
            "currency": whole.currency,
            "volume_scope": whole.scope,
            "count": len(rows),
            "data": [_volume_row(item, row) for item, row in rows],
            "unknown": {} if whole.reason is None else dict.fromkeys(OF_TOTAL, whole.reason),
            "missing": [prices.missing_row(symbol(item), missing) for item, missing in found.missing.items()],
            "meta": prices.meta(found.meta, _ages(found.meta), {asked: items[0].asset} if asked else {}),
        }
        return responses.build(body, found.meta.fetched_at, found.dependencies)


@dataclass(frozen=True, slots=True)
class Total:
    """A sum in the currency and of the scope that all of it shares; ``reason`` says why there is none."""

    quoted: Decimal | None = None
    currency: str | None = None
    scope: str | None = None
    reason: str | None = None


def total(volumes: list[Volume]) -> Total:
    """What volumes come to together; nothing where they differ in currency or scope, or one is not known."""
    quoted = [volume.quoted for volume in volumes if volume.quoted is not None]
    if len({(volume.currency, volume.scope) for volume in volumes}) != 1:
        return Total(reason="the rows differ in currency or in scope, and do not add up")
    if len(quoted) < len(volumes):
        return Total(reason="not every row's volume is known")
    return Total(sum(quoted, Decimal(0)), volumes[0].currency, volumes[0].scope)


def _volume_row(item: Instrument, row: VolumeRow) -> dict[str, Any]:
    volume = row.volume
    told = {
        "volume_24h": volume.quoted,
        "volume_base": volume.base,
        "volume_change": volume.volume_change,
        "trades_count": volume.trades,
        "price_change_percent": volume.change_24h,
        "as_of": volume.as_of,
    }
    unknown = {name: f"{row.source} does not say it" for name, value in told.items() if value is None}
    return {
        "symbol": symbol(item),
        "exchange": row.source if volume.scope == "venue" else "market",
        "currency": volume.currency,
        "volume_24h": money(volume.quoted),
        "volume_base": money(volume.base),
        "volume_scope": volume.scope,
        "volume_change": number(volume.volume_change),
        "trades_count": volume.trades,
        "price_change_percent": number(volume.change_24h),
        "as_of": moment(volume.as_of),
        "source": row.source,
        "stale": row.stale,
        "unknown": unknown,
    }


def _ages(meta: Meta) -> list[float]:
    return [meta.age_s] if meta.age_s is not None else []
