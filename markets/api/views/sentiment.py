"""GET /api/ai/sentiment/{coin}: sentiment of the news and posts about a coin, and its momentum."""

from __future__ import annotations

from datetime import UTC, datetime

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from markets.api.params import symbols
from markets.api.problems import FAILURES, problem_for
from markets.api.schemas import news
from markets.api.schemas.sentiment import CoinSentiment, Inputs, coin_sentiment
from markets.assets.index import AssetRef
from markets.feeds import cache_dependencies, queries, social
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.domain.market_data import Instrument

CLOSES = 32
"""A month of closed days, and the one that is forming."""


class CoinSentimentView(PublicView):
    """Sentiment about a coin."""

    @extend_schema(
        operation_id="coin_sentiment",
        summary="Sentiment and momentum of a coin",
        description="Each part has its score from -1 to 1 with the data behind it, or null and the reason. "
        "`market_mood` is one maker's index of the whole market, named, and no part of the score.",
        parameters=[news.COIN],
        responses={200: CoinSentiment} | FAILURES,
        tags=["sentiment"],
    )
    @responses.cached_response
    def get(self, request: Request, coin: str) -> Answer:
        """Answer with the score of each part and the overall score."""
        parameters.reject_unknown(request.query_params, "explain")
        now = datetime.now(UTC)
        inputs = inputs_about(symbols.asset(coin))
        fetched_at = min((meta.fetched_at for meta in inputs.metas if meta.fetched_at), default=None)
        dependencies = [result.dependencies for result in inputs.results]
        body = coin_sentiment(inputs, now)
        return responses.build(
            body, fetched_at, cache_dependencies.combine([*dependencies, social.until_next_minute(now)])
        )


def inputs_about(coin: AssetRef) -> Inputs:
    """The data about a coin. Raises ``problem_for`` if there are neither news nor candles nor a price."""
    inputs = Inputs(
        coin=coin,
        digest=queries.news(),
        series=queries.candles(coin.slug, interval="1d", limit=CLOSES),
        prices=queries.prices([Instrument(coin.slug)]),
        mood=queries.mood(),
        social=social.coin_social(coin),
    )
    if not inputs.digest.articles and inputs.series.missing and not inputs.prices.rows:
        outlets = (outlet.missing for outlet in inputs.digest.outlets)
        raise problem_for([*outlets, inputs.series.missing, *inputs.prices.missing.values()], inputs.digest.meta)
    return inputs
