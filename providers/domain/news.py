"""Queries and values of NEWS, SENTIMENT and SOCIAL: articles, fear and greed indices, community figures. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class NewsQuery:
    """Query for the newest articles of one outlet, given by its adapter's name; "" means any outlet."""

    outlet: str = ""

    @property
    def asset(self) -> str:
        """Empty: the query names no coin of ours."""
        return ""

    @property
    def key(self) -> str:
        """Identifier in caches and records."""
        return self.outlet


@dataclass(frozen=True, slots=True)
class Article:
    """An article or post, in plain text. ``url`` is canonical: no tracking parameters, no fragment.

    ``publisher`` is the original source if the outlet republishes articles. ``tags`` are the outlet's own keywords,
    ``categories`` its sections. Optional fields are None where the outlet gives no value.
    """

    title: str
    url: str
    publisher: str
    summary: str | None = None
    image: str | None = None
    published_at: datetime | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class News:
    """An outlet's articles in its own order. ``as_of`` is the outlet's own time of the list."""

    articles: tuple[Article, ...]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class MoodQuery:
    """Query for a fear and greed index. Indices of different makers differ, so each value names its own."""

    @property
    def asset(self) -> str:
        """Empty: the query names no coin of ours."""
        return ""

    @property
    def key(self) -> str:
        """Identifier in caches and records."""
        return "mood"


@dataclass(frozen=True, slots=True)
class FearGreed:
    """Fear and greed index of one maker: 0 (fear) to 100 (greed), with the maker's own label."""

    index: str
    value: int
    label: str
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class BuzzQuery:
    """Query for trending topics or posts of one platform, given by its adapter's name; "" means any platform."""

    platform: str = ""

    @property
    def asset(self) -> str:
        """Empty: the query names no coin of ours."""
        return ""

    @property
    def key(self) -> str:
        """Identifier in caches and records."""
        return f"BuzzQuery|{self.platform}" if self.platform else "BuzzQuery"


@dataclass(frozen=True, slots=True)
class CommunityQuery:
    """Query for the community figures of one coin."""

    asset: str

    @property
    def key(self) -> str:
        """Identifier in caches and records."""
        return f"CommunityQuery|{self.asset}"


@dataclass(frozen=True, slots=True)
class Topic:
    """A trending coin with the platform's own id; ranks count from 1."""

    rank: int
    id: str
    symbol: str
    name: str


@dataclass(frozen=True, slots=True)
class Buzz:
    """Trending topics in the platform's order, or posts, newest first, as the platform provides."""

    topics: tuple[Topic, ...] = ()
    posts: tuple[Article, ...] = ()
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Community:
    """Community figures of a coin: positive votes in percent of all votes, and its forum's counts."""

    votes_up: Decimal | None = None
    subscribers: int | None = None
    active_48h: int | None = None
    as_of: datetime | None = None
