"""How well wrong prices are told from right ones: the integrity check over a simulated market, the same for each seed.

The market is a geometric random walk. As in life, one provider is asked every few seconds, and once a minute another
lineage, each in its turn, says what it sees.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from decimal import Decimal

from providers.domain.market_data import Quote
from providers.resilience.price_consensus import DEFAULT_SIGMA, SIGMAS, Peers, PeerVerdict

ASKED_EVERY_S = 3.0
SWEPT_EVERY_S = 60.0
LINEAGES = ("kraken", "okx", "coingecko", "coinmarketcap", "bybit", "kucoin", "gate", "coinpaprika")
"""Those of the shipped chain that answer for many coins in one call: they take turns."""
BASIS = 0.0002
"""How far lineages differ at the same moment."""
LEAST_WRONG = 0.05
WRONG_SHARE = 0.2
LEARNING_S = 4 * 3600.0
JUMP_S = 600.0


@dataclass(slots=True)
class TrialCounts:
    """What became of right and of wrong prices."""

    right: int = 0
    alarms: int = 0
    wrong: int = 0
    caught: int = 0

    @property
    def caught_percent(self) -> float:
        return 100.0 * self.caught / max(1, self.wrong)

    @property
    def alarms_in_10k(self) -> float:
        return 10_000.0 * self.alarms / max(1, self.right)


class Simulation:
    """One coin's market and one process's peers."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311  # reproducible on purpose, protects nothing
        self._peers = Peers()
        self._price = 50_000.0
        self._now = 1_000_000.0
        self._swept = 0.0
        self._turn = 0

    def run(self, seconds: float, volatility: float, *, wrong: bool = True) -> TrialCounts:
        """So much of the market's time at so many times the usual volatility (80 % a year)."""
        tally, end = TrialCounts(), self._now + seconds
        while self._now < end:
            self._move(ASKED_EVERY_S, volatility * DEFAULT_SIGMA)
            if self._now - self._swept >= SWEPT_EVERY_S:
                self._sweep()
            if wrong and self._dice.random() < WRONG_SHARE:
                self._lie(tally, volatility * DEFAULT_SIGMA)
            else:
                self._tell(tally)
        return tally

    def _move(self, seconds: float, sigma: float) -> None:
        self._now += seconds
        self._price *= math.exp(self._dice.gauss(0.0, sigma * math.sqrt(seconds)))

    def _said(self, factor: float = 1.0) -> Quote:
        price = self._price * factor * (1 + self._dice.uniform(-BASIS, BASIS))
        return Quote("bitcoin", "USD", Decimal(f"{price:.8g}"))

    def _sweep(self) -> None:
        self._swept = self._now
        self._peers.note(self._said(), LINEAGES[self._turn % len(LINEAGES)], self._now)
        self._turn += 1

    def _tell(self, tally: TrialCounts) -> None:
        quote = self._said()
        verdict = self._peers.judge(quote, "binance", self._now)
        if verdict.standing is PeerVerdict.ALONE:
            return
        tally.right += 1
        if verdict.standing is not PeerVerdict.AGREED:
            tally.alarms += 1
            self._peers.note(self._said(), LINEAGES[0], self._now)  # it is asked at once, and confirms it
        self._peers.note(quote, "binance", self._now)

    def _lie(self, tally: TrialCounts, sigma: float) -> None:
        """Off by at least 5 %, and by at least six sigma of the moves since a peer last spoke."""
        age = max(1.0, self._now - self._swept)
        least = max(LEAST_WRONG, SIGMAS * sigma * math.sqrt(age))
        size = least * self._dice.uniform(1.0, 3.0)
        factor = 1 + size if self._dice.random() < 0.5 else 1 / (1 + size)
        verdict = self._peers.judge(self._said(factor), "binance", self._now)
        if verdict.standing is not PeerVerdict.ALONE:
            tally.wrong += 1
            tally.caught += verdict.standing is not PeerVerdict.AGREED


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Tallies at the usual volatility, at ten times that once it is known, and in the minutes after it has come."""

    usual: TrialCounts
    jump: TrialCounts
    wild: TrialCounts


def simulate(seed: int, asked: int) -> Suspicion:
    """About so many prices at each volatility."""
    seconds = asked * ASKED_EVERY_S
    market = Simulation(seed)
    market.run(LEARNING_S, 1.0, wrong=False)
    usual = market.run(seconds, 1.0)
    jump = market.run(JUMP_S, 10.0)
    market.run(LEARNING_S, 10.0, wrong=False)
    return Suspicion(usual, jump, market.run(seconds, 10.0))
