"""Trial of the integrity check over a simulated market, reproducible by seed.

The market is a geometric random walk. As in production, one provider is asked every few seconds, and once a minute
another lineage in turn.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from decimal import Decimal

from providers.domain.market_data import Quote
from providers.resilience.price_consensus import DEFAULT_SIGMA, SIGMAS, Peers, PeerVerdict

PRICE_EVERY_S = 3.0
SWEEP_EVERY_S = 60.0
LINEAGES = ("kraken", "okx", "coingecko", "coinmarketcap", "bybit", "kucoin", "gate", "coinpaprika")
"""Lineages of the shipped chain that answer for many coins in one call; they take turns."""
LINEAGE_SPREAD = 0.0002
"""Relative spread between lineages at the same moment."""
MIN_ERROR = 0.05
WRONG_SHARE = 0.2
LEARNING_S = 4 * 3600.0
JUMP_S = 600.0


@dataclass(slots=True)
class TrialCounts:
    """Counts of right and wrong prices by verdict."""

    right: int = 0
    alarms: int = 0
    wrong: int = 0
    caught: int = 0

    @property
    def caught_percent(self) -> float:
        """Percentage of wrong prices caught."""
        return 100.0 * self.caught / max(1, self.wrong)

    @property
    def alarms_in_10k(self) -> float:
        """False alarms per 10,000 right prices."""
        return 10_000.0 * self.alarms / max(1, self.right)


class Simulation:
    """Market of one coin with the peer prices of one process."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # reproducible on purpose, protects nothing
        self._peers = Peers()
        self._price = 50_000.0
        self._now = 1_000_000.0
        self._swept = 0.0
        self._turn = 0

    def run(self, seconds: float, volatility: float, *, wrong: bool = True) -> TrialCounts:
        """Simulate ``seconds`` at a multiple of the usual volatility (80 % a year)."""
        tally, end = TrialCounts(), self._now + seconds
        while self._now < end:
            self._move(PRICE_EVERY_S, volatility * DEFAULT_SIGMA)
            if self._now - self._swept >= SWEEP_EVERY_S:
                self._sweep()
            if wrong and self._random.random() < WRONG_SHARE:
                self._judge_wrong(tally, volatility * DEFAULT_SIGMA)
            else:
                self._judge_right(tally)
        return tally

    def _move(self, seconds: float, sigma: float) -> None:
        self._now += seconds
        self._price *= math.exp(self._random.gauss(0.0, sigma * math.sqrt(seconds)))

    def _observed(self, factor: float = 1.0) -> Quote:
        price = self._price * factor * (1 + self._random.uniform(-LINEAGE_SPREAD, LINEAGE_SPREAD))
        return Quote("bitcoin", "USD", Decimal(f"{price:.8g}"))

    def _sweep(self) -> None:
        self._swept = self._now
        self._peers.note(self._observed(), LINEAGES[self._turn % len(LINEAGES)], self._now)
        self._turn += 1

    def _judge_right(self, tally: TrialCounts) -> None:
        quote = self._observed()
        verdict = self._peers.judge(quote, "binance", self._now)
        if verdict.verdict is PeerVerdict.ALONE:
            return
        tally.right += 1
        if verdict.verdict is not PeerVerdict.AGREED:
            tally.alarms += 1
            self._peers.note(self._observed(), LINEAGES[0], self._now)  # asked at once, and confirms
        self._peers.note(quote, "binance", self._now)

    def _judge_wrong(self, tally: TrialCounts, sigma: float) -> None:
        """Judge a price wrong by at least 5 % and six sigma of the moves since the last peer price."""
        age = max(1.0, self._now - self._swept)
        least = max(MIN_ERROR, SIGMAS * sigma * math.sqrt(age))
        size = least * self._random.uniform(1.0, 3.0)
        factor = 1 + size if self._random.random() < 0.5 else 1 / (1 + size)
        verdict = self._peers.judge(self._observed(factor), "binance", self._now)
        if verdict.verdict is not PeerVerdict.ALONE:
            tally.wrong += 1
            tally.caught += verdict.verdict is not PeerVerdict.AGREED


@dataclass(frozen=True, slots=True)
class TrialResults:
    """Counts at the usual volatility, right after a tenfold rise, and at ten times once learned."""

    usual: TrialCounts
    jump: TrialCounts
    wild: TrialCounts


def simulate(seed: int, prices: int) -> TrialResults:
    """Run about ``prices`` prices at each volatility."""
    seconds = prices * PRICE_EVERY_S
    market = Simulation(seed)
    market.run(LEARNING_S, 1.0, wrong=False)
    usual = market.run(seconds, 1.0)
    jump = market.run(JUMP_S, 10.0)
    market.run(LEARNING_S, 10.0, wrong=False)
    return TrialResults(usual, jump, market.run(seconds, 10.0))
