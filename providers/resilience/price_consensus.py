"""Consensus of prices: finds impossible prices, outliers and frozen feeds. Pure; prices as Decimal, times unix seconds.

1. A price is compared with the median of the last few prices of other lineages (data sources). The maximum would let
   one feed that runs ahead evict all others.
2. It is an outlier beyond the gate ``max(0.5 %, 6 sigma sqrt(dt))``. dt is the age of the reference in seconds, sigma
   the asset's volatility per root second, taken as the median over the lineages.
3. A price that has not changed for ``FROZEN_S`` is no peer. So a single provider that is right while all others are
   frozen is trusted again after that time.
"""

from __future__ import annotations

import math
import statistics
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from providers.domain.market_data import DOLLARS, Quote
from providers.domain.outcomes import Failure, Outcome

MIN_GATE = 0.005
SIGMAS = 6.0
DEFAULT_SIGMA = 0.8 / math.sqrt(365.25 * 86_400)
"""Volatility assumed before an asset's own is known: 80 % a year, per root second."""
NEWEST = 3
"""Number of newest peers that a price is compared with."""
PEER_S = 600.0
"""Seconds for which a lineage's price is a peer."""
FROZEN_S = 300.0
"""A price unchanged for so many seconds is no peer, and frozen if its peers moved meanwhile."""
HALF_LIFE_S = 3600.0
"""Half-life of the volatility estimate, in seconds."""
MOVE_S = 30.0
"""Shortest interval of a return, in seconds: below it rounding and spread dominate."""
LEAST_VARIANCE = (0.1 * DEFAULT_SIGMA) ** 2
MAX_PRICE, MIN_PRICE = Decimal("1e12"), Decimal("1e-18")
AHEAD = timedelta(minutes=5)
"""Tolerance for a source's clock that runs ahead of ours."""
OLD = timedelta(minutes=15)
"""Age by the source's own time from which a price is not current."""

STABLE = {"USDT": "tether", "USDC": "usd-coin"}
"""Dollar stablecoins by currency code, with our asset slugs."""


class PeerVerdict(StrEnum):
    """Result of comparing a price with its peers."""

    AGREED = "agreed"
    ALONE = "alone"
    OUTLIER = "outlier"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class PeerComparison:
    """A verdict and its evidence: the reference price, the distance from it and the gate as fractions, the lineages."""

    verdict: PeerVerdict
    reference: float | None = None
    distance: float | None = None
    gate: float | None = None
    peers: tuple[str, ...] = ()

    def evidence(self) -> str:
        """Return the comparison in words, for operators."""
        if self.reference is None or self.distance is None or self.gate is None:
            return self.verdict.value
        return (
            f"{self.verdict.value}: {self.distance:.2%} from {self.reference:.10g} "
            f"by {', '.join(self.peers)}; the gate is {self.gate:.2%}"
        )


def possible(quote: Quote) -> None:
    """Raise Failure(IMPLAUSIBLE) for a quote with an impossible price, change or volume."""
    if not quote.price.is_finite() or not MIN_PRICE <= quote.price <= MAX_PRICE:
        raise Failure(Outcome.IMPLAUSIBLE, "a price that cannot be")
    if quote.change_24h is not None and not (quote.change_24h.is_finite() and quote.change_24h >= -100):
        raise Failure(Outcome.IMPLAUSIBLE, "a change over 24 h that cannot be")
    if quote.volume_24h is not None and not (quote.volume_24h.is_finite() and quote.volume_24h >= 0):
        raise Failure(Outcome.IMPLAUSIBLE, "a volume over 24 h that cannot be")


@dataclass(frozen=True, slots=True)
class _Moves:
    """A lineage's variance per second: exponentially weighted mean of its squared log returns over at least MOVE_S."""

    price: float
    at: float
    variance: float = DEFAULT_SIGMA**2

    def updated(self, price: float, now: float) -> _Moves:
        """Return the estimate with the lineage's newest price."""
        seconds = now - self.at
        if seconds < MOVE_S:
            return self
        square = math.log(price / self.price) ** 2 / seconds
        square = min(square, 25 * self.variance)  # a single jump must not widen the gate for the next prices
        weight = 1 - 0.5 ** (seconds / HALF_LIFE_S)
        variance = max(LEAST_VARIANCE, (1 - weight) * self.variance + weight * square)
        return _Moves(price, now, variance)


