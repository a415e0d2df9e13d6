"""Render's news and fear-and-greed: others' own words passed on, and nothing that it has filled in."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from providers.adapters import ADAPTERS
from providers.domain.adapter import Lookup
from providers.domain.categories import Category
from providers.domain.news import Article, FearGreed, MoodQuery, News, NewsQuery
from providers.domain.outcomes import Failure, Outcome
from providers.sandbox.client import Sandbox
from tests.providers.adapters.sandbox_calls import answered
from tests.providers.adapters.support import payload, respond, utc

HANDLER = ADAPTERS["render"].handlers
COINTELEGRAPH = Lookup(NewsQuery("cointelegraph"), "")
MOOD = Lookup(MoodQuery(), "")


def read(body: bytes, status: int = 200) -> News:
    return HANDLER[Category.NEWS].parse([COINTELEGRAPH], respond(body, status))[COINTELEGRAPH.item]


def mood(body: bytes) -> FearGreed:
    return HANDLER[Category.SENTIMENT].parse([MOOD], respond(body))[MOOD.item]


def changed(name: str, **fields: object) -> bytes:
    """A payload whose first row says otherwise."""
    body = json.loads(payload("render", name))
    body["data"][0] |= fields
    return json.dumps(body).encode()


def outcome_of(
    category: Category, lookup: Lookup[NewsQuery] | Lookup[MoodQuery], body: bytes, status: int = 200
) -> Outcome:
    with pytest.raises(Failure) as caught:
        HANDLER[category].parse([lookup], respond(body, status))
    return caught.value.outcome


def test_it_is_asked_for_an_outlets_feed_by_its_name() -> None:
    request = HANDLER[Category.NEWS].request([COINTELEGRAPH])
    assert (request.path, request.params) == (
        "/api/v1/rss/feed",
        (("feed_name", "cointelegraph"), ("limit", "100")),
    )


def test_its_articles_are_the_outlets_in_plain_text_without_tracking() -> None:
    first, _ = read(payload("render", "feed.json")).articles
    assert first == Article(
        title="Markets & more",
        url="https://cointelegraph.com/news/markets",
        publisher="Cointelegraph",
        summary="First. Second.",
        published_at=utc(2026, 11, 23, 11, 30),
        authors=("Ann Author",),
    )


def test_a_time_that_was_filled_in_with_the_calls_own_is_no_time() -> None:
    assert read(payload("render", "feed.json")).articles[1].published_at is None


def test_a_summary_that_was_cut_ends_at_a_whole_word() -> None:
    text = ("<p>" + "word " * 200)[:500]
    summary = read(changed("feed.json", summary=text)).articles[0].summary
    assert summary is not None
    assert summary.endswith("word …")


def test_it_stands_in_for_the_five_outlets_it_carries_and_for_no_other() -> None:
    accepts = HANDLER[Category.NEWS].accepts
    asked = "coindesk cointelegraph bitcoinmagazine decrypt theblock cryptoslate cryptocompare render".split()
    assert [slug for slug in asked if accepts(Lookup(NewsQuery(slug), ""))] == asked[:5]


def test_its_index_is_alternatives_own() -> None:
    assert mood(payload("render", "fng.json")) == FearGreed(
        "alternative.me Crypto Fear & Greed Index", 31, "Fear", utc(2026, 11, 23)
    )


def test_an_index_of_filled_in_zeroes_is_broken() -> None:
    empty = changed("fng.json", value=0, value_classification="neutral", timestamp=0)
    assert outcome_of(Category.SENTIMENT, MOOD, empty) is Outcome.BROKEN


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"success":false,"error":"Failed to fetch RSS feed"}', 200),
        (b'{"success":true,"data":[]}', 200),
        (b'{"success":true}', 200),
        (b"<html>Service waking up</html>", 200),
        (b'{"detail":"Service unavailable"}', 503),
    ],
)
def test_an_answer_without_articles_or_an_index_is_broken(body: bytes, status: int) -> None:
    assert outcome_of(Category.NEWS, COINTELEGRAPH, body, status) is Outcome.BROKEN
    assert outcome_of(Category.SENTIMENT, MOOD, body, status) is Outcome.BROKEN


@pytest.mark.parametrize("slug", ["cointelegraph", "theblock"])
def test_it_tells_the_same_pages_as_the_outlet_itself(sandbox: Sandbox, slug: str) -> None:
    ask = Lookup(NewsQuery(slug), "")
    (own,) = answered(sandbox, slug, Category.NEWS, [ask]).values()
    (passed_on,) = answered(sandbox, "render", Category.NEWS, [ask]).values()
    known_to_both = min(len(settled(own)), len(settled(passed_on)))
    assert known_to_both >= 5
    assert settled(passed_on)[:known_to_both] == settled(own)[:known_to_both]


def settled(news: News) -> list[tuple[str, str, datetime]]:
    """Older than this minute: one that has just come out may be known to one alone, or look as if its time were not."""
    just_now = datetime.now(UTC) - timedelta(minutes=1)
    return [
        (article.title, article.url.rstrip("/"), article.published_at)
        for article in news.articles
        if article.published_at is not None and article.published_at < just_now
    ]


def test_it_tells_the_same_index_as_its_maker(sandbox: Sandbox) -> None:
    one, other = (answered(sandbox, slug, Category.SENTIMENT, [MOOD]) for slug in ("alternative_me", "render"))
    assert one == other
