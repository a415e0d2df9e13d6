"""The in-process snapshot of configuration and health, kept within 200 ms of the database.

``start()`` belongs in a server's or worker's process after it has forked: it loads everything, cooldowns included,
before the first question is answered, then follows the tables in a thread. Without it (a command, a test) the
snapshot is read anew whenever it is older than 200 ms.
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
from providers.resilience.quota import Parked
from providers.state import snapshot
from providers.state.health_registry import AttemptContext, BreakerChange, Counters, HealthRegistry
from providers.state.record_buffer import RecordBuffer, quarantine_entry
from providers.state.write_behind import CONNECTION_ERRORS, Writer
from providers.transport import http

log = logging.getLogger(__name__)

POLL_S = 0.2
COMMIT_WAIT_S = 1.0
"""How long a user's call waits for a cooldown to reach the database; this process keeps to it in any case."""


class RuntimeState:
    """One process's snapshot, its health book and its writer."""

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
        self._missing_cooldowns: dict[str, Parked] = {}

    # -- reading ---------------------------------------------------------------------------------------------------

    @property
    def is_loaded(self) -> bool:
        return self._configuration_rows is not None

    @property
    def is_following(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def current(self) -> Configuration:
        """The configuration, at most 200 ms old."""
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
        """Have something else followed in the database, at every look at the tables."""
        self._followers.append(follower)

    def is_prober_running(self, now: float) -> bool:
        return now < self.prober_until

    # -- following ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Load, then follow the tables and write behind, until ``stop``."""
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
                log.warning("the snapshot could not be read: %s", type(error).__name__)
                connection.close()
            except Exception:
                log.exception("the snapshot could not be built: what was last read stays in force")
        connection.close()

    # -- writing -----------------------------------------------------------------------------------------------------

    def write_changes(self, changes: list[BreakerChange]) -> None:
        """Take breaker changes to the database at once, behind the caller's back."""
        for change in changes:
            log.info("breaker %s: %s", change.key, _description(change.after))
            done = self.writer.submit(lambda change=change: self._write_change(change))  # type: ignore[misc]  # bound now
            done.add_done_callback(lambda _, key=change.key: self.health.mark_written(key))  # type: ignore[misc]  # bound now

    def _write_change(self, change: BreakerChange) -> None:
        """Compare-and-set on the revision; whoever is late takes over what is there (one incident counts once)."""
        facts = _breaker_columns(change.after)
        try:
            updated = Health.objects.filter(key=change.key, revision=change.before.revision).update(**facts)
            if not updated and change.before.revision == 0:
                Health.objects.create(key=change.key, **facts)
        except IntegrityError:
            log.debug("another process changed %s first", change.key)

    def write_cooldown(self, key: str, entry: Parked) -> None:
        """Commit a cooldown before anything else is asked: the one write a user waits for.

        One that cannot be written now is kept to here all the same, and written as soon as it can be.
        """
        log.warning("parked %s until %s: %s", key, _datetime(entry.until), entry.outcome.value)
        self._missing_cooldowns[key] = entry
        done = self.writer.submit(lambda: self._write_cooldown(key, entry))
        try:
            done.result(COMMIT_WAIT_S)
        except (TimeoutError, DatabaseTrouble):
            log.error("the cooldown of %s is not in the database yet", key)  # noqa: TRY400 - a trace would tell nothing more

    def _write_cooldown(self, key: str, entry: Parked) -> None:
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
                shorter.update(**columns)  # another process may have come between, with less
        if self._missing_cooldowns.get(key) is entry:
            del self._missing_cooldowns[key]
        self.health.mark_written(f"cooldown {key}")

    def _write_missing_cooldowns(self) -> None:
        for key, entry in list(self._missing_cooldowns.items()):
            self._write_cooldown(key, entry)

    def record_decision(self, decision: Decision) -> None:
        self.records.add_decision(decision)

    def quarantine(self, at: AttemptContext, item: Any, value: Any, evidence: str) -> None:
        """Keep a value that was not served, with what speaks against it."""
        log.warning("quarantined %s of %s: %s", item.key, at.provider.slug, evidence)
        self.records.add_quarantine(
            quarantine_entry(at.provider.slug, at.endpoint.host, at.category, item, value, evidence)
        )

    def _flush_counters(self) -> None:
        """Add what was counted; what a lost connection kept from the database is counted on."""
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
        if not created:  # by another process, just now
            Health.objects.filter(key=key).update(**_increments(counters), **_latest(counters))


def _description(breaker: Breaker) -> str:
    if breaker.open_until is not None:
        return f"opened ({breaker.trips} in a row) until {_datetime(breaker.open_until):%H:%M:%S}"
    return "suspect: others of its provider fail" if breaker.suspect_since is not None else "closed"


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
    """This process's state."""
    return _state


def start() -> None:
    """Load and follow, in a process that serves."""
    _state.start()


def reset() -> RuntimeState:
    """Begin anew, as a restarted process would (tests; a child after a fork)."""
    global _state  # noqa: PLW0603 - the one place that replaces it
    _state.stop()
    _state = RuntimeState()
    return _state
