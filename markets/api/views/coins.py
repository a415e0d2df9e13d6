"""GET and POST /api/coins/search, GET /api/coins/{id}/details and /api/metadata/coins: which coins there are."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from markets.analysis import rankings
from markets.api import listing_response
from markets.api.listing_response import ids
from markets.api.params.bodies import Body
from markets.api.presenters import listings as present_lists
from markets.api.schemas import listings as shapes_lists
from markets.api.views.news import coin_named
from markets.feeds import queries
from markets.response_cache import responses
from markets.response_cache.explain import explainable
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.domain.listings import CoinListQuery, CoinRow, DetailsQuery, SearchQuery, TableQuery

LIMIT, MOST = 20, 100
LISTED, MOST_LISTED = 100, 5_000
LONGEST = 100


class Search(Body):
    q = serializers.CharField(min_length=1, max_length=LONGEST, help_text="A part of a name or a symbol.")
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=LIMIT)


class CoinSearchView(PublicView):
    @extend_schema(
        operation_id="search_coins",
        summary="Coins by a part of their name or symbol",
        description="Exact matches first, then by rank; only then cut to `limit`. Figures are of the market table, "
        "which names its own source; a coin outside it has null, with the reason.",
        parameters=[shapes_lists.Q, shapes_lists.limit(MOST, LIMIT)],
        responses={200: shapes_lists.SearchResults} | shapes_lists.FAILURES,
        tags=["coins"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        query = request.query_params
        parameters.reject_unknown(query, "q", "limit", "explain")
        limit = parameters.integer(query, "limit", LIMIT, 1, MOST)
        return _searched(_text(query.get("q", ""), "q"), limit)

    @extend_schema(
        operation_id="search_coins_by_post",
        summary="Coins by a part of their name or symbol, asked in a body",
        request=Search,
        responses={200: shapes_lists.SearchResults} | shapes_lists.FAILURES,
        tags=["coins"],
    )
    @explainable
    def post(self, request: Request) -> HttpResponseBase:
        asked = Search(data=request.data)
        asked.is_valid(raise_exception=True)
        found = _searched(_text(asked.validated_data["q"], "q"), asked.validated_data["limit"])
        return responses.respond(request._request, found)


def _text(given: str, name: str) -> str:
    """A text to look for, in lower case. Raises ValidationError."""
    text = " ".join(given.split()).casefold()
    if not 1 <= len(text) <= LONGEST or not text.isprintable():
        raise ValidationError({name: f"Required: 1 to {LONGEST} characters of a name or a symbol."})
    return text


def _searched(text: str, limit: int) -> Answer:
    hits = listing_response.asked(SearchQuery(text))
    table = queries.listing(TableQuery(), max_age=listing_response.FRESH_S)
    used = [hits] if table.missing else [hits, table]
    return listing_response.answer(used, _results(text, limit, hits, table), stands_on=[hits, table])


def _results(text: str, limit: int, hits: queries.Listing, table: queries.Listing) -> dict[str, Any]:
    found = rankings.rank_hits(hits.value.rows, text, limit)
    figures, known = _figures(table), ids(hits)
    rows = [present_lists.hit(row, known, figures.get(known.of(row.id) or ""), table.meta.source) for row in found]
    return {"query": text, "count": len(rows), "total": len(hits.value.rows), "results": rows}


def _figures(table: queries.Listing) -> dict[str, CoinRow]:
    """The market table's rows by our own ids."""
    if table.missing is not None:
        return {}
    known = ids(table)
    return {slug: row for row in table.value.rows if (slug := known.of(row.id)) is not None}


class CoinDetailsView(PublicView):
    @extend_schema(
        operation_id="coin_details",
        summary="One coin in full",
        description="By symbol, id or pair. Each source is asked by its own name for the coin. Where the one that "
        "describes it says no figures, those of the market table stand in, and `market_data.source` names theirs.",
        parameters=[shapes_lists.COIN],
        responses={200: shapes_lists.CoinDetails} | shapes_lists.FAILURES,
        tags=["coins"],
    )
    @responses.cached_response
    def get(self, request: Request, coin: str) -> Answer:
        parameters.reject_unknown(request.query_params, "explain")
        asset = coin_named(coin)
        found = listing_response.asked(DetailsQuery(asset.slug), "No source in the chain describes this coin.")
        table = None if found.value.market else queries.listing(TableQuery(), max_age=listing_response.FRESH_S)
        used = [found] if table is None or table.missing else [found, table]
        figures = _figures(table).get(asset.slug) if table else None
        whence = table.meta.source if table else None
        said = present_lists.details(found.value, asset.slug, found.meta.source or "", figures, whence)
        return listing_response.answer(used, said, {coin: asset.slug}, stands_on=[found, table] if table else [found])


class CoinListView(PublicView):
    @extend_schema(
        operation_id="list_coins",
        summary="Every coin a source knows, and where its token lives",
        parameters=[shapes_lists.SEARCH, shapes_lists.PLATFORM, shapes_lists.limit(MOST_LISTED, LISTED)],
        responses={200: shapes_lists.ListedCoins} | shapes_lists.FAILURES,
        tags=["coins"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        query = request.query_params
        parameters.reject_unknown(query, "search", "platform", "limit", "explain")
        limit = parameters.integer(query, "limit", LISTED, 1, MOST_LISTED)
        search = _text(query["search"], "search") if "search" in query else None
        platform = _text(query["platform"], "platform") if "platform" in query else None
        found = listing_response.asked(CoinListQuery())
        return listing_response.answer([found], _listed(found, search, platform, limit))


def _listed(found: queries.Listing, search: str | None, platform: str | None, limit: int) -> dict[str, Any]:
    matched = rankings.filter_coins(found.value, search, platform)
    known, every = ids(found), found.value.rows
    silent = all(coin.contracts is None for coin in every)
    return {
        "count": min(limit, len(matched)),
        "filters": {"search": search, "platform": platform, "limit": limit},
        "coins": [present_lists.listed(coin, known) for coin in matched[:limit]],
        "reason": f"{found.meta.source} does not say platforms" if platform and silent else None,
        "statistics": {
            "total": len(every),
            "matched": len(matched),
            "tokens": sum(coin.is_token is True for coin in every),
            "coins_of_their_own_chain": sum(coin.is_token is False for coin in every),
            "unknown": sum(coin.is_token is None for coin in every),
        },
    }
