"""GET /api/news/latest, /api/news/{coin} and /api/events: articles of all outlets, and events of coins."""

from __future__ import annotations

from datetime import UTC, datetime

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from markets.api.params import symbols
from markets.api.problems import FAILURES, problem_for
from markets.api.schemas import news
from markets.assets.index import AssetRef
from markets.feeds import news as news_feed
from markets.feeds import queries
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.api.schemas import problems

LIMIT, MAX_LIMIT = 20, 100
DAYS, MAX_DAYS = 30, 90
MAX_KIND = 40
"""A longer kind of event is cut before it is repeated in the answer."""


class LatestNewsView(PublicView):
    """The newest articles."""

    @extend_schema(
        operation_id="latest_news",
        summary="The newest articles of all outlets",
        description="Every outlet of the chain is asked; a page that several carry is listed once and names them all. "
        "An outlet that does not answer is missing only from this list, and `sources` says so.",
        parameters=[news.LIMIT],
        responses={200: news.News} | {key: answer for key, answer in FAILURES.items() if key[0] != 404},
        tags=["news"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        """Answer with the newest articles."""
        return _news(request, None)


class CoinNewsView(PublicView):
    """The newest articles about a coin."""

    @extend_schema(
        operation_id="coin_news",
        summary="The newest articles about a coin",
        description="An article is about a coin when a tag names it, or its title or summary does as a whole word: "
        "the symbol in capitals, or the name. If there is no such article, the list is empty and `reason` says so.",
        parameters=[news.LIMIT, news.COIN],
        responses={200: news.News} | FAILURES,
        tags=["news"],
    )
    @responses.cached_response
    def get(self, request: Request, coin: str) -> Answer:
        """Answer with the newest articles about a coin."""
        return _news(request, symbols.asset(coin))


def _news(request: Request, coin: AssetRef | None) -> Answer:
    parameters.reject_unknown(request.query_params, "limit", "explain")
    limit = parameters.integer(request.query_params, "limit", LIMIT, 1, MAX_LIMIT)
    digest = queries.news()
    if all(outlet.missing for outlet in digest.outlets):
        raise problem_for((outlet.missing for outlet in digest.outlets), digest.meta)
    articles = digest.articles if coin is None else news_feed.articles_about(digest.articles, coin)
    body = news.news(digest, articles, coin, limit, datetime.now(UTC))
    return responses.build(body, digest.meta.fetched_at, digest.dependencies)


class EventsView(PublicView):
    """Dated events of coins: always an empty list, with the reason."""

    @extend_schema(
        operation_id="events",
        summary="Dated events of coins",
        description="No source of such events is connected: the list is empty, and `reason` says why.",
        parameters=[news.EVENT_COIN, news.EVENT_TYPE, news.EVENT_DAYS],
        responses={200: news.Events}
        | problems(s400="A parameter is unknown or not allowed.", s404="No coin of this name is known."),
        tags=["news"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        """Answer with the filters and no events."""
        query = request.query_params
        parameters.reject_unknown(query, "coin", "type", "days", "explain")
        days = parameters.integer(query, "days", DAYS, 1, MAX_DAYS)
        coin = symbols.asset(query["coin"]).slug if "coin" in query else None
        kind = query.get("type", "")[:MAX_KIND] or None
        return responses.build(news.events(news.EventFilters(coin=coin, type=kind, days=days)), None, ())
