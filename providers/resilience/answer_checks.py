"""Which checks a category's values go through before they count as an answer. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from providers.domain.market_data import Candles, OrderBook, Quote
from providers.domain.outcomes import Failure, Outcome
from providers.resilience.price_consensus import AHEAD, OLD, PeerComparison, Peers, PeerVerdict, possible

WIDE = 0.05
"""A last trade may be minutes old and a thin book wide: only a price so far from the peers' is contradicted."""


class QuoteChecks:
    """Prices: possible, current, and not contradicted by other lineages."""

    def __init__(self) -> None:
        self.peers = Peers()

    def possible(self, value: Quote) -> None:
        possible(value)

    def old(self, value: Quote, received_at: datetime) -> str | None:
        if value.as_of is None:
            return None
        if value.as_of - received_at > AHEAD:
            raise Failure(Outcome.IMPLAUSIBLE, "a time that lies in the future")
        age = received_at - value.as_of
        return f"the source's own time is {int(age.total_seconds() // 60)} minutes old" if age > OLD else None

    def judge(self, value: Quote, lineage: str, now: float) -> PeerComparison:
        return self.peers.judge(value, lineage, now)

    def agree(self, one: Quote, other: Quote) -> bool:
        return self.peers.agree(one, other)

    def note(self, value: Quote, lineage: str, now: float) -> None:
        self.peers.note(value, lineage, now)


class NoPeers:
    """Values nobody else can peer: the adapter's own checks are all there is."""

    def possible(self, value: Any) -> None:
        return None

    def old(self, value: Any, received_at: datetime) -> str | None:
        return None

    def judge(self, value: Any, lineage: str, now: float) -> PeerComparison:
        return PeerComparison(PeerVerdict.ALONE)

    def agree(self, one: Any, other: Any) -> bool:
        return True

    def note(self, value: Any, lineage: str, now: float) -> None:
        return None


Around = Callable[[Any], "tuple[Decimal, Decimal] | None"]


class NearPrice(NoPeers):
    """What else says a price of now: it must not lie far from what lineages said of it lately. It is no peer itself.

    ``around`` gives the lowest and the highest price that a value speaks of; None for one that is of the past.
    """

    def __init__(self, peers: Peers, around: Around) -> None:
        self._peers = peers
        self._around = around

    def judge(self, value: Any, lineage: str, now: float) -> PeerComparison:
        edges = self._around(value)
        if edges is None:
            return PeerComparison(PeerVerdict.ALONE)
        verdicts = [self._peers.judge(Quote(value.asset, value.currency, edge), lineage, now) for edge in edges]
        nearest = min(verdicts, key=lambda verdict: verdict.distance or 0.0)
        if nearest.reference is None or nearest.distance is None:
            return nearest
        gate = max(WIDE, nearest.gate or 0.0)
        is_near = edges[0] <= Decimal(nearest.reference) <= edges[1] or nearest.distance <= gate
        return replace(nearest, standing=PeerVerdict.AGREED if is_near else PeerVerdict.OUTLIER, gate=gate)

    def agree(self, one: Any, other: Any) -> bool:
        mine, theirs = self._around(one), self._around(other)
        if mine is None or theirs is None:
            return False
        apart = max(mine[0], theirs[0]) / min(mine[1], theirs[1]) - 1
        return apart <= Decimal(str(WIDE))


def last_trade(value: Candles) -> tuple[Decimal, Decimal] | None:
    """The close of a candle that is still forming."""
    newest = value.candles[-1]
    return None if newest.closed else (newest.close, newest.close)


def best_prices(value: OrderBook) -> tuple[Decimal, Decimal] | None:
    """What is bid and asked at best."""
    return value.bids[0][0], value.asks[0][0]
