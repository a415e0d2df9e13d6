"""Asking the platforms: which there are, what they have, and what they voice about a coin or the market."""

from __future__ import annotations

from datetime import datetime

from markets import feeds, lexicons, newsstand, social
from markets.asset_index import AssetRef
from markets.grounds import Grounds, Until
from markets.social import Voiced
from providers.adapters import coingecko_social, reddit
from providers.stories import Article, BuzzQuery, CommunityQuery

POSTS = BuzzQuery(reddit.PLATFORM)
TRENDING = BuzzQuery(coingecko_social.PLATFORM)


def posts_about(posts: tuple[Article, ...], asset: AssetRef | None) -> list[Article]:
    """The posts about a coin, or all of them."""
    return [post for post in posts if asset is None or newsstand.names(post, asset)]


def asked(asset: AssetRef | None) -> feeds.Social:
    """The posts, and where it is about a coin what members vote on it."""
    return feeds.social([POSTS, CommunityQuery(asset.slug)] if asset else [POSTS])


def this_minute(now: datetime) -> Grounds:
    """What platforms voice counts posts back from the whole minute: until the next one it is the same."""
    return (Until(now.replace(second=0, microsecond=0).timestamp() + 60),)


def voices(found: feeds.Social, asset: AssetRef | None, now: datetime, hours: int) -> list[Voiced]:
    """What each platform that answered voices."""
    said = []
    if POSTS in found.values:
        recent = social.since(posts_about(found.values[POSTS].posts, asset), now, hours)
        said.append(social.voiced_by_posts(found.sources[POSTS], recent, lexicons.lexicon()))
    votes = CommunityQuery(asset.slug) if asset else None
    if votes in found.values:
        said.append(social.voiced_by_votes(found.sources[votes], found.values[votes]))
    return said
