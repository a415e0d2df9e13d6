"""GET /api/social/trending and /api/social/sentiment: topics and sentiment on platforms."""

from __future__ import annotations

from datetime import UTC, datetime

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from markets.api.params import symbols, words
from markets.api.problems import FAILURES, problem_for
from markets.api.schemas import social
from markets.feeds import cache_dependencies, queries
from markets.feeds import social as platforms
from markets.feeds.social import POSTS, TRENDING
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView

LIMIT, MAX_LIMIT = 10, 50
TIMEFRAMES = {"1h": 1, "24h": 24, "7d": 168}
"""Each timeframe's hours."""


class TrendingView(PublicView):
    """Coins that are trending."""

    @extend_schema(
        operation_id="social_trending",
        summary="Coins that people search for and write about",
        description="CoinGecko's trending coins in its order, then coins that several posts on Reddit name. "
        "`mention_count` and the scores are of those posts; null with a reason where none could be read.",
        parameters=[social.LIMIT],
        responses={200: social.Trending} | FAILURES,
        tags=["social"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        """Answer with the topics of all platforms that answer."""
        parameters.reject_unknown(request.query_params, "limit", "explain")
        limit = parameters.integer(request.query_params, "limit", LIMIT, 1, MAX_LIMIT)
        result = queries.social([TRENDING, POSTS])
        _require(result)
        body = social.trending(result, limit, datetime.now(UTC))
        return responses.build(body, result.meta.fetched_at, result.dependencies)


class SocialSentimentView(PublicView):
    """Sentiment on platforms."""

    @extend_schema(
        operation_id="social_sentiment",
        summary="Sentiment on platforms about a coin, or about the market",
        description="Only platforms that were asked and answered are in `by_platform`; `missing` names the others.",
        parameters=[social.COIN, social.TIMEFRAME],
        responses={200: social.SocialSentiment} | FAILURES,
        tags=["social"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        """Answer with the score of each platform and their mean."""
        query = request.query_params
        parameters.reject_unknown(query, "coin", "timeframe", "explain")
        timeframe = words.word(query, "timeframe", list(TIMEFRAMES), "24h")
        coin = symbols.asset(query["coin"]) if "coin" in query else None
        result = platforms.coin_social(coin)
        _require(result)
        now = datetime.now(UTC)
        minute = now.replace(second=0, microsecond=0)
        scores = platforms.platform_scores(result, coin, minute, TIMEFRAMES[timeframe])
        body = social.social_sentiment(result, coin, timeframe, scores, now)
        dependencies = cache_dependencies.combine([result.dependencies, platforms.until_next_minute(now)])
        return responses.build(body, result.meta.fetched_at, dependencies)


def _require(result: queries.Social) -> None:
    """Raise ``problem_for`` if no platform answered."""
    if not result.values:
        raise problem_for(result.missing.values(), result.meta)
