"""What is kept of answers: decisions worth a look, quarantined values, the last known good. Written in batches."""

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
"""One in so many good, quick decisions is kept; failed and slow ones all are."""
RETENTION = timedelta(days=7)
MAX_BUFFERED = 2000
"""Records waiting for the writer; a database that stays away must not fill the memory."""
MAX_LAST_KNOWN = 20_000


@dataclass(frozen=True, slots=True)
class LastKnownValue:
    """A last known good: which provider gave which value, when."""

    category: Category
    provider: str
    endpoint: str
    value: str
    fetched_at: datetime


T = TypeVar("T")


class _Batch(Generic[T]):
    """Entries by key that wait to be written in one go. What a lost connection keeps from the database waits on; what
    the database will not have is dropped, for it never will.
    """

    def __init__(self, write: Callable[[Mapping[str, T]], None], most: int) -> None:
        self._write = write
        self._most = most
        self._entries: dict[str, T] = {}
        self._lock = threading.Lock()

    def put(self, entries: Mapping[str, T]) -> None:
        """The newest of a key counts; what is too much is not kept."""
        with self._lock:
            room = self._most - len(self._entries)
            known = {key: entry for key, entry in entries.items() if key in self._entries}
            fresh = {key: entry for key, entry in entries.items() if key not in known}
            self._entries |= known | dict(itertools.islice(fresh.items(), max(0, room)))

    def flush(self) -> None:
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
    """Waiting records of one process; ``flush`` takes them to the database."""

    def __init__(self) -> None:
        self._decisions = _Batch(_write_decisions, MAX_BUFFERED)
        self._quarantine = _Batch(_write_quarantine, MAX_BUFFERED)
        self._known = _Batch(_write_last_known, MAX_LAST_KNOWN)
        self._count = itertools.count()

    def add_decision(self, decision: Decision) -> None:
        """Keep a decision if it failed, was slow, or is one in the sample."""
        poor = decision.status != "answered" or decision.ms > SLOW_MS or len(decision.attempts) > 1
        if poor or next(self._count) % SAMPLE_EVERY == 0:
            self._decisions.put({decision.id: decision})

    def add_quarantine(self, entry: Quarantine) -> None:
        self._quarantine.put({f"{entry.provider}|{entry.item}|{entry.found_at.isoformat()}": entry})

    def add_last_known(self, values: Mapping[str, LastKnownValue]) -> None:
        self._known.put(values)

    def flush(self) -> None:
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
    """The newest wins; rows are overwritten whole, for they are no counters."""
    LastKnown.objects.bulk_create(
        [
            LastKnown(
                key=key,
                category=kept.category.value,
                provider=kept.provider,
                endpoint=kept.endpoint,
                value=kept.value,
                fetched_at=kept.fetched_at,
            )
            for key, kept in sorted(values.items())  # in one order everywhere: two processes must not wait crosswise
        ],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["category", "provider", "endpoint", "value", "fetched_at"],
    )


def read_last_known(category: Category) -> Iterable[tuple[str, str, str, str, datetime]]:
    """Everything last known in a category: key, provider, endpoint, value, when."""
    rows = LastKnown.objects.filter(category=category.value)
    return rows.values_list("key", "provider", "endpoint", "value", "fetched_at").iterator()


def prune(retention: timedelta = RETENTION) -> dict[str, int]:
    """Delete decisions and quarantine entries past their keeping time; how many of each."""
    before = timezone.now() - retention
    return {
        "decisions": DecisionRecord.objects.filter(made_at__lt=before).delete()[0],
        "quarantine": Quarantine.objects.filter(found_at__lt=before).delete()[0],
    }


def quarantine_entry(
    provider: str, endpoint: str, category: Category, item: Any, value: Any, evidence: str
) -> Quarantine:
    """A quarantine entry, not yet written."""
    return Quarantine(
        provider=provider,
        endpoint=endpoint,
        category=category.value,
        item=item.key,
        value=str(getattr(value, "price", value))[:200],
        evidence=evidence,
        found_at=timezone.now(),
    )
