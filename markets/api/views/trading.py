"""GET /api/trading/orderbook and /api/trading/volume: order books and volumes, each of one named venue."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from markets.api.params import symbols
from markets.api.problems import FAILURES, problem_for
from markets.api.schemas import trading
from markets.assets import registry
from markets.feeds import queries
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.domain.market_data import Instrument

TOP = 50
NOT_TRADED = "No source in the chain has any of these coins."
SYMBOL = OpenApiParameter("symbol", str, required=True, description="A symbol, an id or a pair.")
ANY_SYMBOL = OpenApiParameter("symbol", str, description=f"One coin; without it, the top {TOP}.")
DEPTH = OpenApiParameter("depth", {"type": "integer", "minimum": 5, "maximum": 100, "default": 20})


class OrderBookView(PublicView):
    """The order book of one venue."""

    @extend_schema(
        operation_id="orderbook",
        summary="The order book of one venue",
        description="Books of two venues are never merged: meta.source names the venue.",
        parameters=[SYMBOL, DEPTH],
        responses={200: trading.OrderBook} | FAILURES,
        tags=["trading"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        """Answer with the best ``depth`` levels of each side."""
        query = request.query_params
        parameters.reject_unknown(query, "symbol", "depth", "explain")
        depth = parameters.integer(query, "depth", 20, 5, 100)
        name = query.get("symbol")
        if not name:
            raise ValidationError({"symbol": "Required: one coin, as in BTC, bitcoin or BTCUSDT."})
        item = symbols.instrument(name)
        result = queries.order_book(item.asset, quote=item.quote, levels=depth)
        if result.value is None:
            raise problem_for([result.missing], result.meta, NOT_TRADED)
        body = trading.order_book(name, item, result, result.value)
        return responses.build(body, result.meta.fetched_at, result.dependencies)


class VolumeView(PublicView):
    """Volumes of 24 hours."""

    @extend_schema(
        operation_id="volume",
        summary="Volumes traded in 24 hours",
        description="Each row is of one venue, or of the whole market as its source counts it; the two differ tenfold "
        "and are never added up. Largest first.",
        parameters=[ANY_SYMBOL],
        responses={200: trading.Volumes} | FAILURES,
        tags=["trading"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        """Answer with the volume of one coin, or of the top coins."""
        query = request.query_params
        parameters.reject_unknown(query, "symbol", "explain")
        name = query.get("symbol")
        items = [symbols.instrument(name)] if name is not None else [Instrument(ref.slug) for ref in registry.top(TOP)]
        result = queries.volumes(items)
        if not result.rows:
            raise problem_for(result.missing.values(), result.meta, NOT_TRADED)
        body = trading.volumes(name, items, result)
        return responses.build(body, result.meta.fetched_at, result.dependencies)
