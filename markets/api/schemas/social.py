"""The bodies of /api/social/trending and /api/social/sentiment."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from markets.analysis import lexicons, rankings, sentiment, social_scores
from markets.analysis.social_scores import PlatformScore, TrendingCoin
from markets.api.schemas.common import meta_now
from markets.assets import registry
from markets.assets.index import AssetRef
from markets.feeds import news, queries
from markets.feeds.social import POSTS, TRENDING
from providers.api.structs import Answer, Body, Doc, Meta, Moment
from providers.domain.wire_format import moment, number

KNOWN_COINS = 100
KEY_TOPICS = 5
METHOD = (
    f"Posts: the mean of their scores by {lexicons.NAME}, of at least {sentiment.MIN_SCORED} that have one. Votes: "
    "(up - 50) / 50. Overall: the mean of the platforms that have a score. It recommends nothing."
)
NO_HISTORY = "no history of platforms' sentiment is kept"
NO_SCORES = "not enough data: no platform has a score"

LIMIT = OpenApiParameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": 50, "default": 10}, description="Maximum number of topics."
)
COIN = OpenApiParameter("coin", OpenApiTypes.STR, description="A coin by symbol, id or pair; without it the market.")
TIMEFRAME = OpenApiParameter(
    "timeframe", {"type": "string", "enum": ["1h", "24h", "7d"], "default": "24h"}, description="The age of posts."
)


class TrendingTopic(Body):
    """A coin that is searched for or named in posts."""

    rank: int
    topic: str
    symbol: str
    mention_count: Annotated[int | None, Doc(description="Posts that name it.")]
    sentiment: str | None
    sentiment_score: float | None
    related_coins: list[str]
    source: Annotated[str, Doc(description="The platform that lists the topic.")]
    source_rank: Annotated[int | None, Doc(description="Its rank there; null where only posts name it.")]
    reason: Annotated[str | None, Doc(description="The reason why there is no score.")]


class Platform(Body):
    """The state of one platform."""

    source: str
    count: Annotated[int, Doc(description="Its topics or posts.")]
    as_of: Moment | None
    stale: bool
    stale_reason: str | None
    missing: Annotated[str | None, Doc(description="The reason why nothing of it is here.")]


class Trending(Answer):
    """Topics in the order of the platforms."""

    trending_topics: list[TrendingTopic]
    sources: list[Platform]
    meta: Meta


class Voice(Body):
    """The sentiment on one platform."""

    kind: Annotated[str, Doc(description="posts or votes.")]
    score: float | None
    label: str | None
    count: Annotated[int | None, Doc(description="Posts read; null for votes, which are not counted.")]
    positive: int | None
    neutral: int | None
    negative: int | None
    votes_up_percent: Annotated[float | None, Doc(description="Of members' votes; null for posts.")]
    forum_subscribers: Annotated[int | None, Doc(description="As the platform counts its own forum.")]
    forum_active_48h: int | None
    reason: str | None


class KeyTopic(Body):
    """A coin that many posts name."""

    topic: str
    mention_count: int | None


class SocialSentiment(Answer):
    """The sentiment on platforms about a coin or the market."""

    coin: str | None
    timeframe: str
    overall_sentiment: str | None
    overall_score: float | None
    reason: str | None
    by_platform: Annotated[dict[str, Voice], Doc(description="Platforms that answered.")]
    missing: Annotated[dict[str, str], Doc(description="The reason for each platform that did not.")]
    historical: Annotated[list[dict[str, Any]], Doc(description="Empty; historical_reason says why.")]
    historical_reason: str
    key_topics: list[KeyTopic]
    methodology: str
    meta: Meta


def trending(result: queries.Social, limit: int, now: datetime) -> Trending:
    """The body with the first ``limit`` topics."""
    rows = enumerate(_topics(result)[:limit], 1)
    return Trending(
        trending_topics=[_topic(rank, row, result) for rank, row in rows],
        sources=[_platform(query.platform, query, result) for query in (TRENDING, POSTS)],
        meta=meta_now(result.meta, now),
    )


def social_sentiment(
    result: queries.Social, coin: AssetRef | None, timeframe: str, platforms: list[PlatformScore], now: datetime
) -> SocialSentiment:
    """The body with the scores of these platforms, about the coin or, without one, about the market."""
    score = social_scores.mean_score(platforms)
    topics = [row for row in _topics(result) if row.mentions] if coin is None else []
    largest = sorted(topics, key=lambda row: row.mentions or 0, reverse=True)[:KEY_TOPICS]
    missing = {getattr(query, "platform", "coingecko"): entry.reason for query, entry in result.missing.items()}
    return SocialSentiment(
        coin=coin.slug if coin else None,
        timeframe=timeframe,
        overall_sentiment=None if score is None else sentiment.label(score),
        overall_score=score,
        reason=NO_SCORES if score is None else None,
        by_platform={platform.platform: _voice(platform) for platform in platforms},
        missing=missing,
        historical=[],
        historical_reason=NO_HISTORY,
        key_topics=[KeyTopic(topic=row.subject.name, mention_count=row.mentions) for row in largest],
        methodology=METHOD,
        meta=meta_now(result.meta, now, {coin.symbol: coin.slug} if coin else {}),
    )


def _voice(platform: PlatformScore) -> Voice:
    mood, community = platform.mood, platform.community
    return Voice(
        kind=platform.kind,
        score=platform.score,
        label=None if platform.score is None else sentiment.label(platform.score),
        count=platform.count,
        positive=mood.positive if mood else None,
        neutral=mood.neutral if mood else None,
        negative=mood.negative if mood else None,
        votes_up_percent=number(community.votes_up) if community else None,
        forum_subscribers=community.subscribers if community else None,
        forum_active_48h=community.active_48h if community else None,
        reason=platform.reason,
    )


def _topics(result: queries.Social) -> list[TrendingCoin]:
    known = [(news.subject(ref), ref.slug) for ref in registry.top(KNOWN_COINS)]
    source = result.sources.get(TRENDING, "")
    ids = rankings.ids(source, registry.provider_names(source))
    ranked = result.values[TRENDING].topics if TRENDING in result.values else ()
    posts = result.values[POSTS].posts if POSTS in result.values else None
    return social_scores.topics([(topic, ids.of(topic.id)) for topic in ranked], known, posts, lexicons.lexicon())


def _topic(rank: int, row: TrendingCoin, result: queries.Social) -> TrendingTopic:
    score = row.mood.score if row.mood else None
    too_few = f"not enough data: {row.mood.scored if row.mood else 0} posts have a score" if score is None else None
    return TrendingTopic(
        rank=rank,
        topic=row.subject.name,
        symbol=row.subject.symbol,
        mention_count=row.mentions,
        sentiment=None if score is None else sentiment.label(score),
        sentiment_score=score,
        related_coins=[row.id] if row.id else [],
        source="coingecko" if row.rank is not None else "reddit",
        source_rank=row.rank,
        reason=f"posts: {result.missing[POSTS].reason}" if POSTS in result.missing else too_few,
    )


def _platform(name: str, query: Any, result: queries.Social) -> Platform:
    value = result.values.get(query)
    return Platform(
        source=result.sources.get(query, name),
        count=len(value.topics or value.posts) if value is not None else 0,
        as_of=moment(value.as_of) if value is not None else None,
        stale=query in result.stale,
        stale_reason=result.stale.get(query),
        missing=result.missing[query].reason if query in result.missing else None,
    )
