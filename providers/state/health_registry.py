"""How everyone asked is, in this process: breakers, cooldowns, windows, latencies, spending.

The facts of other processes are adopted from the database by ``state``; changes made here go to it through the
writer. One lock guards the book; every method is a few microseconds of work under it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from providers.domain.adapter import Budget, Usage
from providers.domain.categories import Category
from providers.domain.config import EndpointConf, LinkConf, ProviderConf
from providers.domain.outcomes import Failure, FailureScope, Outcome
from providers.domain.scope_keys import breaker_keys, endpoint_key, group_key, in_category, provider_key
from providers.resilience.breaker import (
    CLOSED,
    Breaker,
    BreakerState,
    Window,
    closed,
    is_shut,
    opened,
    state,
    suspected,
)
from providers.resilience.hedging import CallBudget
from providers.resilience.latency import Latency
from providers.resilience.quota import NOTHING_USED, Parked, QuotaUsage, Spending, parked
from providers.resilience.sticky_fastest import StickyChoice


@dataclass(slots=True)
class Counters:
    """What happened to one scope since the last flush."""

    requests: int = 0
    successes: int = 0
    probes: int = 0
    latency_ms_sum: float = 0.0
    consecutive_failures: int = 0
    last_success_at: float | None = None
    last_failure_at: float | None = None
    last_outcome: str = ""
    last_detail: str = ""
    p50_ms: float | None = None
    p95_ms: float | None = None


@dataclass(frozen=True, slots=True)
class BreakerChange:
    """A breaker's change, to be written by compare-and-set on the revision it started from."""

    key: str
    before: Breaker
    after: Breaker


@dataclass(frozen=True, slots=True)
class AttemptContext:
    """Who was asked for what, and when the attempt began (unix seconds)."""

    provider: ProviderConf
    endpoint: EndpointConf
    category: Category
    started: float
    probe: bool = False


@dataclass(slots=True)
class _ScopeActivity:
    window: Window = field(default_factory=Window)
    counters: Counters = field(default_factory=Counters)
    dirty: bool = False
    doubted: bool = False


