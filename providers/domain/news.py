"""What is written about the market: questions and values of NEWS, SENTIMENT and SOCIAL. Pure values, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class NewsQuery:
    """The newest articles of one outlet, named as its adapter is; "" means whichever outlet is asked."""

    outlet: str = ""

    @property
    def asset(self) -> str:
        return ""

    @property
    def key(self) -> str:
        return self.outlet


@dataclass(frozen=True, slots=True)
class Article:
    """One article, in plain text. ``url`` is canonical: no tracking parameters, no fragment.

    ``publisher`` is who wrote it, where the outlet passes on others' articles. ``tags`` are the outlet's own words
    for what it is about, ``categories`` its sections. None means that the outlet does not say.
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
    """An outlet's articles in its own order. ``as_of`` is when the outlet says it made the list."""

    articles: tuple[Article, ...]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class MoodQuery:
    """How greedy or fearful the market is held to be. Indices of several makers differ: each answer names its own."""

    @property
    def asset(self) -> str:
        return ""

    @property
    def key(self) -> str:
        return "mood"


@dataclass(frozen=True, slots=True)
class FearGreed:
    """One maker's index from 0 (fear) to 100 (greed), with that maker's own word for it."""

    index: str
    value: int
    label: str
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class BuzzQuery:
    """What is talked about on one platform, named as its adapter is; "" means whichever platform is asked."""

    platform: str = ""

    @property
    def asset(self) -> str:
        return ""

    @property
    def key(self) -> str:
        return f"BuzzQuery|{self.platform}" if self.platform else "BuzzQuery"


@dataclass(frozen=True, slots=True)
class CommunityQuery:
    """What a platform's members hold of one coin."""

    asset: str

    @property
    def key(self) -> str:
        return f"CommunityQuery|{self.asset}"


@dataclass(frozen=True, slots=True)
class Topic:
    """A coin that is looked for much, by the platform's own id; ranks count from 1."""

    rank: int
    id: str
    symbol: str
    name: str


@dataclass(frozen=True, slots=True)
class Buzz:
    """Topics in the platform's order, or posts, newest first: what the platform has."""

    topics: tuple[Topic, ...] = ()
    posts: tuple[Article, ...] = ()
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Community:
    """Members' votes for a coin in percent of all votes, and what its forum counts; None: the platform does not say."""

    votes_up: Decimal | None = None
    subscribers: int | None = None
    active_48h: int | None = None
    as_of: datetime | None = None
