"""Render's news and fear-and-greed: the outlets' feeds and alternative.me's index, passed on as JSON.

No independent source of either. Traps: what a feed does not say is filled in, a missing time with that of the call, a
missing value with 0; a summary is markup cut at 500 characters; links keep their tracking.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from providers.adapters.news import outlets
from providers.adapters.news.rss import AHEAD, MOST_ARTICLES, Outlet
from providers.adapters.shared import articles, errors, fear_greed, parsing
from providers.adapters.shared.rows import Row
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.news import Article, FearGreed, MoodQuery, News, NewsQuery

CARRIED: Mapping[str, Outlet] = {
    outlet.slug: outlet
    for outlet in (
        outlets.COINDESK_FEED,
        outlets.COINTELEGRAPH_FEED,
        outlets.BITCOINMAGAZINE_FEED,
        outlets.DECRYPT_FEED,
        outlets.THEBLOCK_FEED,
    )
}
"""The outlets it has, by its ``feed_name``, which is our own name of each."""
CUT_AT = 500
FILLED_IN = timedelta(seconds=5)
"""So shortly before the answer was made, an article's time is the call's own, filled in for a missing one."""

Open = Callable[[Response], Row]


@dataclass(frozen=True, slots=True)
class Feeds:
    """An outlet's articles from ``/api/v1/rss/feed``. ``envelope`` reads the body of a success."""

    envelope: Open
    max_items: int = 1

    def accepts(self, lookup: Lookup[NewsQuery]) -> bool:
        return lookup.item.outlet in ("", *CARRIED)

    def request(self, lookups: Sequence[Lookup[NewsQuery]]) -> Request:
        wanted = ("feed_name", _outlet(lookups[0]).slug)
        return Request("/api/v1/rss/feed", (wanted, ("limit", str(MOST_ARTICLES))))

    def parse(self, lookups: Sequence[Lookup[NewsQuery]], response: Response) -> dict[NewsQuery, News]:
        body, outlet = self.envelope(response), _outlet(lookups[0])
        latest = min(_made(body, response) - FILLED_IN, response.received_at + AHEAD)
        rows = parsing.sequence(parsing.field(body, "data"), "the articles")[:MOST_ARTICLES]
        read = [_article(parsing.mapping(row, "an article"), outlet, latest) for row in rows]
        found = tuple(article for article in read if article is not None)
        if not found:
            raise parsing.broken("a feed without articles")
        return {lookups[0].item: News(found)}


def _outlet(lookup: Lookup[NewsQuery]) -> Outlet:
    """The outlet that is asked for; where any will do, the first."""
    return CARRIED[lookup.item.outlet or next(iter(CARRIED))]


def _made(body: Row, response: Response) -> datetime:
    """When Render says it made the answer (UTC without an offset), or when it came."""
    try:
        moment = datetime.fromisoformat(errors.text(body, "timestamp"))
    except ValueError:
        return response.received_at
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _article(row: Row, outlet: Outlet, latest: datetime) -> Article | None:
    """One row; None for one without a title or an address."""
    title = articles.plain(parsing.field(row, "title"), articles.LONGEST_TITLE)
    url = articles.canonical(parsing.field(row, "link"))
    if title is None or url is None:
        return None
    published_at = parsing.from_seconds(row.get("published"))
    return Article(
        title=title,
        url=url,
        publisher=outlet.name,
        summary=_summary(errors.text(row, "summary")),
        published_at=published_at if published_at is not None and published_at <= latest else None,
        authors=tuple(name.removeprefix(outlet.byline) for name in articles.words([row.get("author")])),
    )


def _summary(text: str) -> str | None:
    """In plain text; of one that was cut, up to the last whole word."""
    whole = text if len(text) < CUT_AT else text.rpartition(" ")[0]
    found = articles.plain(whole)
    return found if found is None or whole == text else f"{found} …"


@dataclass(frozen=True, slots=True)
class FearGreedOfRender:
    """alternative.me's index from ``/api/v1/alternative/fng``. ``envelope`` reads the body of a success."""

    envelope: Open
    max_items: int = 1

    def accepts(self, lookup: Lookup[MoodQuery]) -> bool:
        return True

    def request(self, lookups: Sequence[Lookup[MoodQuery]]) -> Request:
        return Request("/api/v1/alternative/fng", (("limit", "1"),))

    def parse(self, lookups: Sequence[Lookup[MoodQuery]], response: Response) -> dict[MoodQuery, FearGreed]:
        listed = parsing.field(self.envelope(response), "data")
        newest = parsing.mapping(parsing.item(listed, 0, "the days"), "a day")
        as_of = parsing.from_seconds(parsing.field(newest, "timestamp"))
        if as_of is None:
            raise parsing.broken("an index without its time: what is missing is filled in with zeroes")
        return {lookups[0].item: fear_greed.reading(fear_greed.ALTERNATIVE, newest, as_of)}