class HealthRegistry:
    """The live facts. ``breakers`` and ``cooldowns`` may be read without the lock: values are replaced, not changed."""

    def __init__(self) -> None:
        self.breakers: dict[str, Breaker] = {}
        self.cooldowns: dict[str, Parked] = {}
        self.budget = CallBudget()
        self._lock = threading.Lock()
        self._scopes: dict[str, _ScopeActivity] = {}
        self._latency: dict[str, Latency] = {}
        self._spending: dict[str, Spending] = {}
        self._failing: dict[tuple[int, str], set[int]] = {}
        self._touched: dict[str, float] = {}
        self._unwritten: dict[str, int] = {}
        self._trials: dict[str, float] = {}
        self._favourite: dict[str, StickyChoice] = {}

    # -- recording -----------------------------------------------------------------------------------------------

    def record_success(
        self, at: AttemptContext, ms: float, usage: Usage | None, now: float, *, corroborated: bool = True
    ) -> list[BreakerChange]:
        """An attempt gave a valid answer: its scopes close, its latency is learned.

        Where its values still wait for another lineage (not ``believed``) it speaks for the endpoint only: a liar's
        breaker must not close on a lie.
        """
        keys = breaker_keys(at.provider, at.endpoint, at.category)
        with self._lock:
            latency = self._latency.setdefault(keys[1], Latency())
            latency.record(ms)
            if usage is not None:
                self._spending.setdefault(at.provider.quota_group, Spending()).learn(usage, now)
            self._failing.pop((at.provider.id, ""), None)
            self._failing.pop((at.provider.id, at.category.value), None)
            changes = []
            for key in keys if corroborated else keys[:2]:
                scope = self._count(key, at)
                self._note_success(scope.counters, ms, latency, now)
                changes += self._close(key, scope, at, now)
            return changes

    def confirmed(self, at: AttemptContext, now: float) -> list[BreakerChange]:
        """Another lineage has confirmed what an attempt said against the peers."""
        key = breaker_keys(at.provider, at.endpoint, at.category)[2]
        with self._lock:
            return self._close(key, self._scopes.setdefault(key, _ScopeActivity()), at, now)

    def _close(self, key: str, scope: _ScopeActivity, at: AttemptContext, now: float) -> list[BreakerChange]:
        scope.window.record(True, now)
        scope.doubted = False
        breaker = self.breakers.get(key, CLOSED)
        if not is_shut(breaker, now) or breaker.forced_open or at.started < (breaker.opened_at or 0):
            return []
        scope.window.clear()
        return [self._change(key, breaker, closed(breaker, now))]

    @staticmethod
    def _note_success(counters: Counters, ms: float, latency: Latency, now: float) -> None:
        counters.successes += 1
        counters.latency_ms_sum += ms
        counters.consecutive_failures = 0
        counters.last_success_at = now
        counters.last_outcome = Outcome.OK.value
        counters.last_detail = ""
        counters.p50_ms, counters.p95_ms = latency.p50, latency.p95

    def record_failure(
        self, at: AttemptContext, failure: Failure, now: float, siblings: Sequence[EndpointConf]
    ) -> list[BreakerChange]:
        """An attempt failed: exactly the scope that explains it is blamed. What parks feeds no breaker, but two of a
        provider's hosts that are set aside (451) speak against its others too.
        """
        key = self._failure_key(at, failure.outcome)
        if key is None:
            return []
        with self._lock:
            if failure.outcome is Outcome.LOST_HEDGE and self._is_first_lost_hedge(key, at, now):
                return []
            scope = self._count(key, at)
            self._note_failure(scope.counters, failure, now)
            changes: list[BreakerChange] = []
            if failure.outcome.trips:
                if self._is_counted_already(key, at):
                    return []
                scope.window.record(False, now)
                scope.counters.consecutive_failures = scope.window.consecutive
                changes = self._open(key, scope, at, now)
            if failure.outcome.scope in (FailureScope.ENDPOINT, FailureScope.ENDPOINT_CATEGORY) and not at.probe:
                changes += self._suspect_siblings(at, failure.outcome.scope, siblings, now)
            return changes

    def _is_first_lost_hedge(self, key: str, at: AttemptContext, now: float) -> bool:
        """Whether a lost hedge may be chance: the first in a row, of an endpoint that nothing speaks against.

        A busy machine makes an innocent lose now and then. With the next failure both count.
        """
        scope = self._scopes.setdefault(key, _ScopeActivity())
        well = state(self.breakers.get(key, CLOSED), now) is BreakerState.CLOSED and not scope.window.consecutive
        if well and not scope.doubted and not self._failing.get((at.provider.id, "")):
            scope.doubted = True
            return True
        if scope.doubted:
            self._count(key, at)
            scope.window.record(False, now)
            scope.doubted = False
        return False

    @staticmethod
    def _note_failure(counters: Counters, failure: Failure, now: float) -> None:
        counters.last_failure_at = now
        counters.last_outcome = failure.outcome.value
        counters.last_detail = failure.detail[:300]

    def _failure_key(self, at: AttemptContext, outcome: Outcome) -> str | None:
        endpoint, endpoint_category, provider_category = breaker_keys(at.provider, at.endpoint, at.category)
        return {
            FailureScope.NOBODY: None,
            FailureScope.ENDPOINT: endpoint,
            FailureScope.ENDPOINT_CATEGORY: endpoint_category,
            FailureScope.PROVIDER: provider_key(at.provider),
            FailureScope.PROVIDER_CATEGORY: provider_category,
            FailureScope.QUOTA_GROUP: group_key(at.provider),
        }[outcome.scope]

    def _is_counted_already(self, key: str, at: AttemptContext) -> bool:
        """Whether the attempt belongs to an incident already counted: it began before the opening or the closing."""
        breaker = self.breakers.get(key, CLOSED)
        return at.started < max(breaker.opened_at or 0.0, breaker.closed_at or 0.0)

    def _open(self, key: str, scope: _ScopeActivity, at: AttemptContext, now: float) -> list[BreakerChange]:
        breaker = self.breakers.get(key, CLOSED)
        current = state(breaker, now)
        if current is BreakerState.OPEN:
            return []
        if at.probe and current in (BreakerState.CLOSED, BreakerState.SLOW_START):
            return [self._change(key, breaker, suspected(breaker, now))]  # before any user meets it
        if current in (BreakerState.HALF_OPEN, BreakerState.SUSPECT) or scope.window.should_open(now):
            return [self._change(key, breaker, opened(breaker, now, random.random()))]  # noqa: S311  # jitter
        return []

    def _suspect_siblings(
        self, at: AttemptContext, scope: FailureScope, siblings: Sequence[EndpointConf], now: float
    ) -> list[BreakerChange]:
        """Two endpoints failing with no success between them: all of the provider's wait for a probe."""
        category = at.category.value if scope is FailureScope.ENDPOINT_CATEGORY else ""
        failing = self._failing.setdefault((at.provider.id, category), set())
        failing.add(at.endpoint.id)
        if len(failing) < 2:
            return []
        changes = []
        for endpoint in siblings:
            key = endpoint_key(endpoint)
            key = in_category(key, at.category) if category else key
            breaker = self.breakers.get(key, CLOSED)
            if not is_shut(breaker, now):
                changes.append(self._change(key, breaker, suspected(breaker, now)))
        return changes

    def _change(self, key: str, before: Breaker, after: Breaker) -> BreakerChange:
        self.breakers[key] = after
        self._mark_unwritten(key)
        return BreakerChange(key, before, after)

    def _mark_unwritten(self, key: str) -> None:
        """Until all that changed here is written, the database knows less of this key than we do."""
        self._unwritten[key] = self._unwritten.get(key, 0) + 1

    def _count(self, key: str, at: AttemptContext) -> _ScopeActivity:
        scope = self._scopes.get(key)
        if scope is None:
            scope = self._scopes[key] = _ScopeActivity()
        if at.probe:
            scope.counters.probes += 1
        else:
            scope.counters.requests += 1
        scope.dirty = True
        return scope

    def cool_down(self, at: AttemptContext, failure: Failure, now: float) -> tuple[str, Parked]:
        """Leave the scope alone until the time; in force in this process at once."""
        key = {
            FailureScope.QUOTA_GROUP: group_key(at.provider),
            FailureScope.ENDPOINT: endpoint_key(at.endpoint),
            FailureScope.PROVIDER: provider_key(at.provider),
        }[failure.outcome.scope]
        entry = parked(failure, now)
        with self._lock:
            known = self.cooldowns.get(key)
            if known is not None and known.until >= entry.until:
                entry = known
            self.cooldowns = {**self.cooldowns, key: entry}
            self._mark_unwritten(f"cooldown {key}")
        return key, entry

    # -- questions -----------------------------------------------------------------------------------------------

    def count_usage(self, provider: ProviderConf, budget: Budget, now: float) -> None:
        """Count one call against the provider's limit."""
        with self._lock:
            self._spending.setdefault(provider.quota_group, Spending()).count(budget, now)

    def quota_usage(self, provider: ProviderConf, budget: Budget, now: float) -> QuotaUsage:
        """How much of the provider's limit is used."""
        spending = self._spending.get(provider.quota_group)
        if spending is None:
            return NOTHING_USED
        with self._lock:
            return spending.used(budget, now)

    def p95_ms(self, provider: ProviderConf, endpoint: EndpointConf, category: Category) -> float | None:
        """The endpoint's own 95th percentile; before it has one, that of the provider's slowest measured sibling."""
        latency = self._latency.get(in_category(endpoint_key(endpoint), category))
        if latency is not None:
            return latency.p95
        siblings = (self._latency.get(in_category(endpoint_key(other), category)) for other in provider.endpoints)
        return max((other.p95 for other in siblings if other is not None and other.p95 is not None), default=None)

    def seed_latencies(self, quantiles: Mapping[str, tuple[float, float]]) -> None:
        """Take over p50 and p95 (ms) that were learned before this process began, where it has none of its own."""
        with self._lock:
            for key, (p50, p95) in quantiles.items():
                if key not in self._latency:
                    self._latency[key] = Latency(p50, p95)

    def p50_ms(self, endpoint: EndpointConf, category: Category) -> float | None:
        latency = self._latency.get(in_category(endpoint_key(endpoint), category))
        return latency.p50 if latency is not None else None

    def take_extra_call(self, now: float) -> bool:
        """Take one call from the budget that hedges and last-resort calls share."""
        with self._lock:
            return self.budget.take(now)

    def count_call(self, now: float) -> None:
        with self._lock:
            self.budget.count(now)

    def claim_trial(self, endpoint: EndpointConf, now: float) -> bool:
        """Let one user call through to a half-open endpoint; the next not before two seconds have passed."""
        key = endpoint_key(endpoint)
        with self._lock:
            if now - self._trials.get(key, 0.0) < 2.0:
                return False
            self._trials[key] = now
            return True

    def fastest_first(self, links: Sequence[LinkConf], category: Category, now: float) -> Sequence[LinkConf]:
        """Links by latency, the favourite first: it is left only for one 30 % better for 30 s."""
        if not links:
            return links
        with self._lock:
            latencies = {link.id: self._link_ms(link, category) for link in links}
            choice = self._favourite.setdefault(f"{category.value}/{links[0].tier}", StickyChoice())
            choice.update(latencies, now)
            return sorted(links, key=lambda link: (link.id != choice.link, latencies[link.id], link.position))

    def _link_ms(self, link: LinkConf, category: Category) -> float:
        """The link's best endpoint's median; one never measured counts as fast, so that it gets measured."""
        medians = [self.p50_ms(endpoint, category) for endpoint in link.provider.endpoints if endpoint.enabled]
        measured = [ms for ms in medians if ms is not None]
        return min(measured) if measured else 0.0

    # -- the database's side ---------------------------------------------------------------------------------------

    def drain(self) -> dict[str, Counters]:
        """The counters since the last call, by key; they start again from zero."""
        with self._lock:
            drained = {}
            for key, scope in self._scopes.items():
                if scope.dirty:
                    drained[key] = scope.counters
                    scope.counters = Counters(consecutive_failures=scope.counters.consecutive_failures)
                    scope.dirty = False
            return drained

    def unwritten_counters(self) -> dict[str, Counters]:
        """What has been counted here and is not in the database yet, by key; nothing is taken away."""
        with self._lock:
            return {key: replace(scope.counters) for key, scope in self._scopes.items() if scope.dirty}

    def restore(self, counters_by_key: Mapping[str, Counters]) -> None:
        """Add drained counters that could not be written to what was counted since."""
        with self._lock:
            for key, counters in counters_by_key.items():
                scope = self._scopes.setdefault(key, _ScopeActivity())
                scope.counters = _added(counters, scope.counters) if scope.dirty else counters
                scope.dirty = True

    def mark_written(self, key: str) -> None:
        """A change of this key has reached the database: once none is left, its word counts again."""
        with self._lock:
            self._unwritten[key] = max(0, self._unwritten.get(key, 0) - 1)
            self._touched[key] = time.monotonic()

    def adopt(self, breakers: Mapping[str, Breaker], cooldowns: Mapping[str, Parked], read_at: float) -> None:
        """Take over the database's facts as read at ``read_at`` (monotonic), but for what changed here since."""
        with self._lock:
            changed_here = {key for key, at in self._touched.items() if at >= read_at}
            changed_here |= {key for key, changes in self._unwritten.items() if changes}
            for key in {*self.breakers, *breakers} - changed_here:
                self._adopt_breaker(key, breakers.get(key))
            own = {key: entry for key, entry in self.cooldowns.items() if f"cooldown {key}" in changed_here}
            longer = {key: theirs for key, theirs in cooldowns.items() if key in own and theirs.until > own[key].until}
            self.cooldowns = {**cooldowns, **own, **longer}

    def _adopt_breaker(self, key: str, stored: Breaker | None) -> None:
        own = self.breakers.get(key)
        if stored is None:
            self.breakers.pop(key, None)
        elif stored != own:
            self.breakers[key] = stored
            shut_here = own is not None and (own.open_until is not None or own.forced_open)
            if shut_here and stored.open_until is None and key in self._scopes:
                self._scopes[key].window.clear()  # closed elsewhere: old failures must not open it again


def _added(older: Counters, newer: Counters) -> Counters:
    """The sums of both, and of everything else the newer word where there is one."""
    latest = newer if newer.last_outcome else older
    return Counters(
        requests=older.requests + newer.requests,
        successes=older.successes + newer.successes,
        probes=older.probes + newer.probes,
        latency_ms_sum=older.latency_ms_sum + newer.latency_ms_sum,
        consecutive_failures=newer.consecutive_failures,
        last_success_at=newer.last_success_at or older.last_success_at,
        last_failure_at=newer.last_failure_at or older.last_failure_at,
        last_outcome=latest.last_outcome,
        last_detail=latest.last_detail,
        p50_ms=older.p50_ms if newer.p50_ms is None else newer.p50_ms,
        p95_ms=older.p95_ms if newer.p95_ms is None else newer.p95_ms,
    )
