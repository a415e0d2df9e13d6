"""What the engine is asked, and what it gives back. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from providers.domain.adapter import Item, Lookup
from providers.domain.categories import Category
from providers.resilience.decision import Decision

Names = Callable[[str], Mapping[str, str]]
"""Provider slug to that provider's own names, by our asset slug (verified ones only)."""


@dataclass(frozen=True, slots=True)
class Query:
    """Items of one category, and how each provider calls their assets.

    ``deadline_s`` is None for the chain's own. ``last_resort`` is False where a last known good is at hand: then what
    is known to be failing is left to the prober.
    """

    category: Category
    items: tuple[Any, ...]
    names: Names
    deadline_s: float | None = None
    last_resort: bool = True


@dataclass(frozen=True, slots=True)
class Answered:
    """One item's value, and where it came from. ``stale_reason`` is set when the source itself gave an old value."""

    value: Any
    provider: str
    lineage: str
    host: str
    fetched_at: datetime
    verified: bool
    stale_reason: str | None = None

    def confirmed(self) -> Answered:
        """The same, confirmed by another lineage. (``replace`` looks every field up, which costs 5 us.)"""
        return Answered(self.value, self.provider, self.lineage, self.host, self.fetched_at, True, self.stale_reason)


@dataclass(slots=True)
class Result:
    """What a decision came to: the items answered, and why the others were not (``unknown`` or ``unavailable``)."""

    answered: dict[Any, Answered]
    missing: dict[Any, str]
    decision: Decision
    retry_at: float | None = None


class Checks(Protocol):
    """What a category demands of a value before it counts. See ``checks``."""

    def possible(self, value: Any) -> None:
        """Raise Failure(IMPLAUSIBLE) for a value that cannot be."""

    def old(self, value: Any, received_at: datetime) -> str | None:
        """Why a value is not current by its source's own time, or None."""

    def judge(self, value: Any, lineage: str, now: float) -> Any:
        """A Verdict by what other lineages said lately."""

    def agree(self, one: Any, other: Any) -> bool:
        """Whether two lineages say the same."""

    def note(self, value: Any, lineage: str, now: float) -> None:
        """Remember a value as a peer for later ones."""


def lookup_for(item: Item, names: Mapping[str, str]) -> Lookup[Any] | None:
    """The item under the provider's own name; None where it has none. Items without an asset need none."""
    if not item.asset:
        return Lookup(item, "")
    name = names.get(item.asset)
    return Lookup(item, name) if name else None
