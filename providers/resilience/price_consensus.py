"""What makes a price impossible, implausible or contradicted. Pure; prices as Decimal, times unix seconds.

A price is compared with the middle one of what the last few other lineages said, never with the maximum: one feed that
runs ahead must not evict all others. The gate is ``max(0.5 %, 6 sigma sqrt(dt))``, dt being the age of what it is
compared with, and sigma the asset's own volatility per root second, as the middle one of the lineages has moved. A
peer that has said the very same for long is no peer: so a provider that is alone right while all others are frozen
is taken back once their silence has lasted ``FROZEN_S``.
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
"""80 % a year, per root second: what is assumed of an asset before its own moves are known."""
NEWEST = 3
"""With the last so many to speak a price is compared: the older a peer, the wider its gate."""
PEER_S = 600.0
"""How long what a lineage said counts as a peer."""
FROZEN_S = 300.0
"""A value unchanged for so long is no peer, and frozen if its peers moved meanwhile."""
HALF_LIFE_S = 3600.0
"""How long volatility is remembered."""
MOVE_S = 30.0
"""Moves over less say more of a source's rounding and spread than of the market."""
LEAST_VARIANCE = (0.1 * DEFAULT_SIGMA) ** 2
MAX_PRICE, MIN_PRICE = Decimal("1e12"), Decimal("1e-18")
AHEAD = timedelta(minutes=5)
OLD = timedelta(minutes=15)
"""A source whose own time lies so far back is not current, whoever says otherwise."""

STABLE = {"USDT": "tether", "USDC": "usd-coin"}


class PeerVerdict(StrEnum):
    """What the peers say of a price."""

    AGREED = "agreed"
    ALONE = "alone"
    OUTLIER = "outlier"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class PeerComparison:
    """A standing and its evidence: what it was compared with, the distance from that and the gate, as fractions."""

    standing: PeerVerdict
    reference: float | None = None
    distance: float | None = None
    gate: float | None = None
    peers: tuple[str, ...] = ()

    def evidence(self) -> str:
        if self.reference is None or self.distance is None or self.gate is None:
            return self.standing.value
        return (
            f"{self.standing.value}: {self.distance:.2%} from {self.reference:.10g} "
            f"by {', '.join(self.peers)}; the gate is {self.gate:.2%}"
        )


def possible(quote: Quote) -> None:
    """Raise Failure(IMPLAUSIBLE) for a quote no market can have made."""
    if not quote.price.is_finite() or not MIN_PRICE <= quote.price <= MAX_PRICE:
        raise Failure(Outcome.IMPLAUSIBLE, "a price that cannot be")
    if quote.change_24h is not None and not (quote.change_24h.is_finite() and quote.change_24h >= -100):
        raise Failure(Outcome.IMPLAUSIBLE, "a change over 24 h that cannot be")
    if quote.volume_24h is not None and not (quote.volume_24h.is_finite() and quote.volume_24h >= 0):
        raise Failure(Outcome.IMPLAUSIBLE, "a volume over 24 h that cannot be")


@dataclass(frozen=True, slots=True)
class _Moves:
    """A lineage's variance per second, as an exponentially weighted mean of its squared log returns.

    Returns are taken over MOVE_S and more: over less, it is the source's rounding and spread that moves.
    """

    price: float
    at: float
    variance: float = DEFAULT_SIGMA**2

    def then(self, price: float, now: float) -> _Moves:
        """With what the lineage says now."""
        seconds = now - self.at
        if seconds < MOVE_S:
            return self
        seen = math.log(price / self.price) ** 2 / seconds
        seen = min(seen, 25 * self.variance)  # a single leap must not open the gate for what follows it
        weight = 1 - 0.5 ** (seconds / HALF_LIFE_S)
        variance = max(LEAST_VARIANCE, (1 - weight) * self.variance + weight * seen)
        return _Moves(price, now, variance)


