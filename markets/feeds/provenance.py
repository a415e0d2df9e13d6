"""Cached values with their provenance: source, age, why an answer is stale or missing, and the attempts behind it.

The explain context is kept here too: inside it the decisions behind everything that is read are recorded.
It is a context variable; give it to a helper thread with ``contextvars.copy_context``.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, Generic, TypeVar

from providers.domain.adapter import Item
from providers.domain.categories import Category
from providers.domain.moments import is_ahead
from providers.engine.decide import find_decision
from providers.engine.query import Answered, Result
from providers.resilience.decision import Decision

RETRY_S = 5
"""Retry-After when no source has named a time."""
MAX_RETRY_S = 300
CACHE_STATUSES = ("miss", "revalidated", "last_known_good")
"""Cache statuses of an answer, least fresh last. ``revalidated``: fetched in the background of an earlier answer."""

REASONS = {
    "not_available": "no source in the chain quotes it",
    "unavailable": "no source could be reached",
    "deadline": "no source answered in time",
    "unconfirmed": "sources contradict each other, and no other could confirm one",
    "waiting": "a fresh answer is still being fetched",
}

I = TypeVar("I", bound=Item)


@dataclass(frozen=True, slots=True)
class Entry:
    """An item's newest valid value, the chain's generation it was fetched under, and its ``CACHE_STATUSES``."""

    answer: Answered
    generation: str
    decision: str
    attempts: int
    cache_status: str

    def age(self, now: float) -> float:
        """Return the seconds since it was fetched; ``now`` in unix seconds.

        A time in the future was noted before the clock was set back: the age is unknown, so it counts as infinite.
        """
        fetched_at = self.answer.fetched_at.timestamp()
        return math.inf if is_ahead(fetched_at, now) else max(0.0, now - fetched_at)

    def is_since(self, since: float, now: float) -> bool:
        """Return True if it was fetched at ``since`` or later, by a clock like this one."""
        fetched_at = self.answer.fetched_at.timestamp()
        return fetched_at >= since and not is_ahead(fetched_at, now)


@dataclass(slots=True)
class CacheResult(Generic[I]):
    """Entries by item; for stale and missing items a key of ``REASONS``, or the source's own reason for staleness.

    ``results`` are the engine's results of this call's own fetch, ``failures`` those that left items without a value.
    """

    category: Category
    entries: dict[I, Entry] = field(default_factory=dict)
    stale: dict[I, str] = field(default_factory=dict)
    missing: dict[I, str] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    failures: list[Result] = field(default_factory=list)

    def stale_reason(self, item: I) -> str | None:
        """Return why an item's value is stale, as text; None if it is fresh."""
        code = self.stale.get(item)
        return None if code is None else REASONS.get(code, code)


