"""Asking the platforms: which there are, what they have, and what they voice about a coin or the market."""

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


def posts_about(posts: tuple[Article, ...], asset: AssetRef | None) -> list[Article]:
    """The posts about a coin, or all of them."""
    return [post for post in posts if asset is None or news.mentions(post, asset)]


def coin_social(asset: AssetRef | None) -> queries.Social:
    """The posts, and where it is about a coin what members vote on it."""
    return queries.social([POSTS, CommunityQuery(asset.slug)] if asset else [POSTS])


def until_next_minute(now: datetime) -> CacheDependencies:
    """What platforms voice counts posts back from the whole minute: until the next one it is the same."""
    return (ValidUntil(now.replace(second=0, microsecond=0).timestamp() + 60),)


def platform_scores(found: queries.Social, asset: AssetRef | None, now: datetime, hours: int) -> list[PlatformScore]:
    """What each platform that answered voices."""
    said = []
    if POSTS in found.values:
        recent = social_scores.posts_within(posts_about(found.values[POSTS].posts, asset), now, hours)
        said.append(social_scores.score_posts(found.sources[POSTS], recent, lexicons.lexicon()))
    votes = CommunityQuery(asset.slug) if asset else None
    if votes in found.values:
        said.append(social_scores.score_votes(found.sources[votes], found.values[votes]))
    return said
