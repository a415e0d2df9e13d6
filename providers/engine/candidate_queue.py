"""Queue of an execution's candidates: turns the selection's order into attempts, one at a time.

It departs from the selection's order in four cases:

* The rest of a batch that is too large for one request goes to the same endpoint next.
* A batch that would take a provider more than ``MAX_CALLS`` requests waits until all other providers were called.
* Other endpoints of a provider that is slow now, or of the first provider once it used its share of the deadline,
  come after the other providers.
* A candidate whose breaker opens meanwhile becomes a last resort.

Guarded by the execution's lock.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Generator, Iterator
from typing import Any

from providers.adapters import ADAPTERS
from providers.domain.adapter import Lookup
from providers.domain.config import ChainConf
from providers.domain.outcomes import Failure, Outcome
from providers.engine.attempt import EngineContext, admission_refusal, handler_of
from providers.engine.pending import InflightAttempt, PendingItems
from providers.engine.query import Query, lookup_for
from providers.resilience.decision import Attempt, Decision
from providers.resilience.selection import Candidate, Skip, as_last_resort, blocked, candidates, has_other_provider
from providers.state.health_registry import AttemptContext
from providers.transport import http

OTHERS_SHARE = 0.4
"""Share of the deadline that is reserved for providers other than the first."""
MAX_CALLS = 3
_SAME_EVERYWHERE = frozenset({Outcome.BAD_REQUEST, Outcome.NOT_SUPPORTED, Outcome.IMPLAUSIBLE})
"""Outcomes that another endpoint of the same provider would not change."""


class CandidateQueue:
    """Candidates of one execution. ``began`` and ``deadline`` are monotonic seconds."""

    def __init__(
        self,
        context: EngineContext,
        chain: ChainConf,
        query: Query,
        decision: Decision,
        pending: PendingItems,
        began: float,
        deadline: float,
    ) -> None:
        self._context = context
        self._chain = chain
        self._query = query
        self._decision = decision
        self._pending = pending
        self._began = began
        self._deadline = deadline
        self._first_until = began + (1 - OTHERS_SHARE) * (deadline - began)
        self._first_provider: int | None = None
        self._again: deque[Candidate] = deque()
        self._large: deque[Candidate] = deque()
        self._siblings: deque[Candidate] = deque()
        self._last_resorts: list[Candidate] = []
        self._hopeless: set[int] = set()
        self._view = context.view()
        self._steps = self._in_order()

    def next_attempt(self, inflight: Collection[InflightAttempt]) -> InflightAttempt | None:
        """Return the next attempt to run beside those in flight, or None; candidates passed over are recorded."""
        for candidate, may_be_large in self._candidates(inflight):
            now = time.time()
            skip = self._blocked(candidate) if self._decision.attempts else None
            lookups = self._lookups(candidate, now) if skip is None else []
            if skip is None:
                skip = self._refusal(candidate, lookups, may_be_large, now)
            if skip is None:
                return self._start(candidate, lookups, now)
            self._decision.skips.append(skip)
        return None

    def note_failure(self, candidate: Candidate, outcome: Outcome) -> None:
        """Leave out what the failure of one candidate makes pointless."""
        if outcome in _SAME_EVERYWHERE:
            self._hopeless.add(candidate.provider.id)
        if outcome is not Outcome.UNKNOWN_ASSET and candidate in self._again:
            self._again.remove(candidate)

    def close(self) -> None:
        """Break the reference cycle through the generator; the garbage collector would cost each call half as much."""
        self._steps.close()

    def retry_at(self) -> float | None:
        """Return the earliest time (unix seconds) at which a candidate that is blocked now may be called again."""
        steps = candidates(self._chain, self._context.view())
        return min((step.until for step in steps if isinstance(step, Skip) and step.until is not None), default=None)

    def is_known(self, item: Any) -> bool:
        """Return True if any provider of the chain could answer the item, health aside."""
        now, query = time.time(), self._query
        for link in self._chain.links:
            adapter = link.provider.resolve_adapter(ADAPTERS)
            if adapter is None or query.category not in adapter.handlers:
                continue
            lookup = lookup_for(item, query.names(link.provider.slug))
            if lookup is None or self._context.negative_cache.is_unknown(link.provider.slug, lookup, now):
                continue
            if adapter.handlers[query.category].accepts(lookup):
                return True
        return False

    def had_no_time(self, attempt: InflightAttempt, failure: Failure, hedge_delay: float) -> bool:
        """Return True if a timed-out attempt was given too little time to say anything about its endpoint."""
        given = attempt.call.deadline - attempt.began
        fair = min(hedge_delay, (1 - OTHERS_SHARE) * self._chain.deadline_s / 2)
        return failure.outcome is Outcome.TIMEOUT and given < fair

    def _candidates(self, inflight: Collection[InflightAttempt]) -> Iterator[tuple[Candidate, bool]]:
        """Yield candidates, and True for those that may take as many requests as the batch needs."""
        while self._again:
            yield self._again.popleft(), True
        for candidate, may_be_large in self._steps:  # not "yield from", which would close it together with this one
            if self._comes_later(candidate, inflight):
                self._siblings.append(candidate)
            else:
                yield candidate, may_be_large
        while self._siblings:
            yield self._siblings.popleft(), False

    def _comes_later(self, candidate: Candidate, inflight: Collection[InflightAttempt]) -> bool:
        """Return True if the provider is slow now, or is the first one and used its share of the deadline.

        So are candidates of a lineage that is being asked to confirm a value: another lineage is wanted beside it.
        """
        provider, lineage = candidate.provider.id, candidate.link.lineage
        if provider == self._first_provider and time.monotonic() >= self._first_until:
            return True
        if self._pending.unconfirmed and any(attempt.candidate.link.lineage == lineage for attempt in inflight):
            return True
        return any(attempt.hedged and attempt.candidate.provider.id == provider for attempt in inflight)

    def _in_order(self) -> Generator[tuple[Candidate, bool], None, None]:
        """Yield the selection's candidates; then those that need many requests; then the last resorts."""
        for step in candidates(self._chain, self._view):
            if isinstance(step, Skip):
                self._decision.skips.append(step)
            elif step.last_resort:
                self._last_resorts.append(step)
            else:
                yield step, False
        while self._large:
            yield self._large.popleft(), True
        for candidate in self._last_resorts:  # may grow during the loop
            yield candidate, True

    def _blocked(self, candidate: Candidate) -> Skip | None:
        """Return why the candidate may no longer be called; one with an opened breaker becomes a last resort."""
        view = self._context.view()
        skip = blocked(candidate, view)
        last_resort = as_last_resort(candidate, view) if skip is not None else None
        if last_resort is not None:
            self._last_resorts.append(last_resort)
        return skip

    def _refusal(self, candidate: Candidate, lookups: list[Lookup[Any]], may_be_large: bool, now: float) -> Skip | None:
        """Return why the candidate is passed over, or None; granted last resorts and trials are used up."""
        if candidate.provider.id in self._hopeless:
            reason = "its other endpoints would say the same"
        elif not lookups:
            reason = self._reason_of_no_lookup(candidate, now)
        elif not may_be_large and len(lookups) > MAX_CALLS * self._max_items(candidate):
            self._large.append(candidate)
            reason = "the batch would take it too many calls; kept for the end"
        elif candidate.last_resort and not self._query.last_resort:
            reason = "last resort, left to the prober"
        else:
            reason = admission_refusal(self._context.state, candidate, now)
        return Skip(candidate.provider.slug, candidate.endpoint.host, reason) if reason else None

    def _lookups(self, candidate: Candidate, now: float) -> list[Lookup[Any]]:
        """Return the pending items that the candidate may know and that need its lineage."""
        slug, negative_cache = candidate.provider.slug, self._context.negative_cache
        handler = handler_of(candidate.provider, self._query.category)
        names = self._query.names(slug)
        lookups = []
        for item in self._pending.items:
            lookup = lookup_for(item, names)
            if lookup is None or negative_cache.is_unknown(slug, lookup, now) or not handler.accepts(lookup):
                continue
            if negative_cache.is_faulty(slug, lookup, now):
                continue
            if not self._pending.is_unconfirmed_by(item, candidate.link.lineage):
                lookups.append(lookup)
        return negative_cache.select(slug, lookups, now)

    def _reason_of_no_lookup(self, candidate: Candidate, now: float) -> str:
        slug, names = candidate.provider.slug, self._query.names(candidate.provider.slug)
        lookups = (lookup_for(item, names) for item in self._pending.items)
        if any(lookup and self._context.negative_cache.is_faulty(slug, lookup, now) for lookup in lookups):
            return "its answer about this item was faulty a moment ago"
        return "does not know or quote what is asked"

    def _max_items(self, candidate: Candidate) -> int:
        return handler_of(candidate.provider, self._query.category).max_items

    def _start(self, candidate: Candidate, lookups: list[Lookup[Any]], now: float) -> InflightAttempt:
        """Build the attempt with its deadline and its record in the decision."""
        provider, max_items = candidate.provider, self._max_items(candidate)
        if len(lookups) > max_items:
            self._again.append(candidate)
            lookups = lookups[:max_items]
        began = time.monotonic()
        if self._first_provider is None:
            self._first_provider = provider.id
            if not has_other_provider(self._chain, provider, self._view):
                self._first_until = self._deadline
        is_first = provider.id == self._first_provider and began < self._first_until
        host, offset_ms = candidate.endpoint.host, (began - self._began) * 1000
        record = Attempt(provider.slug, host, candidate.why, offset_ms, len(lookups))
        self._decision.attempts.append(record)
        return InflightAttempt(
            candidate,
            lookups,
            http.Call(self._first_until if is_first else self._deadline),
            AttemptContext(provider, candidate.endpoint, self._query.category, now),
            record,
            began,
        )