@dataclass(frozen=True, slots=True)
class Meta:
    """The provenance of an answer as a whole: the oldest and worst of its rows."""

    source: str | None
    endpoint: str | None
    as_of: datetime | None
    fetched_at: datetime | None
    age_s: float | None
    stale: bool
    stale_reason: str | None
    verified: bool
    cache: str
    chain: str
    attempts: int
    decision: str | None
    retry_after: int | None = None
    attempts_list: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no value. ``code`` is ``not_available``, ``unavailable`` or ``deadline``."""

    reason: str
    code: str


def missing(code: str) -> Missing:
    """Return the public form of a key of ``REASONS``; unconfirmed and pending values are ``unavailable``."""
    return Missing(REASONS[code], code if code in {"not_available", "deadline"} else "unavailable")


def all_missing(result: CacheResult[I]) -> dict[I, Missing]:
    """Return why each missing item is missing."""
    return {item: missing(code) for item, code in result.missing.items()}


def meta(result: CacheResult[Any]) -> Meta:
    """Return the provenance of a cache result as a whole."""
    entries = list(result.entries.values())
    answers = [entry.answer for entry in entries]
    as_of = [moment for answer in answers if (moment := getattr(answer.value, "as_of", None)) is not None]
    fetched_at = min((answer.fetched_at for answer in answers), default=None)
    stale_item = next(iter(result.stale), None)
    decisions = _decisions(entries, result.results)
    return Meta(
        source=",".join(sorted({answer.provider for answer in answers})) or None,
        endpoint=",".join(sorted({answer.host for answer in answers})) or None,
        as_of=min(as_of, default=None),
        fetched_at=fetched_at,
        age_s=None if fetched_at is None else max(0.0, (datetime.now(UTC) - fetched_at).total_seconds()),
        stale=stale_item is not None,
        stale_reason=None if stale_item is None else result.stale_reason(stale_item),
        verified=bool(answers) and all(answer.verified for answer in answers),
        cache=_cache_status(entries, result),
        chain=result.category.value,
        attempts=sum(decisions.values()),
        decision=next(reversed(decisions), None),
        retry_after=_retry_after(result.failures) if result.missing else None,
        attempts_list=_attempts([*result.results, *result.failures]) if result.missing else (),
    )


def _decisions(entries: Iterable[Entry], results: Iterable[Result]) -> dict[str, int]:
    """Return the number of attempts of each decision, the newest decision last."""
    decisions = {entry.decision: entry.attempts for entry in entries if entry.decision}
    return decisions | {result.decision.id: len(result.decision.attempts) for result in results}


def _cache_status(entries: Iterable[Entry], result: CacheResult[Any]) -> str:
    if result.stale:
        return "last_known_good"
    return "revalidated" if any(entry.cache_status == "revalidated" for entry in entries) else "miss"


def _retry_after(failures: Iterable[Result]) -> int:
    now = time.time()
    waits = [max(1, int(result.retry_at - now) + 1) for result in failures if result.retry_at is not None]
    return min(MAX_RETRY_S, *waits) if waits else RETRY_S


def _attempts(results: Iterable[Result]) -> tuple[dict[str, Any], ...]:
    decisions = {result.decision.id: result.decision for result in results}
    return tuple(attempt.public() for decision in decisions.values() for attempt in decision.attempts)


def combine_meta(metas: Sequence[Meta]) -> Meta:
    """Combine several provenances (at least one): the oldest and worst of each member."""
    as_of = [meta.as_of for meta in metas if meta.as_of is not None]
    fetched_at = [meta.fetched_at for meta in metas if meta.fetched_at is not None]
    stale = next((meta for meta in metas if meta.stale), None)
    return replace(
        metas[0],
        source=_joined_names(meta.source for meta in metas),
        endpoint=_joined_names(meta.endpoint for meta in metas),
        as_of=min(as_of, default=None),
        fetched_at=min(fetched_at, default=None),
        age_s=max((meta.age_s for meta in metas if meta.age_s is not None), default=None),
        stale=stale is not None,
        stale_reason=stale.stale_reason if stale else None,
        verified=all(meta.verified for meta in metas),
        cache=max((meta.cache for meta in metas), key=CACHE_STATUSES.index),
        attempts=sum(meta.attempts for meta in metas),
        decision=next((meta.decision for meta in metas if meta.decision), None),
        retry_after=max((meta.retry_after for meta in metas if meta.retry_after), default=None),
        attempts_list=tuple(attempt for meta in metas for attempt in meta.attempts_list),
    )


def _joined_names(lists: Iterable[str | None]) -> str | None:
    names = {name for text in lists if text for name in text.split(",")}
    return ",".join(sorted(names)) or None


# -- explaining ------------------------------------------------------------------------------------------------------

PUBLIC_FIELDS = ("provider", "endpoint", "outcome", "status", "ms", "why")
MOST_DECISIONS = 20
"""Earlier decisions that are looked up for one answer."""


@dataclass(slots=True)
class _Explanation:
    """Decisions behind an answer: those made for it, and ids of earlier ones whose values are served."""

    anew: bool
    own: dict[str, Decision] = field(default_factory=dict)
    earlier: dict[str, None] = field(default_factory=dict)


_explained: ContextVar[_Explanation | None] = ContextVar("explained", default=None)


@contextmanager
def explain_context(*, anew: bool = True) -> Iterator[None]:
    """Record the decisions behind what is read inside this context, for ``explained_attempts``.

    With ``anew`` everything is fetched, whatever is cached; that spends providers' quotas, so it is for operators.
    """
    token = _explained.set(_Explanation(anew))
    try:
        yield
    finally:
        _explained.reset(token)


def is_explaining() -> bool:
    """Tell if the current context is an explain context."""
    return _explained.get() is not None


def fetches_anew() -> bool:
    """Tell if the current context is an explain context that fetches everything."""
    explanation = _explained.get()
    return explanation is not None and explanation.anew


def record_explained(results: Sequence[Result], earlier: Iterable[str | None] = ()) -> None:
    """Record engine results, and ids of earlier decisions, if the current context is an explain context."""
    explanation = _explained.get()
    if explanation is None:
        return
    explanation.own |= {result.decision.id: result.decision for result in results}
    explanation.earlier |= {identifier: None for identifier in earlier if identifier}


def explained_attempts() -> list[dict[str, Any]]:
    """Return the public form of the recorded upstream calls, decision by decision in order of time."""
    explanation = _explained.get()
    if explanation is None:
        return []
    dated = [(own.made_at, [attempt.public() for attempt in own.attempts]) for own in explanation.own.values()]
    ids = [identifier for identifier in explanation.earlier if identifier not in explanation.own]
    earlier = (find_decision(identifier) for identifier in ids[:MOST_DECISIONS])
    dated += [(_made_at(record), _public_attempts(record)) for record in earlier if record is not None]
    return [attempt for _, attempts in sorted(dated, key=itemgetter(0)) for attempt in attempts]


def _made_at(record: dict[str, Any]) -> float:
    return datetime.fromisoformat(record["made_at"]).timestamp()


def _public_attempts(record: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: attempt.get(name) for name in PUBLIC_FIELDS} for attempt in record["attempts"]]
