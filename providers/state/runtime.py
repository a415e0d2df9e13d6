"""Snapshot of configuration and health in this process, at most 200 ms older than the database.

Call ``start()`` in a server or worker process after it has forked: it loads everything, cooldowns included, before
the first request, then polls the tables in a thread. Without it (in a command or a test) the snapshot is read again
when it is older than 200 ms.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.util import Finalize
from typing import Any

from django.db import Error as DatabaseTrouble
from django.db import IntegrityError, close_old_connections, connection
from django.db.models import F

from providers.domain.config import Configuration
from providers.models import Cooldown, Health
from providers.resilience.breaker import Breaker
from providers.resilience.decision import Decision
from providers.resilience.quota import CooldownPeriod
from providers.state import snapshot
from providers.state.counters import Counters
from providers.state.health_registry import AttemptContext, BreakerChange, HealthRegistry
from providers.state.record_buffer import RecordBuffer, quarantine_entry
from providers.state.write_behind import CONNECTION_ERRORS, Writer
from providers.transport import http

log = logging.getLogger(__name__)

POLL_S = 0.2
COMMIT_WAIT_S = 1.0
"""Seconds a request waits for a cooldown to be written; in this process the cooldown applies in any case."""


class RuntimeState:
    """Snapshot, health registry, record buffer and writer of one process."""

    def __init__(self) -> None:
        self.health = HealthRegistry()
        self.writer = Writer()
        self.records = RecordBuffer()
        self.writer.add_flusher(self._flush_counters)
        self.writer.add_flusher(self._write_missing_cooldowns)
        self.writer.add_flusher(self.records.flush)
        self.configuration = Configuration({}, {})
        self.prober_until = 0.0
        self._configuration_rows: snapshot.ConfigurationRows | None = None
        self._health_rows: snapshot.HealthRows | None = None
        self._read_at = 0.0
        self._reading = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._followers: list[Callable[[], None]] = []
        self._missing_cooldowns: dict[str, CooldownPeriod] = {}

    # -- reading ---------------------------------------------------------------------------------------------------

    @property
    def is_loaded(self) -> bool:
        """True once the configuration has been read."""
        return self._configuration_rows is not None

    @property
    def is_following(self) -> bool:
        """True while the thread polls the tables."""
        return self._thread is not None and self._thread.is_alive()

    def current(self) -> Configuration:
        """Return the configuration, at most 200 ms old."""
        if not self.is_following and time.monotonic() - self._read_at >= POLL_S:
            self.refresh()
        return self.configuration

    def refresh(self) -> None:
        """Read the tables now."""
        with self._reading:
            self._refresh()

    def _refresh(self) -> None:
        read_at = time.monotonic()
        rows = snapshot.read_configuration()
        if rows != self._configuration_rows:
            self.configuration = snapshot.build(rows)
            self._configuration_rows = rows
        health = snapshot.read_health()
        self.health.adopt(snapshot.breakers(health.breakers), snapshot.cooldowns(health.cooldowns), read_at)
        if self._read_at == 0.0:
            self.health.seed_latencies(snapshot.quantiles(health.breakers))
        self.prober_until = max((until.timestamp() for _, until in health.leases), default=0.0)
        self._read_at = read_at
        for follower in self._followers:
            follower()

    def add_follower(self, follower: Callable[[], None]) -> None:
        """Call ``follower`` whenever the tables are polled."""
        self._followers.append(follower)

    def is_prober_running(self, now: float) -> bool:
        """Return True while any process holds the prober's lease."""
        return now < self.prober_until

    # -- following ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Load the snapshot, then poll the tables and write in the background until ``stop``."""
        if self.is_following:
            return
        http.transport()
        self.refresh()
        self._stopping.clear()
        self.writer.start()
        self._thread = threading.Thread(target=self._follow, name="snapshot", daemon=True)
        self._thread.start()
        Finalize(None, self.stop, exitpriority=100)

    def stop(self) -> None:
        """Stop polling, and write what is buffered."""
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(2.0)
        self.writer.stop()

    def _follow(self) -> None:
        while not self._stopping.wait(POLL_S):
            try:
                self.refresh()
                close_old_connections()
            except DatabaseTrouble as error:
                log.warning("could not read the snapshot: %s", type(error).__name__)
                connection.close()
            except Exception:
                log.exception("could not build the snapshot; the previous one stays in force")
        connection.close()

    # -- writing -----------------------------------------------------------------------------------------------------

    def write_changes(self, changes: list[BreakerChange]) -> None:
        """Write breaker changes in the background, as soon as possible."""
        for change in changes:
            log.info("breaker %s: %s", change.key, _description(change.after))
            done = self.writer.submit(lambda change=change: self._write_change(change))  # type: ignore[misc]  # bound now
            done.add_done_callback(lambda _, key=change.key: self.health.mark_written(key))  # type: ignore[misc]  # bound now

    def _write_change(self, change: BreakerChange) -> None:
        """Write by compare-and-set on the revision. On a conflict the other process's change stays."""
        facts = _breaker_columns(change.after)
        try:
            updated = Health.objects.filter(key=change.key, revision=change.before.revision).update(**facts)
            if not updated and change.before.revision == 0:
                Health.objects.create(key=change.key, **facts)
        except IntegrityError:
            log.debug("another process changed breaker %s first", change.key)

    def write_cooldown(self, key: str, entry: CooldownPeriod) -> None:
        """Commit a cooldown before the next candidate is called: the only write that a request waits for.

        If it cannot be written now, it applies in this process and is written as soon as possible.
        """
        log.warning("cooldown of %s until %s: %s", key, _datetime(entry.until), entry.outcome.value)
        self._missing_cooldowns[key] = entry
        done = self.writer.submit(lambda: self._write_cooldown(key, entry))
        try:
            done.result(COMMIT_WAIT_S)
        except (TimeoutError, DatabaseTrouble):
            log.error("the cooldown of %s is not in the database yet", key)  # noqa: TRY400 - a traceback adds nothing

    def _write_cooldown(self, key: str, entry: CooldownPeriod) -> None:
        columns: dict[str, Any] = {
            "until": _datetime(entry.until),
            "outcome": entry.outcome.value,
            "detail": entry.detail[:300],
            "since": _datetime(entry.since),
        }
        shorter = Cooldown.objects.filter(key=key, until__lt=columns["until"])
        if not shorter.update(**columns):
            _, created = Cooldown.objects.get_or_create(key=key, defaults=columns)
            if not created:
                shorter.update(**columns)  # another process may have inserted a shorter one
        if self._missing_cooldowns.get(key) is entry:
            del self._missing_cooldowns[key]
        self.health.mark_written(f"cooldown {key}")

    def _write_missing_cooldowns(self) -> None:
        for key, entry in list(self._missing_cooldowns.items()):
            self._write_cooldown(key, entry)

    def record_decision(self, decision: Decision) -> None:
        """Record a decision if it is worth keeping."""
        self.records.add_decision(decision)

    def quarantine(self, at: AttemptContext, item: Any, value: Any, evidence: str) -> None:
        """Record a value that was rejected, with the evidence against it."""
        log.warning("quarantined %s from %s: %s", item.key, at.provider.slug, evidence)
        self.records.add_quarantine(
            quarantine_entry(at.provider.slug, at.endpoint.host, at.category, item, value, evidence)
        )

    def _flush_counters(self) -> None:
        """Add the counters to the database; keep counting those that a lost connection leaves unwritten."""
        taken = self.health.drain()
        try:
            while taken:
                key, counters = taken.popitem()
                try:
                    _add_counters(key, counters)
                except CONNECTION_ERRORS:
                    taken[key] = counters
                    raise
        finally:
            self.health.restore(taken)


