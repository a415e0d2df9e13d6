"""Health of all providers in this process: breakers, cooldowns, call windows, latencies and quota usage.

``runtime`` adopts the facts of other processes from the database and writes changes made here to it. One lock guards
the registry; each method holds it for a few microseconds.
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
    began_before,
    closed,
    is_shut,
    opened,
    state,
    suspected,
)
from providers.resilience.hedging import CallBudget
from providers.resilience.item_faults import ItemFaults
from providers.resilience.latency import Latency, StickyChoice
from providers.resilience.quota import NOTHING_USED, CooldownPeriod, QuotaUsage, Spending, cooldown_after
from providers.state.counters import Counters, merged


@dataclass(frozen=True, slots=True)
class BreakerChange:
    """A breaker's change, to be written by compare-and-set on the revision of ``before``."""

    key: str
    before: Breaker
    after: Breaker


@dataclass(frozen=True, slots=True)
class AttemptContext:
    """Provider, endpoint and category of an attempt, and its start time (unix seconds)."""

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
    """Live health facts. ``breakers`` and ``cooldowns`` may be read without the lock: values are never mutated."""

    def __init__(self) -> None:
        self.breakers: dict[str, Breaker] = {}
        self.cooldowns: dict[str, CooldownPeriod] = {}
        self.budget = CallBudget()
        self._lock = threading.Lock()
        self._scopes: dict[str, _ScopeActivity] = {}
        self._latency: dict[str, Latency] = {}
        self._spending: dict[str, Spending] = {}
        self._failing: dict[tuple[int, str], set[int]] = {}
        self._item_faults = ItemFaults()
        self._touched: dict[str, float] = {}
        self._unwritten: dict[str, int] = {}
        self._trials: dict[str, float] = {}
        self._favourite: dict[str, StickyChoice] = {}

    def record_success(
        self, at: AttemptContext, ms: float, usage: Usage | None, now: float, *, corroborated: bool = True
    ) -> list[BreakerChange]:
        """Record a valid answer: close its scopes' breakers and add its latency (ms).

        If other lineages have yet to confirm its values (not ``corroborated``), only the endpoint's scopes are
        credited, so that a wrong value cannot close the breaker that guards against it.
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

    def is_shared_fault(self, at: AttemptContext, outcome: Outcome, items: Sequence[str], now: float) -> bool:
        """Note faulty items (by key) at the outcome's scope; return whether at least two have failed there.

        Two different items are evidence against the source; a single one may be a dead market or a broken row.
        """
        key = self._failure_key(at, outcome)
        if key is None:
            return False
        with self._lock:
            return self._item_faults.note(key, items, now) >= 2

    def forget_item_faults(self, at: AttemptContext) -> None:
        """Forget the faulty items of a source that has given another item rightly."""
        with self._lock:
            self._item_faults.forget(breaker_keys(at.provider, at.endpoint, at.category))

    def confirmed(self, at: AttemptContext, now: float) -> list[BreakerChange]:
        """Record that another lineage has confirmed a value that its peers contradicted."""
        key = breaker_keys(at.provider, at.endpoint, at.category)[2]
        with self._lock:
            return self._close(key, self._scopes.setdefault(key, _ScopeActivity()), at, now)

    def _close(self, key: str, scope: _ScopeActivity, at: AttemptContext, now: float) -> list[BreakerChange]:
        scope.window.record(True, now)
        scope.doubted = False
        breaker = self.breakers.get(key, CLOSED)
        if not is_shut(breaker, now) or breaker.forced_open or began_before(at.started, breaker.opened_at):
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
        """Record a failure against the narrowest scope that explains it.

        Outcomes with a cooldown do not count for breakers, but two endpoints of a provider that are set aside (451)
        make its other endpoints suspect.
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
            if failure.outcome.trips_breaker:
                if self._is_counted_already(key, at):
                    return []
                scope.window.record(False, now)
                scope.counters.consecutive_failures = scope.window.consecutive
                changes = self._open(key, scope, at, now)
            if failure.outcome.scope in (FailureScope.ENDPOINT, FailureScope.ENDPOINT_CATEGORY) and not at.probe:
                changes += self._suspect_siblings(at, failure.outcome.scope, siblings, now)
            return changes

    def _is_first_lost_hedge(self, key: str, at: AttemptContext, now: float) -> bool:
        """Return True for the first lost hedge in a row of an endpoint without other failures, which may be chance.

        On a busy machine healthy endpoints lose a hedge now and then. If another failure follows, both count.
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
        """Return True if the attempt began before the breaker opened or closed: its incident has been counted."""
        breaker = self.breakers.get(key, CLOSED)
        return began_before(at.started, breaker.opened_at) or began_before(at.started, breaker.closed_at)

    def _open(self, key: str, scope: _ScopeActivity, at: AttemptContext, now: float) -> list[BreakerChange]:
        breaker = self.breakers.get(key, CLOSED)
        current = state(breaker, now)
        if current is BreakerState.OPEN:
            return []
        if at.probe and current in (BreakerState.CLOSED, BreakerState.SLOW_START):
            return [self._change(key, breaker, suspected(breaker, now))]  # before user traffic reaches it
        if current in (BreakerState.HALF_OPEN, BreakerState.SUSPECT) or scope.window.should_open(now):
            return [self._change(key, breaker, opened(breaker, now, random.random()))]  # noqa: S311  # jitter
        return []

    def _suspect_siblings(
        self, at: AttemptContext, scope: FailureScope, siblings: Sequence[EndpointConf], now: float
    ) -> list[BreakerChange]:
        """Make all endpoints suspect once two of the provider have failed with no success between them."""
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
        """Count a change that is not in the database yet, so that ``adopt`` does not overwrite it."""
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

    def cool_down(self, at: AttemptContext, failure: Failure, now: float) -> tuple[str, CooldownPeriod]:
        """Start a cooldown of the failure's scope, or keep a longer one; it applies in this process at once."""
        key = {
            FailureScope.QUOTA_GROUP: group_key(at.provider),
            FailureScope.ENDPOINT: endpoint_key(at.endpoint),
            FailureScope.PROVIDER: provider_key(at.provider),
        }[failure.outcome.scope]
        entry = cooldown_after(failure, now)
        with self._lock:
            known = self.cooldowns.get(key)
            if known is not None and known.until >= entry.until:
                entry = known
            self.cooldowns = {**self.cooldowns, key: entry}
            self._mark_unwritten(f"cooldown {key}")
        return key, entry

    def count_usage(self, provider: ProviderConf, budget: Budget, now: float) -> None:
        """Count one call against the provider's limit."""
        with self._lock:
            self._spending.setdefault(provider.quota_group, Spending()).count(budget, now)

    def quota_usage(self, provider: ProviderConf, budget: Budget, now: float) -> QuotaUsage:
        """Return how much of the provider's limit is used."""
        spending = self._spending.get(provider.quota_group)
        if spending is None:
            return NOTHING_USED
        with self._lock:
            return spending.used(budget, now)

    def p95_ms(self, provider: ProviderConf, endpoint: EndpointConf, category: Category) -> float | None:
        """Return the endpoint's 95th percentile; if it has none, that of the provider's slowest measured endpoint."""
        latency = self._latency.get(in_category(endpoint_key(endpoint), category))
        if latency is not None:
            return latency.p95
        siblings = (self._latency.get(in_category(endpoint_key(other), category)) for other in provider.endpoints)
        return max((other.p95 for other in siblings if other is not None and other.p95 is not None), default=None)

    def seed_latencies(self, quantiles: Mapping[str, tuple[float, float]]) -> None:
        """Take p50 and p95 (ms) from earlier processes for endpoints that have no measurements here."""
        with self._lock:
            for key, (p50, p95) in quantiles.items():
                if key not in self._latency:
                    self._latency[key] = Latency(p50, p95)

    def p50_ms(self, endpoint: EndpointConf, category: Category) -> float | None:
        """Return the endpoint's median latency, or None before it is measured."""
        latency = self._latency.get(in_category(endpoint_key(endpoint), category))
        return latency.p50 if latency is not None else None

    def take_extra_call(self, now: float) -> bool:
        """Take one call from the budget that hedges and last-resort calls share; return False if it is used up."""
        with self._lock:
            return self.budget.take(now)

    def count_call(self, now: float) -> None:
        """Count one regular call, from which the budget of extra calls is derived."""
        with self._lock:
            self.budget.count(now)

    def claim_trial(self, endpoint: EndpointConf, now: float) -> bool:
        """Return True for one user call to a half-open endpoint, at most every two seconds."""
        key = endpoint_key(endpoint)
        with self._lock:
            if now - self._trials.get(key, 0.0) < 2.0:
                return False
            self._trials[key] = now
            return True

    def fastest_first(self, links: Sequence[LinkConf], category: Category, now: float) -> Sequence[LinkConf]:
        """Return the links by latency. The current choice stays first until another is 30 % faster for 30 s."""
        if not links:
            return links
        with self._lock:
            latencies = {link.id: self._link_ms(link, category) for link in links}
            choice = self._favourite.setdefault(f"{category.value}/{links[0].tier}", StickyChoice())
            choice.update(latencies, now)
            return sorted(links, key=lambda link: (link.id != choice.link, latencies[link.id], link.position))

    def _link_ms(self, link: LinkConf, category: Category) -> float:
        """Return the median of the link's fastest endpoint; 0 if none is measured, so that it gets measured."""
        medians = [self.p50_ms(endpoint, category) for endpoint in link.provider.endpoints if endpoint.enabled]
        measured = [ms for ms in medians if ms is not None]
        return min(measured) if measured else 0.0

    def drain(self) -> dict[str, Counters]:
        """Return the counters since the last call, by key, and reset them."""
        with self._lock:
            drained = {}
            for key, scope in self._scopes.items():
                if scope.dirty:
                    drained[key] = scope.counters
                    scope.counters = Counters(consecutive_failures=scope.counters.consecutive_failures)
                    scope.dirty = False
            return drained

    def unwritten_counters(self) -> dict[str, Counters]:
        """Return copies of the counters that are not in the database yet, by key."""
        with self._lock:
            return {key: replace(scope.counters) for key, scope in self._scopes.items() if scope.dirty}

    def restore(self, counters_by_key: Mapping[str, Counters]) -> None:
        """Add drained counters that could not be written to the counters since."""
        with self._lock:
            for key, counters in counters_by_key.items():
                scope = self._scopes.setdefault(key, _ScopeActivity())
                scope.counters = merged(counters, scope.counters) if scope.dirty else counters
                scope.dirty = True

    def mark_written(self, key: str) -> None:
        """Record that a change of this key has been written; after the last one ``adopt`` may overwrite the key."""
        with self._lock:
            self._unwritten[key] = max(0, self._unwritten.get(key, 0) - 1)
            self._touched[key] = time.monotonic()

    def adopt(self, breakers: Mapping[str, Breaker], cooldowns: Mapping[str, CooldownPeriod], read_at: float) -> None:
        """Adopt the database's facts as read at ``read_at`` (monotonic), except for keys changed here since."""
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
                self._scopes[key].window.clear()  # closed by another process: forget the old failures
