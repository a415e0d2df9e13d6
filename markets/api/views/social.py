"""GET /api/social/trending and /api/social/sentiment: what platforms that were really asked say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from markets.analysis import lexicons, rankings, sentiment, social_scores
from markets.analysis.social_scores import PlatformScore, TrendingCoin
from markets.api.presenters import news as present_news
from markets.api.presenters import prices
from markets.api.problems import problem_for
from markets.api.schemas import social as shapes_social
from markets.api.views.news import coin_named
from markets.assets import registry
from markets.assets.index import AssetRef
from markets.feeds import cache_dependencies, queries
from markets.feeds import news as newsstand
from markets.feeds import social as platforms
from markets.feeds.cache_dependencies import CacheDependencies
from markets.feeds.social import POSTS, TRENDING
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.domain.wire_format import moment, number

LIMIT, MOST = 10, 50
TIMEFRAMES = {"1h": 1, "24h": 24, "7d": 168}
DEFAULT = "24h"
KNOWN_COINS = 100
KEY_TOPICS = 5
METHOD = (
    f"Posts: the mean of their scores by {lexicons.NAME}, of at least {sentiment.MIN_SCORED} that say anything. Votes: "
    "(up - 50) / 50. Overall: the mean of the platforms that say anything. It recommends nothing."
)
NO_HISTORY = "no history of platforms' sentiment is kept"


class TrendingView(PublicView):
    @extend_schema(
        operation_id="social_trending",
        summary="Coins that are looked for and talked about",
        description="CoinGecko's trending coins in its order, then coins that several posts on Reddit name. "
        "`mention_count` and the scores are of those posts; null with a reason where none could be read.",
        parameters=[shapes_social.LIMIT],
        responses={200: shapes_social.Trending} | shapes_social.FAILURES,
        tags=["social"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        parameters.reject_unknown(request.query_params, "limit", "explain")
        limit = parameters.integer(request.query_params, "limit", LIMIT, 1, MOST)
        found = queries.social([TRENDING, POSTS])
        _require(found)

        rows = _topics(found)[:limit]
        said = {
            "trending_topics": [_topic(place, row, found) for place, row in enumerate(rows, 1)],
            "sources": [_platform(question.platform, question, found) for question in (TRENDING, POSTS)],
        }
        return _answer(found, said)


class SocialSentimentView(PublicView):
    @extend_schema(
        operation_id="social_sentiment",
        summary="How platforms sound about a coin, or about the market",
        description="Only platforms that were asked and answered are in `by_platform`; `missing` names the others.",
        parameters=[shapes_social.COIN, shapes_social.TIMEFRAME],
        responses={200: shapes_social.SocialSentiment} | shapes_social.FAILURES,
        tags=["social"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        query = request.query_params
        parameters.reject_unknown(query, "coin", "timeframe", "explain")
        timeframe = query.get("timeframe", DEFAULT)
        if timeframe not in TIMEFRAMES:
            raise ValidationError({"timeframe": f"Allowed: {', '.join(TIMEFRAMES)}."})
        asset = coin_named(query["coin"]) if "coin" in query else None
        found = platforms.coin_social(asset)
        _require(found)
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        said = _sentiment(found, asset, platforms.platform_scores(found, asset, now, TIMEFRAMES[timeframe]))
        body = {"coin": asset.slug if asset else None, "timeframe": timeframe, **said}
        return _answer(found, body, asset, platforms.until_next_minute(now))


def _sentiment(found: queries.Social, asset: AssetRef | None, voices: list[PlatformScore]) -> dict[str, Any]:
    score = social_scores.mean_score(voices)
    named = [row for row in _topics(found) if row.mentions] if asset is None else []
    most = sorted(named, key=lambda row: row.mentions or 0, reverse=True)[:KEY_TOPICS]
    return {
        "overall_sentiment": None if score is None else sentiment.label(score),
        "overall_score": score,
        "reason": "not enough to say: no platform says anything" if score is None else None,
        "by_platform": {voice.platform: _voice(voice) for voice in voices},
        "missing": {
            getattr(question, "platform", "coingecko"): missing.reason for question, missing in found.missing.items()
        },
        "historical": [],
        "historical_reason": NO_HISTORY,
        "key_topics": [{"topic": row.subject.name, "mention_count": row.mentions} for row in most],
        "methodology": METHOD,
    }


def _voice(voice: PlatformScore) -> dict[str, Any]:
    return {
        "kind": voice.kind,
        "score": voice.score,
        "label": None if voice.score is None else sentiment.label(voice.score),
        "count": voice.count,
        "positive": voice.mood.positive if voice.mood else None,
        "neutral": voice.mood.neutral if voice.mood else None,
        "negative": voice.mood.negative if voice.mood else None,
        "votes_up_percent": number(voice.community.votes_up) if voice.community else None,
        "forum_subscribers": voice.community.subscribers if voice.community else None,
        "forum_active_48h": voice.community.active_48h if voice.community else None,
        "reason": voice.reason,
    }


def _require(found: queries.Social) -> None:
    """Raise the problem where no platform had anything."""
    if not found.values:
        raise problem_for(found.missing.values(), found.meta)


def _topics(found: queries.Social) -> list[TrendingCoin]:
    known = [(newsstand.subject(asset), asset.slug) for asset in registry.top(KNOWN_COINS)]
    source = found.sources.get(TRENDING, "")
    ids = rankings.ids(source, registry.provider_names(source))
    ranked = found.values[TRENDING].topics if TRENDING in found.values else ()
    posts = found.values[POSTS].posts if POSTS in found.values else None
    return social_scores.topics([(topic, ids.of(topic.id)) for topic in ranked], known, posts, lexicons.lexicon())


def _topic(place: int, row: TrendingCoin, found: queries.Social) -> dict[str, Any]:
    score = row.mood.score if row.mood else None
    unread = found.missing[POSTS].reason if POSTS in found.missing else None
    few = None if score is not None else f"not enough to say: {row.mood.scored if row.mood else 0} posts say anything"
    return {
        "rank": place,
        "topic": row.subject.name,
        "symbol": row.subject.symbol,
        "mention_count": row.mentions,
        "sentiment": None if score is None else sentiment.label(score),
        "sentiment_score": score,
        "related_coins": [row.id] if row.id else [],
        "source": "coingecko" if row.rank is not None else "reddit",
        "source_rank": row.rank,
        "reason": f"posts: {unread}" if unread else few,
    }


def _platform(name: str, question: Any, found: queries.Social) -> dict[str, Any]:
    value = found.values.get(question)
    return {
        "source": found.sources.get(question, name),
        "count": len(value.topics or value.posts) if value is not None else 0,
        "as_of": moment(value.as_of) if value is not None else None,
        "stale": question in found.stale,
        "stale_reason": found.stale.get(question),
        "missing": found.missing[question].reason if question in found.missing else None,
    }


def _answer(
    found: queries.Social, said: dict[str, Any], asset: AssetRef | None = None, stands_on: CacheDependencies = ()
) -> Answer:
    """The body with its provenance."""
    taken = {asset.symbol: asset.slug} if asset else {}
    meta = prices.meta(found.meta, [present_news.age_when_made(found.meta, datetime.now(UTC))], taken)
    body = {"success": True, **said, "meta": meta}
    return responses.build(body, found.meta.fetched_at, cache_dependencies.combine([found.dependencies, stands_on]))