def _add_counters(key: str, counters: Counters) -> None:
    if not Health.objects.filter(key=key).update(**_increments(counters), **_latest(counters)):
        added = {name: getattr(counters, name) for name in _SUMMED}
        _, created = Health.objects.get_or_create(key=key, defaults=added | _latest(counters))
        if not created:  # another process has just inserted it
            Health.objects.filter(key=key).update(**_increments(counters), **_latest(counters))


def _description(breaker: Breaker) -> str:
    if breaker.open_until is not None:
        return f"opened ({breaker.trips} in a row) until {_datetime(breaker.open_until):%H:%M:%S}"
    return "suspect: other endpoints of the provider fail" if breaker.suspect_since is not None else "closed"


def _datetime(at: float | None) -> datetime:
    return datetime.fromtimestamp(at or 0.0, UTC)


def _optional_datetime(at: float | None) -> datetime | None:
    return None if at is None else _datetime(at)


def _breaker_columns(breaker: Breaker) -> dict[str, Any]:
    return {
        "trips": breaker.trips,
        "opened_at": _optional_datetime(breaker.opened_at),
        "open_until": _optional_datetime(breaker.open_until),
        "closed_at": _optional_datetime(breaker.closed_at),
        "suspect_since": _optional_datetime(breaker.suspect_since),
        "forced_open": breaker.forced_open,
        "revision": breaker.revision,
    }


_SUMMED = ("requests", "successes", "probes", "latency_ms_sum")


def _increments(counters: Counters) -> dict[str, Any]:
    return {name: F(name) + getattr(counters, name) for name in _SUMMED}


def _latest(counters: Counters) -> dict[str, Any]:
    latest: dict[str, Any] = {"consecutive_failures": counters.consecutive_failures}
    if counters.last_outcome:
        latest |= {"last_outcome": counters.last_outcome, "last_detail": counters.last_detail}
    for name in ("last_success_at", "last_failure_at"):
        if getattr(counters, name) is not None:
            latest[name] = _datetime(getattr(counters, name))
    for name in ("p50_ms", "p95_ms"):
        if getattr(counters, name) is not None:
            latest[name] = getattr(counters, name)
    return latest


_state = RuntimeState()


def runtime() -> RuntimeState:
    """Return this process's state."""
    return _state


def start() -> None:
    """Start polling and writing, in a process that serves requests."""
    _state.start()


def reset() -> RuntimeState:
    """Replace the state with an empty one, as after a restart (in tests, and in a child after a fork)."""
    global _state  # noqa: PLW0603 - the one place that replaces it
    _state.stop()
    _state = RuntimeState()
    return _state