@dataclass(slots=True)
class _Said:
    """What one lineage said last of one asset, and since when it has said the same."""

    price: float
    at: float
    since: float
    moves: _Moves


def _gate(sigma: float, age: float) -> float:
    return max(MIN_GATE, SIGMAS * sigma * math.sqrt(max(age, 1.0)))


def _middle(price: float, others: Sequence[_Said], sigma: float, now: float) -> _Said:
    """Whom to compare with: of those who spoke last, the middle one by how many gates the price is away from it.

    Each distance is measured by the gate of its own age: to set the newest's gate against a median that is minutes
    old would raise alarms in any market that moves. One of three that lies, or stands still, decides nothing.
    """
    newest = sorted(others, key=lambda said: said.at)[-NEWEST:]
    newest.sort(key=lambda said: abs(price / said.price - 1) / _gate(sigma, now - said.at))
    return newest[(len(newest) - 1) // 2]


class Peers:
    """What the lineages said lately. Thread-safe."""

    def __init__(self) -> None:
        self._said: dict[str, dict[str, _Said]] = {}
        self._lock = threading.Lock()

    def note(self, quote: Quote, lineage: str, now: float) -> None:
        """Remember what a lineage says, once it has been found possible."""
        with self._lock:
            price = self._in_dollars(quote)
            if price is None:
                return
            lineages = self._said.setdefault(quote.asset, {})
            before = lineages.get(lineage)
            if before is None:
                lineages[lineage] = _Said(price, now, now, _Moves(price, now))
            else:
                since = before.since if before.price == price else now
                lineages[lineage] = _Said(price, now, since, before.moves.then(price, now))

    def judge(self, quote: Quote, lineage: str, now: float) -> PeerComparison:
        """Compare a price with what other lineages said lately."""
        with self._lock:
            price = self._in_dollars(quote)
            others = self._peers(quote.asset, lineage, now)
            if price is None or not others:
                return PeerComparison(PeerVerdict.ALONE)
            sigma = self._sigma(quote.asset)
            reference = _middle(price, list(others.values()), sigma, now)
            gate = _gate(sigma, now - reference.at)
            distance = abs(price / reference.price - 1)
            standing = PeerVerdict.AGREED if distance <= gate else PeerVerdict.OUTLIER
            mine = self._said.get(quote.asset, {}).get(lineage)
            if standing is PeerVerdict.OUTLIER and mine and mine.price == price and now - mine.since > FROZEN_S:
                standing = PeerVerdict.FROZEN
            return PeerComparison(standing, reference.price, distance, gate, tuple(sorted(others)))

    def agree(self, one: Quote, other: Quote) -> bool:
        """Whether two lineages asked at the same time say the same."""
        with self._lock:
            first, second = self._in_dollars(one), self._in_dollars(other)
            if first is None or second is None:
                return False
            return abs(first / second - 1) <= _gate(self._sigma(one.asset), 5.0)

    def _peers(self, asset: str, but: str, now: float) -> dict[str, _Said]:
        return {
            lineage: said
            for lineage, said in self._said.get(asset, {}).items()
            if lineage != but and now - said.at <= PEER_S and now - said.since <= max(FROZEN_S, 0.0)
        }

    def _sigma(self, asset: str) -> float:
        """The asset's volatility per root second: the median lineage's, so that one that leaps about widens nothing."""
        said = self._said.get(asset)
        return math.sqrt(statistics.median(entry.moves.variance for entry in said.values())) if said else DEFAULT_SIGMA

    def _in_dollars(self, quote: Quote) -> float | None:
        """The price in US dollars; a dollar stablecoin at its observed rate, or at one where none was observed.

        Only under the lock: what was said is walked through.
        """
        if quote.currency not in DOLLARS:
            return None
        price = float(quote.price)
        asset = STABLE.get(quote.currency)
        if asset is None or asset == quote.asset:
            return price
        said = self._said.get(asset, {})
        return price * statistics.median(entry.price for entry in said.values()) if said else price
