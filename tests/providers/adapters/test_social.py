"""What platforms have: topics by name and order alone, posts as plain text, votes within their range."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.adapters import ADAPTERS
from providers.adapters.shared import parsing
from providers.domain.adapter import Lookup
from providers.domain.categories import Category
from providers.domain.news import Article, Buzz, BuzzQuery, Community, CommunityQuery, Topic
from providers.domain.outcomes import Failure, Outcome
from providers.resilience.answer_checks import SocialChecks
from providers.sandbox.client import Sandbox
from tests.providers.adapters.mutations import mutate, render
from tests.providers.adapters.sandbox_calls import answered
from tests.providers.adapters.support import NOW, payload, respond, utc

RECORDED = Path(__file__).parents[4] / "shared" / "recorded"
TRENDING, COMMUNITY = Lookup(BuzzQuery("coingecko"), ""), Lookup(CommunityQuery("bitcoin"), "bitcoin")
POSTS = Lookup(BuzzQuery("reddit"), "")
JSON_CASES = [("trending.json", TRENDING), ("community.json", COMMUNITY)]


def read(slug: str, body: bytes, lookup: Lookup[Any], status: int = 200) -> Any:
    return ADAPTERS[slug].handlers[Category.SOCIAL].parse([lookup], respond(body, status))[lookup.item]


def refused(slug: str, body: bytes, lookup: Lookup[Any], status: int = 200) -> Outcome:
    with pytest.raises(Failure) as caught:
        read(slug, body, lookup, status)
    return caught.value.outcome


def test_trending_is_names_and_order_and_none_of_its_texts_for_people() -> None:
    found = read("coingecko", payload("coingecko", "trending.json"), TRENDING)
    assert found.topics == (Topic(1, "qubic-network", "QUBIC", "Qubic"), Topic(2, "pepe", "PEPE", "Pepe"))


def test_votes_and_counts_are_read_and_nulls_stay_unknown() -> None:
    found = read("coingecko", payload("coingecko", "community.json"), COMMUNITY)
    assert found == Community(Decimal("64.6"), 3854223, 3465, utc(2026, 11, 23, 12, 18))
    silent = read(
        "coingecko", b'{"id":"bitcoin","sentiment_votes_up_percentage":null,"community_data":null}', COMMUNITY
    )
    assert silent == Community()


def test_votes_over_a_hundred_percent_are_no_votes() -> None:
    body = payload("coingecko", "community.json").replace(b"64.6", b"164.6")
    assert read("coingecko", body, COMMUNITY).votes_up is None


def test_a_post_is_plain_text_without_its_closing_line() -> None:
    (post,) = read("reddit", payload("reddit", "forum.xml"), POSTS).posts
    assert (post.title, post.summary, post.authors) == ("Bitcoin holds", "I think BTC is fine.", ("some_one",))
    assert post.url == "https://www.reddit.com/r/CryptoCurrency/comments/abc/bitcoin_holds/"
    assert post.published_at == utc(2026, 11, 23, 11, 59)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (429, b"", Outcome.RATE_LIMITED),
        (403, b"<!doctype html><html><body>Blocked</body></html>", Outcome.RATE_LIMITED),
        (200, b"<!doctype html><html></html>", Outcome.BROKEN),
        (500, b"", Outcome.BROKEN),
    ],
)
def test_reddits_refusals_are_what_they_mean(status: int, body: bytes, outcome: Outcome) -> None:
    assert refused("reddit", body, POSTS, status) is outcome


def test_another_coin_than_the_one_asked_for_and_an_empty_list_are_broken() -> None:
    body = payload("coingecko", "community.json").replace(b'"bitcoin"', b'"other"')
    assert refused("coingecko", body, COMMUNITY) is Outcome.BROKEN
    assert refused("coingecko", b'{"coins":[]}', TRENDING) is Outcome.BROKEN


def test_each_platform_is_asked_for_its_own_and_either_for_any() -> None:
    gecko, forum = (ADAPTERS[slug].handlers[Category.SOCIAL] for slug in ("coingecko", "reddit"))
    assert [gecko.accepts(ask) for ask in (TRENDING, COMMUNITY, POSTS)] == [True, True, False]
    assert [forum.accepts(ask) for ask in (TRENDING, COMMUNITY, POSTS)] == [False, False, True]
    anybody = Lookup(BuzzQuery(), "")
    assert gecko.accepts(anybody)
    assert forum.accepts(anybody)
    assert not gecko.accepts(Lookup(CommunityQuery("x"), "../x"))


def test_reddit_is_asked_gently() -> None:
    budget = ADAPTERS["reddit"].budget
    assert budget.calls / budget.seconds <= 1 / 60


def test_a_forum_without_a_post_for_days_stands_still() -> None:
    post = Article("A", "https://a.example/", "r", published_at=NOW - timedelta(days=3))
    assert SocialChecks().old(Buzz(posts=(post,)), NOW) == "its newest post is 3 days old"
    assert SocialChecks().old(Buzz(topics=(Topic(1, "a", "A", "A"),)), NOW) is None
    assert SocialChecks().old(Community(), NOW) is None


@pytest.mark.parametrize(("name", "lookup"), JSON_CASES)
@given(data=st.data())
def test_a_mutated_answer_is_possible_or_a_failure(name: str, lookup: Lookup[Any], data: st.DataObject) -> None:
    tree = parsing.decode(payload("coingecko", name))
    for _ in range(data.draw(st.integers(1, 3))):
        mutate(tree, data)
    try:
        found = read("coingecko", render(tree).encode("utf-8", "surrogatepass"), lookup)
    except Failure:
        return
    assert all(topic.id and topic.name for topic in getattr(found, "topics", ()))
    votes = getattr(found, "votes_up", None)
    assert votes is None or 0 <= votes <= 100


@pytest.mark.parametrize(("slug", "lookup"), [("coingecko", TRENDING), ("coingecko", COMMUNITY), ("reddit", POSTS)])
def test_the_sandbox_answers_what_each_adapter_asks(sandbox: Sandbox, slug: str, lookup: Lookup[Any]) -> None:
    (found,) = answered(sandbox, slug, Category.SOCIAL, [lookup]).values()
    if isinstance(found, Community):
        assert found.votes_up is not None
        return
    assert len(found.topics or found.posts) >= 10
    assert not [post for post in found.posts if "submitted by" in (post.summary or "")]


@pytest.mark.parametrize(
    ("name", "first", "count"),
    [("search_trending_2021.json", "matic-network", 7), ("search_trending_2025.json", "qubic-network", 8)],
)
def test_the_recorded_trends_are_what_their_index_says(name: str, first: str, count: int) -> None:
    path = RECORDED / "coingecko" / name
    if not path.exists():
        pytest.skip(f"no recording: {name}")
    topics = read("coingecko", path.read_bytes(), TRENDING).topics
    assert (topics[0].id, len(topics)) == (first, count)


def test_the_recorded_community_is_what_its_index_says() -> None:
    path = RECORDED / "coingecko" / "coin_bitcoin_community_2022-01-31.json"
    if not path.exists():
        pytest.skip("no recording of a community")
    found = read("coingecko", path.read_bytes(), COMMUNITY)
    assert (found.votes_up, found.subscribers, found.active_48h) == (Decimal("64.6"), 3854223, 3465)
