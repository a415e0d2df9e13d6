"""What is demanded of written things before they count: whether they are still of these days. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from providers.domain.news import Buzz, Community, FearGreed, News
from providers.domain.outcomes import Failure, Outcome
from providers.resilience.answer_checks import NoPeers
from providers.resilience.price_consensus import AHEAD

SILENCE = timedelta(days=7)
"""An outlet that has published nothing for so long is not telling the news: its feed stands still."""
QUIET = timedelta(days=2)
A_DAY = timedelta(hours=25)
"""A day, and an hour for the maker to be late."""


class NewsChecks(NoPeers):
    """A feed whose newest article is old has stopped, however well it answers."""

    def old(self, value: News, received_at: datetime) -> str | None:
        times = [article.published_at for article in value.articles if article.published_at is not None]
        age = received_at - max(times, default=received_at)
        return f"its newest article is {age.days} days old" if age > SILENCE else None


class MoodChecks(NoPeers):
    """An index is made once a day: one of the day before yesterday has stopped."""

    def old(self, value: FearGreed, received_at: datetime) -> str | None:
        if value.as_of is None:
            return None
        age = received_at - value.as_of
        if -age > AHEAD:
            raise Failure(Outcome.IMPLAUSIBLE, "a time that lies in the future")
        return f"the index is {int(age.total_seconds() // 3600)} hours old" if age > A_DAY else None


class SocialChecks(NoPeers):
    """A forum of many thousands in which nobody has posted for days is a feed that stands still."""

    def old(self, value: Buzz | Community, received_at: datetime) -> str | None:
        posts = value.posts if isinstance(value, Buzz) else ()
        times = [post.published_at for post in posts if post.published_at is not None]
        age = received_at - max(times, default=received_at)
        return f"its newest post is {age.days} days old" if age > QUIET else None
