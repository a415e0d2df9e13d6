"""GET /api/news/latest, /api/news/{coin} and /api/events: what the outlets write, and who carried it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from markets.analysis import article_merge
from markets.api.presenters import news as present_news
from markets.api.presenters import prices
from markets.api.problems import problem_for
from markets.api.schemas import news as shapes_news
from markets.assets import registry
from markets.assets.index import AssetRef
from markets.feeds import news as newsstand
from markets.feeds import queries
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.api.schemas import problems

LIMIT, MOST = 20, 100
DAYS, MOST_DAYS = 30, 90
NO_EVENTS = "No source of dated events is connected, and none is made up."


class LatestNewsView(PublicView):
    @extend_schema(
        operation_id="latest_news",
        summary="The newest articles of all outlets",
        description="Every outlet of the chain is asked; a page that several carry is told once and names them all. "
        "An outlet that cannot be had is missing only from this list, and `sources` says so.",
        parameters=[shapes_news.LIMIT],
        responses={200: shapes_news.News}
        | problems(
            s400="A parameter is unknown or not allowed; errors[] says which and what is.",
            s503="No outlet could be read and nothing was known. Retry-After says when to ask again.",
            s504="No outlet answered within the deadline and nothing was known.",
        ),
        tags=["news"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        return _answer(request, None)


class CoinNewsView(PublicView):
    @extend_schema(
        operation_id="coin_news",
        summary="The newest articles about a coin",
        description="An article is about a coin when a tag names it, or its title or summary does as a whole word: "
        "the symbol in capitals, or the name. Where no article is, the list is empty and `reason` says so.",
        parameters=[shapes_news.LIMIT, shapes_news.COIN],
        responses={200: shapes_news.News}
        | problems(
            s400="A parameter is unknown or not allowed; errors[] says which and what is.",
            s404="No coin of this name is known.",
            s503="No outlet could be read and nothing was known. Retry-After says when to ask again.",
            s504="No outlet answered within the deadline and nothing was known.",
        ),
        tags=["news"],
    )
    @responses.cached_response
    def get(self, request: Request, coin: str) -> Answer:
        return _answer(request, coin_named(coin))


class EventsView(PublicView):
    @extend_schema(
        operation_id="events",
        summary="Dated events of coins",
        description="No source of such events is connected: the list is empty, and `reason` says why.",
        parameters=[shapes_news.EVENT_COIN, shapes_news.EVENT_TYPE, shapes_news.EVENT_DAYS],
        responses={200: shapes_news.Events}
        | problems(s400="A parameter is unknown or not allowed.", s404="No coin of this name is known."),
        tags=["news"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        query = request.query_params
        parameters.reject_unknown(query, "coin", "type", "days", "explain")
        days = parameters.integer(query, "days", DAYS, 1, MOST_DAYS)
        asset = coin_named(query["coin"]) if "coin" in query else None
        kind = query.get("type", "")[:40] or None
        filters = {"coin": asset.slug if asset else None, "type": kind, "days": days}
        body = {"success": True, "count": 0, "filters": filters, "events": [], "reason": NO_EVENTS}
        return responses.build(body | {"meta": present_news.no_source("NEWS", NO_EVENTS)}, None, ())


def coin_named(text: str) -> AssetRef:
    """The coin that a name in a path or a parameter means. Raises NotFound."""
    item = registry.find(text)
    asset = registry.get(item.asset) if item is not None else None
    if asset is None:
        raise NotFound("No coin of this name is known here.")
    return asset


def _answer(request: Request, asset: AssetRef | None) -> Answer:
    parameters.reject_unknown(request.query_params, "limit", "explain")
    limit = parameters.integer(request.query_params, "limit", LIMIT, 1, MOST)
    paper = queries.news()
    if all(outlet.missing for outlet in paper.outlets):
        raise problem_for((outlet.missing for outlet in paper.outlets), paper.meta)
    now = datetime.now(UTC)
    return responses.build(_body(paper, asset, limit, now), paper.meta.fetched_at, paper.dependencies)


def _body(paper: queries.NewsDigest, asset: AssetRef | None, limit: int, now: datetime) -> dict[str, Any]:
    told: list[article_merge.MergedArticle] = (
        list(paper.articles) if asset is None else newsstand.articles_about(paper.articles, asset)
    )
    shown = told[:limit]
    return {
        "success": True,
        "coin": asset.slug if asset else None,
        "count": len(shown),
        "total": len(told),
        "articles": [present_news.article(one) for one in shown],
        "reason": None if shown else "none of the articles that the outlets have now names it",
        "sources": [present_news.outlet(each) for each in paper.outlets],
        "meta": prices.meta(paper.meta, [present_news.age_when_made(paper.meta, now)], _taken(asset)),
    }


def _taken(asset: AssetRef | None) -> dict[str, str]:
    return {asset.symbol: asset.slug} if asset else {}
