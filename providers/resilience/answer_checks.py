"""Checks that a category's values pass before they are served (protocol ``engine.query.Checks``). Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from providers.domain.market_data import Candles, OrderBook, Quote, Volume
from providers.domain.news import Buzz, Community, FearGreed, News
from providers.domain.outcomes import Failure, Outcome
from providers.resilience.price_consensus import AHEAD, OLD, PeerComparison, Peers, PeerVerdict, possible

NEAR_GATE = 0.05
"""Least gate for candles and books: a last trade may be minutes old and a thin book wide."""
NEWS_MAX_AGE = timedelta(days=7)
"""Age of the newest article from which an outlet's feed counts as stopped."""
SOCIAL_MAX_AGE = timedelta(days=2)
"""Age of the newest post from which a platform's feed counts as stopped."""
VOLUME_MAX_AGE = timedelta(hours=1)
"""Age by the source's own time from which a 24-hour volume is not that of the last 24 hours."""
BOOK_MAX_AGE = timedelta(minutes=5)
"""Age by the source's own time from which an order book is not a live one."""
LISTING_MAX_AGE = timedelta(days=2)
"""Age by the source's own time from which lists and descriptions count as old."""
INACTIVE_AGE = timedelta(days=7)
"""Age of a price, volume or book from which the market counts as inactive there."""
INDEX_MAX_AGE = timedelta(hours=25)
"""Age from which a daily index counts as stopped: a day, and an hour of delay."""


class NoPeers:
    """Checks of values that have no peers: everything passes, as the adapter's own checks are the only ones."""

    def possible(self, value: Any) -> None:
        """Accept any value."""

    def old(self, value: Any, received_at: datetime) -> str | None:
        """Return None: every value counts as current."""
        return None

    def judge(self, value: Any, lineage: str, now: float) -> PeerComparison:
        """Return ALONE."""
        return PeerComparison(PeerVerdict.ALONE)

    def agree(self, first: Any, second: Any, reference: float | None = None) -> bool:
        """Return True: without a measure of distance any two values agree."""
        return True

    def is_on_the_way(self, value: Any, lineage: str, settled: Any, reference: float | None, now: float) -> bool:
        """Return False: nothing is known of a move."""
        return False

    def supersede(self, value: Any, now: float) -> None:
        """Do nothing: the value is no peer."""

    def note(self, value: Any, lineage: str, now: float) -> None:
        """Do nothing: the value is no peer."""


class QuoteChecks:
    """Checks of prices: possible, current, and not contradicted by other lineages."""

    def __init__(self) -> None:
        self.peers = Peers()

    def possible(self, value: Quote) -> None:
        """Raise Failure(IMPLAUSIBLE) for an impossible quote."""
        possible(value)

    def old(self, value: Quote, received_at: datetime) -> str | None:
        """Return why the quote is old, or None. Raises Failure(IMPLAUSIBLE) for a time in the future."""
        age = _age(value.as_of, received_at)
        if value.volume_24h is not None and value.volume_24h == 0:
            return "no trade in the last 24 hours"
        if age is None or age <= OLD:
            return None
        return f"the source's own time is {int(age.total_seconds() // 60)} minutes old"

    def judge(self, value: Quote, lineage: str, now: float) -> PeerComparison:
        """Compare the price with recent prices of other lineages."""
        return self.peers.judge(value, lineage, now)

    def agree(self, first: Quote, second: Quote, reference: float | None = None) -> bool:
        """Return True if two simultaneous prices lie within the gate of each other."""
        return self.peers.agree(first, second, reference)

    def is_on_the_way(self, value: Quote, lineage: str, settled: Quote, reference: float | None, now: float) -> bool:
        """Return True if the market may have passed the price on its way from the peers' to the settled one."""
        return self.peers.is_on_the_way(value, lineage, settled, reference, now)

    def supersede(self, value: Quote, now: float) -> None:
        """Remember a price that two lineages gave at the same time."""
        self.peers.supersede(value, now)

    def note(self, value: Quote, lineage: str, now: float) -> None:
        """Remember the price as a peer."""
        self.peers.note(value, lineage, now)


PriceRange = Callable[[Any], "tuple[Decimal, Decimal] | None"]


class AgeChecks(NoPeers):
    """Checks of values with a time of their own: older than ``max_age`` they are not current."""

    def __init__(self, max_age: timedelta) -> None:
        self._max_age = max_age

    def old(self, value: Any, received_at: datetime) -> str | None:
        """Return the value's age if it is old, or None. Raises Failure(IMPLAUSIBLE) for a time in the future."""
        age = _age(getattr(value, "as_of", None), received_at)
        return f"the source's own time is {describe(age)} old" if age is not None and age > self._max_age else None


