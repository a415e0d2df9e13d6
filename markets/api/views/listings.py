"""GET (and POST) /api/coins/search, /api/coins/{coin}/details, /api/metadata/coins, /api/market/* and /api/exchanges.

Each answers from one source's list of coins, categories or exchanges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from markets.analysis import rankings
from markets.analysis.rankings import Ids
from markets.api.params.bodies import Body
from markets.api.params.symbols import LONGEST, asset
from markets.api.problems import FAILURES, problem_for
from markets.api.schemas import listings, market
from markets.api.schemas.common import NO_ASSETS, meta_now
from markets.assets import registry
from markets.feeds import cache_dependencies, provenance, queries
from markets.feeds.queries import Listing
from markets.response_cache import responses
from markets.response_cache.responses import Answer, explainable
from providers.api import query_params as parameters
from providers.api import structs
from providers.api.base import PublicView
from providers.domain.listings import (
    CategoriesQuery,
    CoinListQuery,
    CoinRow,
    DetailsQuery,
    ExchangesQuery,
    GlobalQuery,
    SearchQuery,
    TableQuery,
)

FRESH_S = 300.0
"""Maximum age of figures in a table; names of coins change less often."""
HITS, MAX_HITS = 20, 100
COINS, MAX_COINS = 100, 5_000
MOVERS, MAX_MOVERS = 10, 100
EXCHANGES, MAX_EXCHANGES = 50, 200
"""Default and maximum number of rows."""


def _listing(query: Any, unknown: str | None = None) -> Listing:
    """The answer to a query of ``providers.domain.listings``. Raises ``problem_for`` if there is none."""
    listing = queries.listing(query, max_age=FRESH_S if isinstance(query, TableQuery) else None)
    if listing.missing is not None:
        raise problem_for([listing.missing], listing.meta, unknown)
    return listing


def _ids(listing: Listing) -> Ids:
    source = listing.meta.source or ""
    return rankings.ids(source, registry.provider_names(source))


def _meta(used: Sequence[Listing], assets: Mapping[str, str] = NO_ASSETS) -> structs.Meta:
    """The provenance of a body with values of these listings: the oldest and worst of them."""
    whole = provenance.combine_meta([listing.meta for listing in used if listing.missing is None])
    return meta_now(whole, datetime.now(UTC), assets)


def _answer(body: structs.Answer, requested: Sequence[Listing]) -> Answer:
    """The body as an answer that is valid as long as all listings that were requested for it."""
    fetched = [listing.meta.fetched_at for listing in requested if listing.missing is None and listing.meta.fetched_at]
    dependencies = cache_dependencies.combine(listing.dependencies for listing in requested)
    return responses.build(body, min(fetched, default=None), dependencies)


class SearchBody(Body):
    """The body of a search."""

    q = serializers.CharField(min_length=1, max_length=LONGEST, help_text="A part of a name or a symbol.")
    limit = serializers.IntegerField(min_value=1, max_value=MAX_HITS, default=HITS)


class CoinSearchView(PublicView):
    """Search for coins."""

    @extend_schema(
        operation_id="search_coins",
        summary="Coins by a part of their name or symbol",
        description="Exact matches first, then by rank; only then cut to `limit`. Figures are of the market table, "
        "which names its own source; a coin outside it has null, with the reason.",
        parameters=[listings.Q, listings.limit(MAX_HITS, HITS)],
        responses={200: listings.SearchResults} | FAILURES,
        tags=["coins"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        """Answer with the coins that match ``q``."""
        query = request.query_params
        parameters.reject_unknown(query, "q", "limit", "explain")
        limit = parameters.integer(query, "limit", HITS, 1, MAX_HITS)
        return _search(_text(query.get("q", ""), "q"), limit)

    @extend_schema(
        operation_id="search_coins_by_post",
        summary="Coins by a part of their name or symbol, given in a body",
        request=SearchBody,
        responses={200: listings.SearchResults} | FAILURES,
        tags=["coins"],
    )
    @explainable
    def post(self, request: Request) -> HttpResponseBase:
        """Answer with the coins that match ``q``."""
        body = SearchBody(data=request.data)
        body.is_valid(raise_exception=True)
        answer = _search(_text(body.validated_data["q"], "q"), body.validated_data["limit"])
        return responses.respond(request._request, answer)


def _text(text: str, name: str) -> str:
    """A text to search for, in lower case. Raises ValidationError."""
    text = " ".join(text.split()).casefold()
    if not 1 <= len(text) <= LONGEST or not text.isprintable():
        raise ValidationError({name: f"Required: 1 to {LONGEST} characters of a name or a symbol."})
    return text


def _search(text: str, limit: int) -> Answer:
    hits = _listing(SearchQuery(text))
    table = queries.listing(TableQuery(), max_age=FRESH_S)
    figures, ids = _figures(table), _ids(hits)
    rows = [
        listings.Hit.of(row, ids, figures.get(ids.of(row.id) or ""), table.meta.source)
        for row in rankings.rank_hits(hits.value.rows, text, limit)
    ]
    body = listings.SearchResults(
        query=text, count=len(rows), total=len(hits.value.rows), results=rows, meta=_meta([hits, table])
    )
    return _answer(body, [hits, table])


def _figures(table: Listing) -> dict[str, CoinRow]:
    """The market table's rows by our own ids."""
    if table.missing is not None:
        return {}
    ids = _ids(table)
    return {slug: row for row in table.value.rows if (slug := ids.of(row.id)) is not None}


