"""GET /api/market/gainers, /losers, /categories and /api/exchanges: the market as sources list it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from markets.analysis import rankings
from markets.analysis.rankings import sum_known
from markets.api import listing_response
from markets.api.listing_response import ids
from markets.api.presenters import listings as present_lists
from markets.api.schemas import listings as shapes_lists
from markets.feeds import queries
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.domain.listings import CategoriesQuery, ExchangesQuery, GlobalQuery, TableQuery
from providers.domain.wire_format import money

MOVERS, MOST_MOVERS = 10, 100
EXCHANGES, MOST_EXCHANGES = 50, 200
TOP = 5


def _movers(request: Request, name: str, *, up: bool) -> Answer:
    parameters.reject_unknown(request.query_params, "limit", "explain")
    limit = parameters.integer(request.query_params, "limit", MOVERS, 1, MOST_MOVERS)
    table = listing_response.asked(TableQuery())
    known = ids(table)
    rows = [present_lists.mover(row, known) for row in rankings.movers(table.value, limit, up=up)]
    silent = sum(row.change_24h is None for row in table.value.rows)
    said = {"count": len(rows), name: rows, "universe": len(table.value.rows), "change_unknown": silent}
    return listing_response.answer([table], said)


class GainersView(PublicView):
    @extend_schema(
        operation_id="gainers",
        summary="The coins that rose most in 24 hours",
        description="Of the `universe` largest coins by market capitalisation. A coin whose change is not known is "
        "left out and counted in `change_unknown`.",
        parameters=[shapes_lists.limit(MOST_MOVERS, MOVERS)],
        responses={200: shapes_lists.Gainers} | shapes_lists.FAILURES,
        tags=["market"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        return _movers(request, "gainers", up=True)


class LosersView(PublicView):
    @extend_schema(
        operation_id="losers",
        summary="The coins that fell most in 24 hours",
        parameters=[shapes_lists.limit(MOST_MOVERS, MOVERS)],
        responses={200: shapes_lists.Losers} | shapes_lists.FAILURES,
        tags=["market"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        return _movers(request, "losers", up=False)


class CategoriesView(PublicView):
    @extend_schema(
        operation_id="categories",
        summary="Kinds of coins, and what they amount to",
        description="Sources have kinds and ids of their own: `source` says whose these are.",
        responses={200: shapes_lists.Categories} | shapes_lists.FAILURES,
        tags=["market"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        parameters.reject_unknown(request.query_params, "explain")
        found = listing_response.asked(CategoriesQuery())
        known = ids(found)
        rows = [present_lists.category(row, known) for row in found.value.rows]
        return listing_response.answer([found], {"count": len(rows), "categories": rows})


class GlobalView(PublicView):
    @extend_schema(
        operation_id="global_market",
        summary="The whole market in a few figures",
        description="As one source counts it: sources follow different coins, and their figures are not mixed.",
        responses={200: shapes_lists.Global} | shapes_lists.FAILURES,
        tags=["market"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        parameters.reject_unknown(request.query_params, "explain")
        found = listing_response.asked(GlobalQuery())
        return listing_response.answer([found], present_lists.whole(found.value, found.meta.source or ""))


class ExchangesView(PublicView):
    @extend_schema(
        operation_id="exchanges",
        summary="Exchanges by what they trade and how far they are trusted",
        description="Volumes are in bitcoin. `verified_only` keeps those with a trust score of "
        f"{rankings.MIN_TRUST_SCORE} of 10 or more; a source that gives no scores verifies none.",
        parameters=[shapes_lists.limit(MOST_EXCHANGES, EXCHANGES), shapes_lists.VERIFIED],
        responses={200: shapes_lists.Exchanges} | shapes_lists.FAILURES,
        tags=["market"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        query = request.query_params
        parameters.reject_unknown(query, "limit", "verified_only", "explain")
        limit = parameters.integer(query, "limit", EXCHANGES, 1, MOST_EXCHANGES)
        verified = parameters.boolean(query, "verified_only")
        found = listing_response.asked(ExchangesQuery())
        return listing_response.answer([found], _exchanges(found, limit, verified))


def _exchanges(found: queries.Listing, limit: int, verified: bool) -> dict[str, Any]:
    every, source = found.value.rows, found.meta.source or ""
    trusted = set(rankings.trusted_positions(found.value))
    kept = [row for place, row in enumerate(every) if not verified or place in trusted]
    rows = [present_lists.exchange(row, source) for row in kept[:limit]]
    top = rankings.largest(rows, [row.volume_btc for row in kept[:limit]], TOP)
    return {
        "count": len(rows),
        "exchanges": rows,
        "reason": f"{source} gives no trust scores" if verified and not any(row.trust_score for row in every) else None,
        "statistics": {
            "total": len(every),
            "verified": len(trusted),
            "centralized": sum(row.centralized is True for row in every),
            "decentralized": sum(row.centralized is False for row in every),
            "unknown": sum(row.centralized is None for row in every),
            "total_volume_24h_btc": money(sum_known(row.volume_btc for row in every)),
            "volume_unknown": sum(row.volume_btc is None for row in every),
        },
        "top_by_volume": top,
    }
