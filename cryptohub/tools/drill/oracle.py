"""Oracle for right answers: the sandbox's market is a pure function of time. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from cryptohub.tools.drill.records import Sample
from providers.sandbox.coins import Coin
from providers.sandbox.market import Market, Move

TOLERANCE = 0.01
"""Largest relative error of a right answer; healthy providers stay within 0.3 % of the fair price."""


class PriceOracle:
    """Market of one seed with the moves applied to it."""

    def __init__(self, seed: int, coins: tuple[Coin, ...]) -> None:
        self._market = Market(seed, coins)

    def follow_move(self, slug: str, move: Move) -> None:
        """Apply a move that was applied to the sandbox."""
        self._market = self._market.steered(slug, move)

    def clear_moves(self) -> None:
        """Remove all moves."""
        self._market = self._market.released()

    def error(self, sample: Sample) -> float:
        """Relative error of an answer against the fair price at its time; infinite if it is not a price."""
        try:
            price = float(Decimal(sample.price))
        except InvalidOperation:
            return math.inf
        if not math.isfinite(price) or price <= 0:
            return math.inf
        return abs(price / self._market.cross(sample.coin, sample.currency, sample.fetched_at) - 1)

    def wrong(self, samples: Iterable[Sample], tolerance: float = TOLERANCE) -> frozenset[Sample]:
        """Wrong answers; stale ones are compared at their own time."""
        return frozenset(sample for sample in samples if sample.answered and self.error(sample) > tolerance)
