"""What platforms say, made comparable: topics with how often posts name them, and scores by platform. Pure.

Only platforms that were really asked and answered are in it. A vote's score is (up - 50) / 50, so -1 to 1 as a text's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markets.analysis import article_merge, sentiment
from markets.analysis.article_merge import Subject
from markets.analysis.sentiment import Lexicon, Mood
from providers.domain.news import Article, Community, Topic

NEUTRAL_VOTES = 50
MIN_MENTIONS = 2
"""A coin that no platform ranks is a topic from so many posts on."""


@dataclass(frozen=True, slots=True)
class TrendingCoin:
    """A coin that is talked about. ``rank`` is the platform's, None for one only posts name; ``mood`` of those posts.

    ``mentions`` is None where no posts could be read.
    """

    subject: Subject
    rank: int | None
    id: str | None
    mentions: int | None
    mood: Mood | None


@dataclass(frozen=True, slots=True)
class PlatformScore:
    """One platform's score from -1 to 1, None where there is not enough to say; ``count`` of posts, None of votes."""

    platform: str
    kind: str
    score: float | None
    count: int | None
    reason: str | None
    mood: Mood | None = None
    community: Community | None = None


def posts_within(posts: Iterable[Article], now: datetime, hours: int) -> list[Article]:
    """The posts of the last hours. One without a time is none of them."""
    begin = now - timedelta(hours=hours)
    return [post for post in posts if post.published_at is not None and post.published_at >= begin]


def mood_of(posts: Iterable[Article], lexicon: Lexicon) -> Mood:
    return sentiment.mood([sentiment.tone(f"{post.title}. {post.summary or ''}", lexicon) for post in posts])


def topics(
    ranked: Sequence[tuple[Topic, str | None]],
    known: Sequence[tuple[Subject, str]],
    posts: Sequence[Article] | None,
    lexicon: Lexicon,
) -> list[TrendingCoin]:
    """The platform's topics in its order, then other coins by how often posts name them.

    ``ranked`` are topics with our ids, ``known`` our coins; ``posts`` is None where there are none to be had.
    """
    subjects = {our: subject for subject, our in known}
    listed = [
        _trending_coin(subjects.get(our or "") or Subject(topic.symbol, topic.name), topic.rank, our, posts, lexicon)
        for topic, our in ranked
    ]
    ranked_ids = {our for _, our in ranked}
    others = [_trending_coin(subject, None, our, posts, lexicon) for subject, our in known if our not in ranked_ids]
    named = [one for one in others if (one.mentions or 0) >= MIN_MENTIONS]
    return listed + sorted(named, key=lambda one: one.mentions or 0, reverse=True)


def _trending_coin(
    subject: Subject, rank: int | None, our: str | None, posts: Sequence[Article] | None, lexicon: Lexicon
) -> TrendingCoin:
    if posts is None:
        return TrendingCoin(subject, rank, our, None, None)
    naming = [post for post in posts if article_merge.is_about(post, subject)]
    return TrendingCoin(subject, rank, our, len(naming), mood_of(naming, lexicon))


def score_posts(platform: str, posts: Sequence[Article], lexicon: Lexicon) -> PlatformScore:
    mood = mood_of(posts, lexicon)
    reason = None if mood.label else f"not enough to say: {mood.scored} of {mood.count} posts say anything"
    return PlatformScore(platform, "posts", mood.score, mood.count, reason, mood)


def score_votes(platform: str, community: Community) -> PlatformScore:
    if community.votes_up is None:
        reason = f"{platform} does not say how its members voted"
        return PlatformScore(platform, "votes", None, None, reason, community=community)
    score = round((float(community.votes_up) - NEUTRAL_VOTES) / NEUTRAL_VOTES, 4)
    return PlatformScore(platform, "votes", score, None, None, community=community)


def mean_score(voices: Iterable[PlatformScore]) -> float | None:
    """The mean of the platforms that say anything; None where none does."""
    scores = [voice.score for voice in voices if voice.score is not None]
    return round(math.fsum(scores) / len(scores), 4) if scores else None
