"""Render's news and fear-and-greed index: news feeds and alternative.me's index, relayed as JSON.

It is an independent source of neither. Traps: a missing time is replaced by the time of the call, a missing value by
0; a summary is HTML cut at 500 characters; links keep their tracking parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from providers.adapters.news import outlets
from providers.adapters.news.rss import CLOCK_TOLERANCE, MAX_ARTICLES, Outlet
from providers.adapters.shared import articles, errors, fear_greed, parsing
from providers.adapters.shared.rows import Row
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.news import Article, FearGreed, MoodQuery, News, NewsQuery

OUTLETS: Mapping[str, Outlet] = {
    outlet.slug: outlet
    for outlet in (
        outlets.COINDESK_FEED,
        outlets.COINTELEGRAPH_FEED,
        outlets.BITCOINMAGAZINE_FEED,
        outlets.DECRYPT_FEED,
        outlets.THEBLOCK_FEED,
    )
}
"""The relayed outlets by ``feed_name``, which equals the hub's own slug."""
SUMMARY_LENGTH = 500
CALL_TIME_TOLERANCE = timedelta(seconds=5)
"""An article time this close to the time of the response was filled in for a missing one."""

ReadEnvelope = Callable[[Response], Row]


@dataclass(frozen=True, slots=True)
class NewsArticles:
    """Articles of one outlet from ``/api/v1/rss/feed``; ``envelope`` reads the body of a success."""

    envelope: ReadEnvelope
    max_items: int = 1

    def accepts(self, lookup: Lookup[NewsQuery]) -> bool:
        """Return whether the provider can answer this lookup."""
        return lookup.item.outlet in ("", *OUTLETS)

    def request(self, lookups: Sequence[Lookup[NewsQuery]]) -> Request:
        """Build the request for the lookups."""
        feed_name = ("feed_name", _outlet(lookups[0]).slug)
        return Request("/api/v1/rss/feed", (feed_name, ("limit", str(MAX_ARTICLES))))

    def parse(self, lookups: Sequence[Lookup[NewsQuery]], response: Response) -> dict[NewsQuery, News]:
        """Read the values by item."""
        body, outlet = self.envelope(response), _outlet(lookups[0])
        latest = min(_built_at(body, response) - CALL_TIME_TOLERANCE, response.received_at + CLOCK_TOLERANCE)
        rows = parsing.sequence(parsing.field(body, "data"), "the articles")[:MAX_ARTICLES]
        parsed = [_article(parsing.mapping(row, "an article"), outlet, latest) for row in rows]
        complete = tuple(article for article in parsed if article is not None)
        if not complete:
            raise parsing.broken("a feed without articles").about_item()  # one outlet's feed of five
        return {lookups[0].item: News(complete)}


def _outlet(lookup: Lookup[NewsQuery]) -> Outlet:
    """Return the requested outlet, or the first one if the query names none."""
    return OUTLETS[lookup.item.outlet or next(iter(OUTLETS))]


def _built_at(body: Row, response: Response) -> datetime:
    """Return Render's own time of the response (UTC without an offset), else the time it was received."""
    try:
        moment = datetime.fromisoformat(errors.text(body, "timestamp"))
    except ValueError:
        return response.received_at
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _article(row: Row, outlet: Outlet, latest: datetime) -> Article | None:
    """Read one row; None if it has no title or no URL."""
    title = articles.plain_text(parsing.field(row, "title"), articles.LONGEST_TITLE)
    url = articles.canonical_url(parsing.field(row, "link"))
    if title is None or url is None:
        return None
    published_at = parsing.from_seconds(row.get("published"))
    return Article(
        title=title,
        url=url,
        publisher=outlet.name,
        summary=_summary(errors.text(row, "summary")),
        published_at=published_at if published_at is not None and published_at <= latest else None,
        authors=tuple(name.removeprefix(outlet.byline) for name in articles.tags([row.get("author")])),
    )


def _summary(text: str) -> str | None:
    """Return the summary as plain text; one that was cut ends at the last complete word."""
    complete = text if len(text) < SUMMARY_LENGTH else text.rpartition(" ")[0]
    summary = articles.plain_text(complete)
    return summary if summary is None or complete == text else f"{summary} …"


@dataclass(frozen=True, slots=True)
class FearGreedOfRender:
    """The alternative.me index from ``/api/v1/alternative/fng``; ``envelope`` reads the body of a success."""

    envelope: ReadEnvelope
    max_items: int = 1

    def accepts(self, lookup: Lookup[MoodQuery]) -> bool:
        """Return whether the provider can answer this lookup."""
        return True

    def request(self, lookups: Sequence[Lookup[MoodQuery]]) -> Request:
        """Build the request for the lookups."""
        return Request("/api/v1/alternative/fng", (("limit", "1"),))

    def parse(self, lookups: Sequence[Lookup[MoodQuery]], response: Response) -> dict[MoodQuery, FearGreed]:
        """Read the values by item."""
        data = parsing.field(self.envelope(response), "data")
        days = [data] if isinstance(data, Mapping) else data
        newest = parsing.mapping(parsing.item(days, 0, "the days"), "a day")
        as_of = parsing.from_seconds(parsing.field(newest, "timestamp"))
        if as_of is None:
            raise parsing.broken("an index without its time; missing values are relayed as zeros")
        return {lookups[0].item: fear_greed.read_index(fear_greed.ALTERNATIVE, newest, as_of)}
