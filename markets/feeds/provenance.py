"""Where an answer comes from, as a whole: of many rows the oldest and the worst. And why something is missing."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from markets.feeds.category_cache import CacheResult, CategoryCache
from markets.feeds.codecs import Entry
from providers.engine.query import Result

RETRY_S = 5
"""What a client is told to wait when no time is known."""
LONGEST_RETRY_S = 300

REASONS = {
    "not_available": "no source in the chain quotes it",
    "unavailable": "no source could be reached",
    "deadline": "no source answered in time",
    "unconfirmed": "sources contradict each other, and no other could confirm one",
    "waiting": "a fresh answer is still being fetched",
}


@dataclass(frozen=True, slots=True)
class Meta:
    """Where an answer as a whole comes from. Rows carry their own; this is the oldest and worst of them."""

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
    """Why there is no value: ``not_available``, ``unavailable`` or ``deadline``."""

    reason: str
    code: str


def missing(code: str) -> Missing:
    """Said to a client: what contradicts itself or is still waited for is not to be had now."""
    return Missing(REASONS[code], code if code in {"not_available", "deadline"} else "unavailable")


def meta(feed: CategoryCache[Any], served: CacheResult[Any]) -> Meta:
    """The provenance of what was served."""
    entries = list(served.entries.values())
    answers = [entry.answer for entry in entries]
    times = [moment for answer in answers if (moment := getattr(answer.value, "as_of", None)) is not None]
    fetched = min((answer.fetched_at for answer in answers), default=None)
    stale = next(iter(served.stale.values()), None)
    decisions = _decisions(entries, served.results)
    failed = [result for item in served.missing if (result := feed.failure(item)) is not None]
    return Meta(
        source=",".join(sorted({answer.provider for answer in answers})) or None,
        endpoint=",".join(sorted({answer.host for answer in answers})) or None,
        as_of=min(times, default=None),
        fetched_at=fetched,
        age_s=None if fetched is None else max(0.0, (datetime.now(UTC) - fetched).total_seconds()),
        stale=stale is not None,
        stale_reason=None if stale is None else REASONS.get(stale, stale),
        verified=bool(answers) and all(answer.verified for answer in answers),
        cache=_made(entries, served),
        chain=feed.category.value,
        attempts=sum(decisions.values()),
        decision=next(reversed(decisions), None),
        retry_after=_retry_after(failed) if served.missing else None,
        attempts_list=_attempts([*served.results, *failed]) if served.missing else (),
    )


def _decisions(entries: Iterable[Entry], results: Iterable[Result]) -> dict[str, int]:
    """The attempts behind each decision, the newest last."""
    decisions = {entry.decision: entry.attempts for entry in entries if entry.decision}
    return decisions | {result.decision.id: len(result.decision.attempts) for result in results}


def _made(entries: Iterable[Entry], served: CacheResult[Any]) -> str:
    """How it was made; of several ways the one farthest from fresh."""
    if served.stale:
        return "last_known_good"
    return "revalidated" if any(entry.cache_status == "revalidated" for entry in entries) else "miss"


def _retry_after(failed: Iterable[Result]) -> int:
    now = time.time()
    waits = [max(1, int(result.retry_at - now) + 1) for result in failed if result.retry_at is not None]
    return min(LONGEST_RETRY_S, *waits) if waits else RETRY_S


def _attempts(results: Sequence[Result]) -> tuple[dict[str, Any], ...]:
    distinct = {result.decision.id: result.decision for result in results}
    return tuple(attempt.public() for decision in distinct.values() for attempt in decision.attempts)
