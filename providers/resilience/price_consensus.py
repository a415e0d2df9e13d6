"""Consensus of prices: finds impossible prices, outliers and frozen feeds. Pure; prices as Decimal, times unix seconds.

1. A price is compared with the median of the last few prices of other lineages (data sources). The maximum would let
   one feed that runs ahead evict all others.
2. It is an outlier beyond the gate ``max(0.5 %, 6 sigma sqrt(dt))``. dt is the age of the reference in seconds, sigma
   the asset's volatility per root second, taken as the median over the lineages.
3. A peer's older price is no evidence against a newer one: a price that two lineages gave at the same time is settled,
   and the earlier peers that contradict it no longer count.
4. A price that has not changed for ``FROZEN_S`` is no peer. So a single provider that is right while all others are
   frozen is trusted again after that time.
"""

from __future__ import annotations

import math
import statistics
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
MOVE_TOLERANCE = 0.1
"""Share of a common move by which two prices given during it may differ: they were taken moments apart."""
LAG_S = 0.5
"""A price whose own time is so many seconds behind another's is no evidence against that newer one."""
SLOT_S = 60.0
"""Width of the slots in which the range of a lineage's prices is remembered for PEER_S, in seconds."""
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
    """Last price of one lineage for one asset; unchanged ``since``. ``ranges``: slot number, lowest and highest."""

    price: float
    at: float
    since: float
    moves: _Moves
    ranges: tuple[tuple[int, float, float], ...] = ()


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


def lags(as_of: datetime | None, moment: float) -> bool:
    """Return True if a source's own time is so far behind a moment that its price tells nothing about a newer one.

    A time without fractions may be up to a second too early, so it lags by any amount.
    """
    if as_of is None:
        return False
    return moment - as_of.timestamp() > (LAG_S if as_of.microsecond else 0.0)


def _with_price(
    ranges: tuple[tuple[int, float, float], ...], price: float, now: float
) -> tuple[tuple[int, float, float], ...]:
    """Return the ranges of recent slots with one more price."""
    slot = int(now // SLOT_S)
    if ranges and ranges[-1][0] == slot:
        _, low, high = ranges[-1]
        return (*ranges[:-1], (slot, min(low, price), max(high, price)))
    return (*ranges[-int(PEER_S / SLOT_S) :], (slot, price, price))


def _is_superseded(peer: _LastPrice, settled: float, at: float) -> bool:
    """Return True if a peer's price is older than a settled one that contradicts it."""
    return peer.at < at and abs(peer.price / settled - 1) > MIN_GATE


class Peers:
    """Recent prices of all lineages by asset. Thread-safe."""

    def __init__(self) -> None:
        self._prices: dict[str, dict[str, _LastPrice]] = {}
        self._settled: dict[str, tuple[float, float]] = {}
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
                lineages[lineage] = _LastPrice(price, now, now, _Moves(price, now), _with_price((), price, now))
            else:
                since = before.since if before.price == price else now
                ranges = _with_price(before.ranges, price, now)
                lineages[lineage] = _LastPrice(price, now, since, before.moves.updated(price, now), ranges)

    def note_stored(self, quote: Quote, lineage: str, seen_at: float) -> None:
        """Remember another process's observation, unless a newer one of that lineage is known."""
        last = self._prices.get(quote.asset, {}).get(lineage)
        if last is None or last.at < seen_at:
            self.note(quote, lineage, seen_at)

    def supersede(self, quote: Quote, now: float) -> None:
        """Remember a price that two lineages gave at the same time: earlier peers that contradict it count no more."""
        with self._lock:
            price = self._in_dollars(quote)
            if price is not None:
                self._settled[quote.asset] = price, now

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

    def agree(self, first_quote: Quote, second_quote: Quote, reference: float | None = None) -> bool:
        """Return True if prices of two lineages at the same time lie within the gate of 5 s.

        Both being away from a ``reference`` of earlier peers to the same side, they may differ by a part of that move.
        """
        with self._lock:
            first, second = self._in_dollars(first_quote), self._in_dollars(second_quote)
            if first is None or second is None:
                return False
            tolerance = _gate(self._sigma(first_quote.asset), 5.0)
            if reference is not None and (first > reference) == (second > reference):
                moved = min(abs(first / reference - 1), abs(second / reference - 1))
                tolerance = max(tolerance, MOVE_TOLERANCE * moved)
            return abs(first / second - 1) <= tolerance

    def is_on_the_way(self, quote: Quote, lineage: str, settled: Quote, reference: float | None, now: float) -> bool:
        """Return True if a price lies between the earlier peers' and the settled one: the market may have passed it.

        One whose own time lags may be any that other lineages gave lately.
        """
        with self._lock:
            price, target = self._in_dollars(quote), self._in_dollars(settled)
            if price is None or target is None or reference is None:
                return False
            passed = [reference, target]
            if lags(quote.as_of, now):
                passed += self._recent_range(quote.asset, lineage, now)
            gate = _gate(self._sigma(quote.asset), 5.0)
            return min(passed) * (1 - gate) <= price <= max(passed) * (1 + gate)

    def _recent_range(self, asset: str, excluded: str, now: float) -> list[float]:
        """Return lowest and highest prices of other lineages in the last PEER_S."""
        oldest = (now - PEER_S) // SLOT_S
        ranges = [last.ranges for lineage, last in self._prices.get(asset, {}).items() if lineage != excluded]
        return [edge for known in ranges for slot, *edges in known if slot >= oldest for edge in edges]

    def _peers(self, asset: str, excluded: str, now: float) -> dict[str, _LastPrice]:
        settled = self._settled.get(asset)
        return {
            lineage: last
            for lineage, last in self._prices.get(asset, {}).items()
            if lineage != excluded and now - last.at <= PEER_S and now - last.since <= FROZEN_S
            if settled is None or not _is_superseded(last, *settled)
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
