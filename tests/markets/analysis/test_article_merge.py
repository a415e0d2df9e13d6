"""One list of many outlets' articles: each page once, newest first."""

from __future__ import annotations

from datetime import UTC, datetime

from markets.analysis.article_merge import merge_articles
from providers.domain.news import Article


def article(title: str = "A title", url: str = "https://a.example/x", **more: object) -> Article:
    return Article(title, url, "A", **more)  # type: ignore[arg-type]  # fields by name


def at(hour: int) -> datetime:
    return datetime(2026, 11, 23, hour, tzinfo=UTC)


def test_a_page_that_two_outlets_carry_is_told_once_and_names_both() -> None:
    one = article(url="https://www.a.example/x", tags=("one",), summary=None)
    two = article("Retold", "https://a.example/x/", tags=("two", "one"), summary="Words.")
    (result,) = merge_articles([("first", [one]), ("second", [two])])
    assert result.sources == ("first", "second")
    assert (result.article.title, result.article.summary) == ("A title", "Words.")
    assert result.article.tags == ("one", "two")


def test_the_newest_come_first_and_those_without_a_time_last() -> None:
    listed = [article(url=f"https://a.example/{hour}", published_at=at(hour)) for hour in (9, 11, 10)]
    timeless = article(url="https://a.example/none")
    result = merge_articles([("a", [timeless, *listed])])
    assert [one.article.published_at for one in result] == [at(11), at(10), at(9), None]


def test_an_articles_id_is_the_pages_whoever_carries_it() -> None:
    (one,) = merge_articles([("a", [article()])])
    (two,) = merge_articles([("b", [article("Other words", "http://www.a.example/x/")])])
    assert one.id == two.id