class CoinDetailsView(PublicView):
    """A coin in full."""

    @extend_schema(
        operation_id="coin_details",
        summary="One coin in full",
        description="By symbol, id or pair. Each source is asked by its own name for the coin. Where the one that "
        "describes it gives no figures, those of the market table are used, and `market_data.source` names theirs.",
        parameters=[listings.COIN],
        responses={200: listings.CoinDetails} | FAILURES,
        tags=["coins"],
    )
    @responses.cached_response
    def get(self, request: Request, coin: str) -> Answer:
        """Answer with the description and the figures of a coin."""
        parameters.reject_unknown(request.query_params, "explain")
        slug = asset(coin).slug
        details = _listing(DetailsQuery(slug), "No source in the chain describes this coin.")
        table = None if details.value.market else queries.listing(TableQuery(), max_age=FRESH_S)
        requested = [details] if table is None else [details, table]
        body = listings.coin_details(
            details.value,
            slug,
            details.meta.source or "",
            _figures(table).get(slug) if table else None,
            table.meta.source if table else None,
            _meta(requested, {coin: slug}),
        )
        return _answer(body, requested)


class CoinListView(PublicView):
    """All coins of a source."""

    @extend_schema(
        operation_id="list_coins",
        summary="Every coin a source knows, and where its token lives",
        parameters=[listings.SEARCH, listings.PLATFORM, listings.limit(MAX_COINS, COINS)],
        responses={200: listings.ListedCoins} | FAILURES,
        tags=["coins"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        """Answer with the coins that match the filters."""
        query = request.query_params
        parameters.reject_unknown(query, "search", "platform", "limit", "explain")
        filters = listings.ListFilters(
            search=_text(query["search"], "search") if "search" in query else None,
            platform=_text(query["platform"], "platform") if "platform" in query else None,
            limit=parameters.integer(query, "limit", COINS, 1, MAX_COINS),
        )
        coins = _listing(CoinListQuery())
        return _answer(listings.listed_coins(coins.value, _ids(coins), filters, _meta([coins])), [coins])


def _movers(request: Request, *, up: bool) -> Answer:
    parameters.reject_unknown(request.query_params, "limit", "explain")
    limit = parameters.integer(request.query_params, "limit", MOVERS, 1, MAX_MOVERS)
    table = _listing(TableQuery())
    ids = _ids(table)
    rows = [listings.Mover.of(row, ids) for row in rankings.movers(table.value, limit, up=up)]
    count, universe, meta = len(rows), len(table.value.rows), _meta([table])
    unknown = sum(row.change_24h is None for row in table.value.rows)
    if up:
        body: structs.Answer = listings.Gainers(
            count=count, gainers=rows, universe=universe, change_unknown=unknown, meta=meta
        )
    else:
        body = listings.Losers(count=count, losers=rows, universe=universe, change_unknown=unknown, meta=meta)
    return _answer(body, [table])


class GainersView(PublicView):
    """The coins that rose most."""

    @extend_schema(
        operation_id="gainers",
        summary="The coins that rose most in 24 hours",
        description="Of the `universe` largest coins by market capitalisation. A coin whose change is not known is "
        "left out and counted in `change_unknown`.",
        parameters=[listings.limit(MAX_MOVERS, MOVERS)],
        responses={200: listings.Gainers} | FAILURES,
        tags=["market"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        """Answer with the coins that rose most."""
        return _movers(request, up=True)


class LosersView(PublicView):
    """The coins that fell most."""

    @extend_schema(
        operation_id="losers",
        summary="The coins that fell most in 24 hours",
        parameters=[listings.limit(MAX_MOVERS, MOVERS)],
        responses={200: listings.Losers} | FAILURES,
        tags=["market"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        """Answer with the coins that fell most."""
        return _movers(request, up=False)


class CategoriesView(PublicView):
    """Kinds of coins."""

    @extend_schema(
        operation_id="categories",
        summary="Kinds of coins, and what they amount to",
        description="Sources have kinds and ids of their own: `source` says whose these are.",
        responses={200: market.Categories} | FAILURES,
        tags=["market"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        """Answer with the categories of one source."""
        parameters.reject_unknown(request.query_params, "explain")
        categories = _listing(CategoriesQuery())
        ids = _ids(categories)
        rows = [market.MarketCategory.of(row, ids) for row in categories.value.rows]
        body = market.Categories(count=len(rows), categories=rows, meta=_meta([categories]))
        return _answer(body, [categories])


class GlobalView(PublicView):
    """The whole market."""

    @extend_schema(
        operation_id="global_market",
        summary="The whole market in a few figures",
        description="As one source counts it: sources follow different coins, and their figures are not mixed.",
        responses={200: market.Global} | FAILURES,
        tags=["market"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        """Answer with the figures of one source."""
        parameters.reject_unknown(request.query_params, "explain")
        figures = _listing(GlobalQuery())
        body = market.global_market(figures.value, figures.meta.source or "", _meta([figures]))
        return _answer(body, [figures])


class ExchangesView(PublicView):
    """Exchanges."""

    @extend_schema(
        operation_id="exchanges",
        summary="Exchanges by volume, with trust scores",
        description="Volumes are in bitcoin. `verified_only` keeps those with a trust score of "
        f"{rankings.MIN_TRUST_SCORE} of 10 or more; a source that gives no scores verifies none.",
        parameters=[listings.limit(MAX_EXCHANGES, EXCHANGES), listings.VERIFIED],
        responses={200: market.Exchanges} | FAILURES,
        tags=["market"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        """Answer with the exchanges of one source, in its order."""
        query = request.query_params
        parameters.reject_unknown(query, "limit", "verified_only", "explain")
        limit = parameters.integer(query, "limit", EXCHANGES, 1, MAX_EXCHANGES)
        verified_only = parameters.boolean(query, "verified_only")
        exchanges = _listing(ExchangesQuery())
        source = exchanges.meta.source or ""
        body = market.exchanges(exchanges.value, source, limit, verified_only, _meta([exchanges]))
        return _answer(body, [exchanges])
