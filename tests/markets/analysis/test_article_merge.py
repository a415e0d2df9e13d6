"""One list of many outlets' articles: each page once, newest first; and a coin's news by whole words and tags."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from markets.analysis.article_merge import Subject, is_about, mentions, merge_articles
from providers.domain.news import Article

BITCOIN = Subject("BTC", "Bitcoin", ("Bitcoin Cash", "Wrapped Bitcoin", "Bitcoin Magazine"))
ETHER = Subject("ETH", "Ethereum", ("Ethereum Classic",))
NEAR = Subject("NEAR", "NEAR Protocol")
RENDER = Subject("RENDER", "Render")


def article(title: str = "A title", url: str = "https://a.example/x", **more: object) -> Article:
    return Article(title, url, "A", **more)  # type: ignore[arg-type]  # fields by name


def at(hour: int) -> datetime:
    return datetime(2026, 11, 23, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "subject", "found"),
    [
        ("BTC rises", BITCOIN, True),
        ("$BTC: what next?", BITCOIN, True),
        ("bitcoin's halving", BITCOIN, True),
        ("(Bitcoin)", BITCOIN, True),
        ("The method of Netherlands", ETHER, False),
        ("ETHics of code", ETHER, False),
        ("eth is no word in lower case", ETHER, False),
        ("Ethereum Classic forks", ETHER, False),
        ("Ethereum Classic and Ethereum fork", ETHER, True),
        ("Bitcoin Cash falls", BITCOIN, False),
        ("appeared in Bitcoin Magazine", BITCOIN, False),
        ("WBTC is wrapped", BITCOIN, False),
        ("the end is near", NEAR, False),
        ("NEAR jumps", NEAR, True),
        ("THE END IS NEAR", NEAR, False),
        ("Courts render a verdict", RENDER, False),
        ("RENDER gains", RENDER, True),
        ("", BITCOIN, False),
    ],
)
def test_a_text_mentions_a_coin_by_whole_words_only(text: str, subject: Subject, found: bool) -> None:
    assert mentions(text, subject) is found


def test_a_tag_says_what_an_article_is_about_whatever_its_case() -> None:
    assert is_about(article(tags=("bitcoin",)), BITCOIN)
    assert is_about(article(categories=("RENDER",)), RENDER)
    assert not is_about(article(tags=("Bitcoin ETF",)), BITCOIN)


def test_the_summary_counts_as_well_as_the_title() -> None:
    assert is_about(article(summary="It moved BTC."), BITCOIN)


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
