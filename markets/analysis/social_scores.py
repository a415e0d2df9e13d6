"""Social scores made comparable: trending coins with their mentions, and scores by platform. Pure.

Only platforms that answered are included. The score of votes is (up - 50) / 50, from -1 to 1 like that of texts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markets.analysis import coin_mentions, sentiment
from markets.analysis.coin_mentions import Subject
from markets.analysis.sentiment import Lexicon, Mood
from providers.domain.news import Article, Community, Topic

NEUTRAL_VOTES = 50
MIN_MENTIONS = 2
"""Fewest posts that make a coin a topic without a platform's ranking."""


@dataclass(frozen=True, slots=True)
class TrendingCoin:
    """A trending coin.

    ``rank`` is the platform's, None for a coin that only posts name; ``mood`` is that of those posts. ``mentions`` is
    None if no posts could be read.
    """

    subject: Subject
    rank: int | None
    id: str | None
    mentions: int | None
    mood: Mood | None


@dataclass(frozen=True, slots=True)
class PlatformScore:
    """Score of one platform from -1 to 1, None with its reason; ``count`` is the number of posts, None for votes."""

    platform: str
    kind: str
    score: float | None
    count: int | None
    reason: str | None
    mood: Mood | None = None
    community: Community | None = None


def posts_within(posts: Iterable[Article], now: datetime, hours: int) -> list[Article]:
    """Posts of the last ``hours``; posts without a time are left out."""
    begin = now - timedelta(hours=hours)
    return [post for post in posts if post.published_at is not None and post.published_at >= begin]


def mood_of(posts: Iterable[Article], lexicon: Lexicon) -> Mood:
    """Sentiment of posts by title and summary."""
    return sentiment.mood([sentiment.tone(f"{post.title}. {post.summary or ''}", lexicon) for post in posts])


def topics(
    ranked: Sequence[tuple[Topic, str | None]],
    known: Sequence[tuple[Subject, str]],
    posts: Sequence[Article] | None,
    lexicon: Lexicon,
) -> list[TrendingCoin]:
    """List the platform's topics in its order, then other coins by number of mentions.

    ``ranked`` are topics with our ids, ``known`` our coins; ``posts`` is None if no posts could be read.
    """
    subjects = {our: subject for subject, our in known}
    listed = [
        _trending_coin(subjects.get(our or "") or Subject(topic.symbol, topic.name), topic.rank, our, posts, lexicon)
        for topic, our in ranked
    ]
    ranked_ids = {our for _, our in ranked}
    others = [_trending_coin(subject, None, our, posts, lexicon) for subject, our in known if our not in ranked_ids]
    named = [coin for coin in others if (coin.mentions or 0) >= MIN_MENTIONS]
    return listed + sorted(named, key=lambda coin: coin.mentions or 0, reverse=True)


def _trending_coin(
    subject: Subject, rank: int | None, our: str | None, posts: Sequence[Article] | None, lexicon: Lexicon
) -> TrendingCoin:
    if posts is None:
        return TrendingCoin(subject, rank, our, None, None)
    naming = [post for post in posts if coin_mentions.is_about(post, subject)]
    return TrendingCoin(subject, rank, our, len(naming), mood_of(naming, lexicon))


def score_posts(platform: str, posts: Sequence[Article], lexicon: Lexicon) -> PlatformScore:
    """Score a platform by the sentiment of its posts."""
    mood = mood_of(posts, lexicon)
    reason = None if mood.label else f"too few: {mood.scored} of {mood.count} posts contain rated words"
    return PlatformScore(platform, "posts", mood.score, mood.count, reason, mood)


def score_votes(platform: str, community: Community) -> PlatformScore:
    """Score a platform by its members' votes."""
    if community.votes_up is None:
        reason = f"{platform} gives no votes"
        return PlatformScore(platform, "votes", None, None, reason, community=community)
    score = round((float(community.votes_up) - NEUTRAL_VOTES) / NEUTRAL_VOTES, 4)
    return PlatformScore(platform, "votes", score, None, None, community=community)


def mean_score(voices: Iterable[PlatformScore]) -> float | None:
    """Mean of the known platform scores; None if none is known."""
    scores = [platform.score for platform in voices if platform.score is not None]
    return round(math.fsum(scores) / len(scores), 4) if scores else None
