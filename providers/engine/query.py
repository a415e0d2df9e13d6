"""Queries to the engine, their results, and the checks that a category's values pass. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from providers.domain.adapter import Item, Lookup
from providers.domain.categories import Category
from providers.resilience.decision import Decision
from providers.resilience.price_consensus import PeerComparison, lags

Names = Callable[[str], Mapping[str, str]]
"""Function from provider slug to that provider's verified names, by our asset slug."""


@dataclass(frozen=True, slots=True)
class Query:
    """Items of one category to answer, with the providers' names for their assets.

    ``deadline_s`` overrides the chain's deadline. ``last_resort`` is False if endpoints behind a shut
    breaker are left to the prober.
    """

    category: Category
    items: tuple[Any, ...]
    names: Names
    deadline_s: float | None = None
    last_resort: bool = True


@dataclass(frozen=True, slots=True)
class Answered:
    """Value of one item and its origin. ``stale_reason`` is set if the source's own time shows an old value."""

    value: Any
    provider: str
    lineage: str
    host: str
    fetched_at: datetime
    verified: bool
    stale_reason: str | None = None

    def is_behind(self, value: Any, fetched_at: float) -> bool:
        """Return True if the source's own time lags behind another value's, or else its fetch (unix seconds)."""
        other = getattr(value, "as_of", None)
        return lags(getattr(self.value, "as_of", None), other.timestamp() if other is not None else fetched_at)

    def confirmed(self) -> Answered:
        """Return a copy marked as verified by another lineage (``dataclasses.replace`` would cost 5 us)."""
        return Answered(self.value, self.provider, self.lineage, self.host, self.fetched_at, True, self.stale_reason)


@dataclass(slots=True)
class Result:
    """Result of a query: answered items, and ``unconfirmed``, ``unknown`` or ``unavailable`` for each missing one.

    ``retry_at`` (unix seconds) is when the first blocked provider may be called again, if items are missing.
    """

    answered: dict[Any, Answered]
    missing: dict[Any, str]
    decision: Decision
    retry_at: float | None = None


class Checks(Protocol):
    """Checks that values of a category pass before they are served (see ``resilience.answer_checks``)."""

    def possible(self, value: Any) -> None:
        """Raise Failure(IMPLAUSIBLE) for an impossible value."""

    def old(self, value: Any, received_at: datetime) -> str | None:
        """Return why a value is not current by its source's own time, or None."""

    def judge(self, value: Any, lineage: str, now: float) -> PeerComparison:
        """Compare a value with recent values of other lineages."""

    def agree(self, first: Any, second: Any, reference: float | None = None) -> bool:
        """Return True if values of two lineages confirm each other, both apart from what earlier peers said."""

    def is_on_the_way(self, value: Any, lineage: str, settled: Any, reference: float | None, now: float) -> bool:
        """Return True if the market may have passed the value on its way from ``reference`` to the settled one."""

    def supersede(self, value: Any, now: float) -> None:
        """Remember a value that two lineages gave at the same time: earlier ones count no more against it."""

    def note(self, value: Any, lineage: str, now: float) -> None:
        """Remember a value as a peer for later comparisons."""


def lookup_for(item: Item, names: Mapping[str, str]) -> Lookup[Any] | None:
    """Pair the item with the provider's name for its asset; None if there is no name but the item needs one."""
    if not item.asset:
        return Lookup(item, "")
    name = names.get(item.asset)
    return Lookup(item, name) if name else None