def describe(age: timedelta) -> str:
    """Return an age in minutes, hours or days, rounded down."""
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 48 * 60 else f"{minutes // 1440} days"


def is_inactive(value: Any, received_at: datetime) -> bool:
    """Return whether a price, volume or book is so old that the market is no longer traded there."""
    as_of = getattr(value, "as_of", None)
    return isinstance(value, Quote | Volume | OrderBook) and as_of is not None and received_at - as_of > INACTIVE_AGE


class NearPrice(NoPeers):
    """Checks of values that imply a current price: it must be near the recent prices of other lineages.

    Such a value is no peer itself. ``price_range`` gives the lowest and highest price a value implies, or None for one
    about the past.
    """

    def __init__(self, peers: Peers, price_range: PriceRange, max_age: timedelta | None = None) -> None:
        self._peers = peers
        self._price_range = price_range
        self._age_checks = AgeChecks(max_age) if max_age is not None else NoPeers()

    def old(self, value: Any, received_at: datetime) -> str | None:
        """Return the value's age if it is old, or None."""
        return self._age_checks.old(value, received_at)

    def judge(self, value: Any, lineage: str, now: float) -> PeerComparison:
        """Compare the implied prices with recent prices of other lineages, with a gate of at least NEAR_GATE."""
        edges = self._price_range(value)
        if edges is None:
            return PeerComparison(PeerVerdict.ALONE)
        comparisons = [self._peers.judge(Quote(value.asset, value.currency, edge), lineage, now) for edge in edges]
        nearest = min(comparisons, key=lambda comparison: comparison.distance or 0.0)
        if nearest.reference is None or nearest.distance is None:
            return nearest
        gate = max(NEAR_GATE, nearest.gate or 0.0)
        is_near = edges[0] <= Decimal(nearest.reference) <= edges[1] or nearest.distance <= gate
        return replace(nearest, verdict=PeerVerdict.AGREED if is_near else PeerVerdict.OUTLIER, gate=gate)

    def agree(self, first: Any, second: Any, reference: float | None = None) -> bool:
        """Return True if the implied price ranges lie within NEAR_GATE of each other."""
        ranges = self._price_range(first), self._price_range(second)
        if ranges[0] is None or ranges[1] is None:
            return False
        apart = max(ranges[0][0], ranges[1][0]) / min(ranges[0][1], ranges[1][1]) - 1
        return apart <= Decimal(str(NEAR_GATE))


def last_trade(value: Candles) -> tuple[Decimal, Decimal] | None:
    """Return the close of a candle that is still forming as a price range; None if all are closed."""
    newest = value.candles[-1]
    return None if newest.closed else (newest.close, newest.close)


def best_prices(value: OrderBook) -> tuple[Decimal, Decimal] | None:
    """Return best bid and best ask."""
    return value.bids[0][0], value.asks[0][0]


class NewsChecks(NoPeers):
    """Checks of news: a feed whose newest article is older than NEWS_MAX_AGE has stopped."""

    def old(self, value: News, received_at: datetime) -> str | None:
        """Return the age of the newest article if the feed has stopped, or None."""
        times = [article.published_at for article in value.articles if article.published_at is not None]
        age = received_at - max(times, default=received_at)
        return f"its newest article is {age.days} days old" if age > NEWS_MAX_AGE else None


class MoodChecks(NoPeers):
    """Checks of daily fear and greed indices: one older than INDEX_MAX_AGE has stopped."""

    def old(self, value: FearGreed, received_at: datetime) -> str | None:
        """Return the index's age if it has stopped, or None. Raises Failure(IMPLAUSIBLE) for a time in the future."""
        age = _age(value.as_of, received_at)
        if age is None or age <= INDEX_MAX_AGE:
            return None
        return f"the index is {int(age.total_seconds() // 3600)} hours old"


class SocialChecks(NoPeers):
    """Checks of posts: a platform whose newest post is older than SOCIAL_MAX_AGE has stopped."""

    def old(self, value: Buzz | Community, received_at: datetime) -> str | None:
        """Return the age of the newest post if the feed has stopped, or None."""
        posts = value.posts if isinstance(value, Buzz) else ()
        times = [post.published_at for post in posts if post.published_at is not None]
        age = received_at - max(times, default=received_at)
        return f"its newest post is {age.days} days old" if age > SOCIAL_MAX_AGE else None


def _age(as_of: datetime | None, received_at: datetime) -> timedelta | None:
    """Return the age of a value by its source's time, None if unknown. Raises Failure for a time in the future."""
    if as_of is None:
        return None
    if as_of - received_at > AHEAD:
        raise Failure(Outcome.IMPLAUSIBLE, "a time that lies in the future")
    return received_at - as_of