@dataclass(slots=True)
class _LastPrice:
    """Last price of one lineage for one asset; unchanged ``since``."""

    price: float
    at: float
    since: float
    moves: _Moves


def _gate(sigma: float, age: float) -> float:
    return max(MIN_GATE, SIGMAS * sigma * math.sqrt(max(age, 1.0)))


def _reference(price: float, others: Sequence[_LastPrice], sigma: float, now: float) -> _LastPrice:
    """Return the reference: of the newest peers, the median by the price's distance in units of each peer's own gate.

    A peer's gate widens with its age, so an old median raises no false alarm in a moving market. One wrong or frozen
    peer out of three does not decide.
    """
    newest = sorted(others, key=lambda peer: peer.at)[-NEWEST:]
    newest.sort(key=lambda peer: abs(price / peer.price - 1) / _gate(sigma, now - peer.at))
    return newest[(len(newest) - 1) // 2]


class Peers:
    """Recent prices of all lineages by asset. Thread-safe."""

    def __init__(self) -> None:
        self._prices: dict[str, dict[str, _LastPrice]] = {}
        self._lock = threading.Lock()

    def note(self, quote: Quote, lineage: str, now: float) -> None:
        """Remember a possible quote of a lineage."""
        with self._lock:
            price = self._in_dollars(quote)
            if price is None:
                return
            lineages = self._prices.setdefault(quote.asset, {})
            before = lineages.get(lineage)
            if before is None:
                lineages[lineage] = _LastPrice(price, now, now, _Moves(price, now))
            else:
                since = before.since if before.price == price else now
                lineages[lineage] = _LastPrice(price, now, since, before.moves.updated(price, now))

    def judge(self, quote: Quote, lineage: str, now: float) -> PeerComparison:
        """Compare a price with recent prices of other lineages."""
        with self._lock:
            price = self._in_dollars(quote)
            others = self._peers(quote.asset, lineage, now)
            if price is None or not others:
                return PeerComparison(PeerVerdict.ALONE)
            sigma = self._sigma(quote.asset)
            reference = _reference(price, list(others.values()), sigma, now)
            gate = _gate(sigma, now - reference.at)
            distance = abs(price / reference.price - 1)
            verdict = PeerVerdict.AGREED if distance <= gate else PeerVerdict.OUTLIER
            own = self._prices.get(quote.asset, {}).get(lineage)
            if verdict is PeerVerdict.OUTLIER and own and own.price == price and now - own.since > FROZEN_S:
                verdict = PeerVerdict.FROZEN
            return PeerComparison(verdict, reference.price, distance, gate, tuple(sorted(others)))

    def agree(self, first_quote: Quote, second_quote: Quote) -> bool:
        """Return True if prices of two lineages at the same time lie within the gate of 5 s."""
        with self._lock:
            first, second = self._in_dollars(first_quote), self._in_dollars(second_quote)
            if first is None or second is None:
                return False
            return abs(first / second - 1) <= _gate(self._sigma(first_quote.asset), 5.0)

    def _peers(self, asset: str, excluded: str, now: float) -> dict[str, _LastPrice]:
        return {
            lineage: last
            for lineage, last in self._prices.get(asset, {}).items()
            if lineage != excluded and now - last.at <= PEER_S and now - last.since <= FROZEN_S
        }

    def _sigma(self, asset: str) -> float:
        """Return the asset's volatility per root second: the median over its lineages."""
        prices = self._prices.get(asset)
        if not prices:
            return DEFAULT_SIGMA
        return math.sqrt(statistics.median(last.moves.variance for last in prices.values()))

    def _in_dollars(self, quote: Quote) -> float | None:
        """Return the price in US dollars, None for other currencies; the caller holds the lock.

        A dollar stablecoin counts at its observed rate, or at 1 if none was observed.
        """
        if quote.currency not in DOLLARS:
            return None
        price = float(quote.price)
        asset = STABLE.get(quote.currency)
        if asset is None or asset == quote.asset:
            return price
        rates = self._prices.get(asset, {})
        return price * statistics.median(last.price for last in rates.values()) if rates else price
