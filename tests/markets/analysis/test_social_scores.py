"""What platforms say, made comparable: topics with their mentions, voices by platform, nothing where nobody spoke."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from markets.analysis import social_scores
from markets.analysis.coin_mentions import Subject
from providers.domain.news import Article, Community, Topic

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEXICON = {"good": 3, "bad": -3}
BITCOIN, ETHER = Subject("BTC", "Bitcoin"), Subject("ETH", "Ethereum")
KNOWN = [(BITCOIN, "bitcoin"), (ETHER, "ethereum")]


def post(title: str, hours: float = 1) -> Article:
    return Article(title, f"https://r.example/{title}", "r", published_at=NOW - timedelta(hours=hours))


def test_topics_keep_the_platforms_order_and_then_come_coins_that_posts_name() -> None:
    posts = [post("BTC good"), post("Bitcoin bad"), post("ETH"), post("QUBIC good")]
    found = social_scores.topics([(Topic(1, "qubic-network", "QUBIC", "Qubic"), None)], KNOWN, posts, LEXICON)
    assert [(one.subject.name, one.rank, one.mentions, one.id) for one in found] == [
        ("Qubic", 1, 1, None),
        ("Bitcoin", None, 2, "bitcoin"),
    ]


def test_without_posts_nobody_knows_how_often_a_topic_is_named() -> None:
    (found,) = social_scores.topics([(Topic(1, "bitcoin", "BTC", "Bitcoin"), "bitcoin")], KNOWN, None, LEXICON)
    assert (found.mentions, found.mood) == (None, None)


def test_only_posts_of_the_last_hours_count_and_those_without_a_time_do_not() -> None:
    posts = [post("new"), post("old", 25), Article("none", "https://r.example/n", "r")]
    assert [one.title for one in social_scores.posts_within(posts, NOW, 24)] == ["new"]


@pytest.mark.parametrize(("up", "score"), [("100", 1.0), ("50", 0.0), ("0", -1.0), ("64.6", 0.292)])
def test_votes_become_a_score(up: str, score: float) -> None:
    assert social_scores.score_votes("coingecko", Community(Decimal(up))).score == score


def test_votes_that_nobody_says_are_no_score() -> None:
    voice = social_scores.score_votes("coingecko", Community())
    assert voice.score is None
    assert voice.reason


def test_the_whole_is_the_mean_of_the_platforms_that_say_anything() -> None:
    few = social_scores.score_posts("reddit", [post("good")], LEXICON)
    votes = social_scores.score_votes("coingecko", Community(Decimal(75)))
    assert few.score is None
    assert few.reason
    assert social_scores.mean_score([few, votes]) == 0.5
    assert social_scores.mean_score([few]) is None
