"""Records of answers, written in batches: selected decisions, quarantined values and last known good values."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.utils import timezone

from providers.domain.categories import Category
from providers.models import DecisionRecord, LastKnown, Quarantine
from providers.resilience.decision import Decision
from providers.state.write_behind import CONNECTION_ERRORS

SLOW_MS = 1000.0
SAMPLE_EVERY = 50
"""Of good, fast decisions one in this many is recorded; failed and slow ones are always recorded."""
RETENTION = timedelta(days=7)
"""Age at which decisions and quarantined values are deleted."""
MAX_BUFFERED = 2000
"""Limit of unwritten records, so that an unreachable database does not fill the memory."""
MAX_LAST_KNOWN = 20_000
"""Limit of unwritten last known good values."""


@dataclass(frozen=True, slots=True)
class LastKnownValue:
    """A last known good value, with its provider, endpoint host and time."""

    category: Category
    provider: str
    endpoint: str
    value: str
    fetched_at: datetime


T = TypeVar("T")


class _Batch(Generic[T]):
    """Unwritten entries by key, for one database statement.

    Entries stay in the buffer if the connection is lost. Entries that the database rejects are dropped.
    """

    def __init__(self, write: Callable[[Mapping[str, T]], None], most: int) -> None:
        self._write = write
        self._most = most
        self._entries: dict[str, T] = {}
        self._lock = threading.Lock()

    def put(self, entries: Mapping[str, T]) -> None:
        """Add entries; a newer entry replaces one with the same key. Entries beyond the limit are dropped."""
        with self._lock:
            room = self._most - len(self._entries)
            known = {key: entry for key, entry in entries.items() if key in self._entries}
            fresh = {key: entry for key, entry in entries.items() if key not in known}
            self._entries |= known | dict(itertools.islice(fresh.items(), max(0, room)))

    def flush(self) -> None:
        """Write all entries. Raises the database's error if the connection is lost; the entries are kept."""
        with self._lock:
            entries, self._entries = self._entries, {}
        try:
            if entries:
                self._write(entries)
        except CONNECTION_ERRORS:
            with self._lock:
                self._entries = {**entries, **self._entries}
            raise


class RecordBuffer:
    """Unwritten records of one process; ``flush`` writes them."""

    def __init__(self) -> None:
        self._decisions = _Batch(_write_decisions, MAX_BUFFERED)
        self._quarantine = _Batch(_write_quarantine, MAX_BUFFERED)
        self._known = _Batch(_write_last_known, MAX_LAST_KNOWN)
        self._count = itertools.count()

    def add_decision(self, decision: Decision) -> None:
        """Record a decision that failed, was slow or needed several attempts, and a sample of all others."""
        poor = decision.status != "answered" or decision.ms > SLOW_MS or len(decision.attempts) > 1
        if poor or next(self._count) % SAMPLE_EVERY == 0:
            self._decisions.put({decision.id: decision})

    def add_quarantine(self, entry: Quarantine) -> None:
        """Record a quarantined value."""
        self._quarantine.put({f"{entry.provider}|{entry.item}|{entry.found_at.isoformat()}": entry})

    def add_last_known(self, values: Mapping[str, LastKnownValue]) -> None:
        """Record last known good values by cache key."""
        self._known.put(values)

    def flush(self) -> None:
        """Write everything that is buffered."""
        for waiting in (self._decisions, self._quarantine, self._known):
            waiting.flush()


def _write_decisions(decisions: Mapping[str, Decision]) -> None:
    rows = [_row(decision) for decision in decisions.values()]
    DecisionRecord.objects.bulk_create(rows, ignore_conflicts=True)


def _write_quarantine(entries: Mapping[str, Quarantine]) -> None:
    Quarantine.objects.bulk_create(entries.values())


def _row(decision: Decision) -> DecisionRecord:
    return DecisionRecord(
        id=decision.id,
        category=decision.category.value,
        made_at=datetime.fromtimestamp(decision.made_at, UTC),
        status=decision.status,
        duration_ms=decision.ms,
        body=json.loads(json.dumps(decision.body())),
    )


def _write_last_known(values: Mapping[str, LastKnownValue]) -> None:
    """Insert or overwrite the rows by key."""
    LastKnown.objects.bulk_create(
        [
            LastKnown(
                key=key,
                category=stored.category.value,
                provider=stored.provider,
                endpoint=stored.endpoint,
                value=stored.value,
                fetched_at=stored.fetched_at,
            )
            for key, stored in sorted(values.items())  # the same order in all processes avoids deadlocks
        ],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["category", "provider", "endpoint", "value", "fetched_at"],
    )


def read_last_known(category: Category) -> Iterable[tuple[str, str, str, str, datetime]]:
    """Return all last known good values of a category: key, provider, endpoint, value, time."""
    rows = LastKnown.objects.filter(category=category.value)
    return rows.values_list("key", "provider", "endpoint", "value", "fetched_at").iterator()


def prune(retention: timedelta = RETENTION) -> dict[str, int]:
    """Delete decisions and quarantined values older than ``retention``; return the number of each."""
    before = timezone.now() - retention
    return {
        "decisions": DecisionRecord.objects.filter(made_at__lt=before).delete()[0],
        "quarantine": Quarantine.objects.filter(found_at__lt=before).delete()[0],
    }


def quarantine_entry(
    provider: str, endpoint: str, category: Category, item: Any, value: Any, evidence: str
) -> Quarantine:
    """Return an unsaved quarantine row."""
    return Quarantine(
        provider=provider,
        endpoint=endpoint,
        category=category.value,
        item=item.key,
        value=str(getattr(value, "price", value))[:200],
        evidence=evidence,
        found_at=timezone.now(),
    )
