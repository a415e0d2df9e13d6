"""Posts and votes of social platforms, and their scores for a coin or the whole market."""

from __future__ import annotations

from datetime import datetime

from markets.analysis import lexicons, social_scores
from markets.analysis.social_scores import PlatformScore
from markets.assets.index import AssetRef
from markets.feeds import news, queries
from markets.feeds.cache_dependencies import CacheDependencies, ValidUntil
from providers.adapters.aggregators import coingecko_social
from providers.adapters.news import reddit
from providers.domain.news import Article, BuzzQuery, CommunityQuery

POSTS = BuzzQuery(reddit.PLATFORM)
TRENDING = BuzzQuery(coingecko_social.PLATFORM)


def coin_social(asset: AssetRef | None) -> queries.Social:
    """Return the posts, and for a coin the votes of its community."""
    return queries.social([POSTS, CommunityQuery(asset.slug)] if asset else [POSTS])


def posts_about(posts: tuple[Article, ...], asset: AssetRef | None) -> list[Article]:
    """Return the posts about a coin, or all of them."""
    return [post for post in posts if asset is None or news.mentions(post, asset)]


def until_next_minute(now: datetime) -> CacheDependencies:
    """Return the dependency of platform scores on time: they count posts back from the full minute."""
    return (ValidUntil(now.replace(second=0, microsecond=0).timestamp() + 60),)


def platform_scores(social: queries.Social, asset: AssetRef | None, now: datetime, hours: int) -> list[PlatformScore]:
    """Return the score of each platform that answered, from posts of the last ``hours`` and from votes."""
    scores = []
    if POSTS in social.values:
        recent = social_scores.posts_within(posts_about(social.values[POSTS].posts, asset), now, hours)
        scores.append(social_scores.score_posts(social.sources[POSTS], recent, lexicons.lexicon()))
    votes = CommunityQuery(asset.slug) if asset else None
    if votes in social.values:
        scores.append(social_scores.score_votes(social.sources[votes], social.values[votes]))
    return scores
