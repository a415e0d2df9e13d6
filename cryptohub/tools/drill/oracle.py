"""Whether an answer was right: the sandbox's market is a pure function of time, so nobody needs to be asked. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from cryptohub.tools.drill.records import Sample
from providers.sandbox.coins import Coin
from providers.sandbox.market import Market, Move

TOLERANCE = 0.01
"""A faithful provider is within 0.3 % of the fair price, its refreshing every few seconds included."""


class Truth:
    """The market of one seed, and the hands laid on it."""

    def __init__(self, seed: int, coins: tuple[Coin, ...]) -> None:
        self._market = Market(seed, coins)

    def moved(self, slug: str, move: Move) -> None:
        """Follow a steering of the sandbox."""
        self._market = self._market.steered(slug, move)

    def released(self) -> None:
        self._market = self._market.released()

    def error(self, sample: Sample) -> float:
        """How far an answer is from the fair price at the time it was fetched, as a fraction; infinite for nonsense."""
        try:
            price = float(Decimal(sample.price))
        except InvalidOperation:
            return math.inf
        if not math.isfinite(price) or price <= 0:
            return math.inf
        return abs(price / self._market.cross(sample.coin, sample.currency, sample.fetched_at) - 1)

    def wrong(self, samples: Iterable[Sample], tolerance: float = TOLERANCE) -> frozenset[Sample]:
        """The answers that were wrong, stale ones measured at their own time."""
        return frozenset(sample for sample in samples if sample.answered and self.error(sample) > tolerance)
