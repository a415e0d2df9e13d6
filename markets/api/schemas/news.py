"""The bodies of /api/news/latest, /api/news/{coin} and /api/events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from markets.analysis import lexicons, sentiment
from markets.analysis.article_merge import MergedArticle
from markets.api.schemas.common import meta_now
from markets.assets.index import AssetRef
from markets.feeds.news import NewsDigest
from markets.feeds.news import Outlet as OutletStatus
from providers.api.structs import Answer, Body, Doc, Meta, Moment
from providers.domain.wire_format import moment

NO_EVENTS = "No source of dated events is connected, and none is made up."
NOT_MENTIONED = "none of the outlets' current articles names the coin"

LIMIT = OpenApiParameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
    description="Maximum number of articles.",
)
COIN = OpenApiParameter(
    "coin",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="A coin by symbol (BTC, any case), id (bitcoin) or pair (BTCUSDT).",
)
EVENT_COIN = OpenApiParameter("coin", OpenApiTypes.STR, description="Only this coin's.")
EVENT_TYPE = OpenApiParameter("type", OpenApiTypes.STR, description="Only this kind.")
EVENT_DAYS = OpenApiParameter(
    "days", {"type": "integer", "minimum": 1, "maximum": 90, "default": 30}, description="Number of days ahead."
)


class ToneWord(Body):
    """A word of the lexicon in a text."""

    word: str
    value: Annotated[float, Doc(description="From -5 to 5; the other way round after a negation.")]


class Tone(Body):
    """The sentiment of a text."""

    score: Annotated[float, Doc(description="From -1 to 1.")]
    label: Annotated[str, Doc(description="positive, neutral or negative.")]
    words: Annotated[list[ToneWord], Doc(description="The words behind the score.")]

    @classmethod
    def of(cls, text: str) -> Tone | None:
        """The sentiment of this text; None if it has no word of the lexicon."""
        tone = sentiment.tone(text, lexicons.lexicon())
        if tone is None:
            return None
        words = [ToneWord(word=word, value=value) for word, value in tone.words]
        return cls(score=tone.score, label=tone.label, words=words)


class Article(Body):
    """An article and all providers that carried it."""

    id: Annotated[str, Doc(description="The same for the same page, whichever provider carries it.")]
    title: str
    summary: str | None
    url: Annotated[str, Doc(description="Canonical: without tracking.")]
    image: str | None
    published_at: Moment | None
    source: Annotated[str, Doc(description="The provider that carried it first.")]
    sources: Annotated[list[str], Doc(description="All providers that carried it.")]
    publisher: Annotated[str, Doc(description="The author's outlet.")]
    authors: list[str]
    categories: list[str]
    tags: list[str]
    sentiment: Annotated[Tone | None, Doc(description="null: it has no word of the lexicon.")]

    @classmethod
    def of(cls, merged: MergedArticle) -> Article:
        """The row of an article."""
        article = merged.article
        return cls(
            id=merged.id,
            title=article.title,
            summary=article.summary,
            url=article.url,
            image=article.image,
            published_at=moment(article.published_at),
            source=merged.sources[0],
            sources=list(merged.sources),
            publisher=article.publisher,
            authors=list(article.authors),
            categories=list(article.categories),
            tags=list(article.tags),
            sentiment=Tone.of(f"{article.title}. {article.summary or ''}"),
        )


class Outlet(Body):
    """The state of one outlet."""

    outlet: Annotated[str, Doc(description="The publisher of the articles.")]
    source: Annotated[str, Doc(description="The provider they came from.")]
    articles: int
    endpoint: str | None
    as_of: Moment | None
    fetched_at: Moment | None
    stale: bool
    stale_reason: str | None
    missing: Annotated[str | None, Doc(description="The reason why nothing of it is here.")]

    @classmethod
    def of(cls, outlet: OutletStatus) -> Outlet:
        """The row of an outlet."""
        return cls(
            outlet=outlet.outlet,
            source=outlet.name,
            articles=outlet.articles,
            endpoint=outlet.endpoint,
            as_of=moment(outlet.as_of),
            fetched_at=moment(outlet.fetched_at),
            stale=outlet.stale_reason is not None,
            stale_reason=outlet.stale_reason,
            missing=outlet.missing.reason if outlet.missing else None,
        )


class News(Answer):
    """Articles, newest first, and the state of each outlet."""

    coin: Annotated[str | None, Doc(description="The coin's id; null for all news.")]
    count: Annotated[int, Doc(description="Articles in this answer.")]
    total: Annotated[int, Doc(description="Articles there are.")]
    articles: list[Article]
    reason: Annotated[str | None, Doc(description="The reason why there are none.")]
    sources: list[Outlet]
    meta: Meta


def news(
    digest: NewsDigest, articles: Sequence[MergedArticle], coin: AssetRef | None, limit: int, now: datetime
) -> News:
    """The body with the first ``limit`` of these articles of a digest, which are about the coin if one is given."""
    rows = [Article.of(article) for article in articles[:limit]]
    return News(
        coin=coin.slug if coin else None,
        count=len(rows),
        total=len(articles),
        articles=rows,
        reason=None if rows else NOT_MENTIONED,
        sources=[Outlet.of(outlet) for outlet in digest.outlets],
        meta=meta_now(digest.meta, now, {coin.symbol: coin.slug} if coin else {}),
    )


class EventFilters(Body):
    """The filters of the request."""

    coin: str | None
    type: str | None
    days: int


class CoinEvent(Body):
    """A dated event of a coin."""

    id: str
    title: str
    type: str
    coin: str
    date: Annotated[str, Doc(extra_json_schema={"format": "date"})]
    description: str | None
    source: str
    url: str | None


class NoSourceMeta(Meta):
    """The provenance of an answer for which no source was asked."""

    reason: Annotated[str, Doc(description="The reason why none was asked.")]


class Events(Answer):
    """An empty list, and the reason."""

    count: int
    filters: EventFilters
    events: list[CoinEvent]
    reason: str
    meta: NoSourceMeta


def events(filters: EventFilters) -> Events:
    """The body for these filters."""
    meta = NoSourceMeta(
        source=None,
        endpoint=None,
        as_of=None,
        fetched_at=None,
        age_s=None,
        stale=False,
        stale_reason=None,
        verified=False,
        cache="miss",
        chain="NEWS",
        attempts=0,
        decision=None,
        asset={},
        reason=NO_EVENTS,
    )
    return Events(count=0, filters=filters, events=[], reason=NO_EVENTS, meta=meta)
