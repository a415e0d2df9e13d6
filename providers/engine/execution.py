"""One decision, run: candidates asked in order, the slow ones hedged, until every item has a valid answer.

1. The first attempt runs in the caller's own thread.
2. An attempt that outlasts its hedge delay starts a helper on the next candidate, within the extra-call budget; it
   is free once the slow endpoint's breaker has opened, or once it has taken hopelessly long: then it is failover.
3. After an explicit failure the next candidate is asked at once, unless a younger attempt is already under way.
4. Each item takes the first value that the checks let pass; a batch answered in part is completed by the next.
5. A value that the peers contradict waits for another lineage to confirm it; who is found wrong is blamed.
6. When all items are answered the rest is cut off. What had outlasted its delay is a lost hedge: a failure.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

from providers.domain.adapter import Lookup
from providers.domain.config import ChainConf
from providers.domain.outcomes import Failure, Outcome
from providers.domain.scope_keys import breaker_keys
from providers.engine import attempt, thread_pool
from providers.engine.pending import InflightAttempt, PendingItems, Resolution
from providers.engine.query import Answered, Query, Result, lookup_for
from providers.resilience import hedging
from providers.resilience.decision import Attempt, Decision
from providers.resilience.selection import Candidate, Skip, blocked, candidates, has_others, resort
from providers.state.health_registry import AttemptContext
from providers.transport import http

if TYPE_CHECKING:
    from providers.engine.decide import Engine

OTHERS_SHARE = 0.4
"""Share of the deadline that is kept for providers other than the first."""
MANY_CALLS = 3
"""A batch that would take one provider more calls than this waits until all others have been asked."""
_SAME_EVERYWHERE = frozenset({Outcome.BAD_REQUEST, Outcome.NOT_SUPPORTED, Outcome.IMPLAUSIBLE})
"""Outcomes that another endpoint of the same provider would not change."""


class Execution:
    """See the module's docstring. One instance serves one query."""

    def __init__(self, engine: Engine, chain: ChainConf, query: Query, decision: Decision) -> None:
        self.engine = engine
        self.chain = chain
        self.query = query
        self.decision = decision
        self.checks = engine.checks_for(query.category)
        self.began = time.monotonic()
        self.total = query.deadline_s or chain.deadline_s
        self.deadline = self.began + self.total
        self._first_until = self.began + (1 - OTHERS_SHARE) * self.total
        self.todo = PendingItems(query.items, self.checks)
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._flights: set[InflightAttempt] = set()
        self._again: deque[Candidate] = deque()
        self._large: deque[Candidate] = deque()
        self._siblings: deque[Candidate] = deque()
        self._resorts: list[Candidate] = []
        self._first_provider: int | None = None
        self._hopeless: set[int] = set()
        self._view = engine.view(query.category)
        self._steps = self._in_order()

    def run(self) -> Result:
        """Ask until all is answered, nobody is left, or the deadline has passed."""
        self._pursue()
        if not self._over.is_set():
            self._over.wait(max(0.0, self.deadline - time.monotonic()))
        with self._lock:
            self._over.set()
            self._steps.close()  # it holds on to us: left to the collector, each call would cost it half as much again
            for item, answer in self.todo.old.items():
                self.todo.answered.setdefault(item, answer)
            self._close()
            return Result(dict(self.todo.answered), self._missing(), self.decision, self._retry_at())

    # -- taking ------------------------------------------------------------------------------------------------------

    def _pursue(self) -> None:
        """Ask candidate after candidate, until there is nothing to do or a younger attempt is doing it."""
        while True:
            with self._lock:
                flight = self._take()
                if flight is None:
                    if not self._flights:
                        self._over.set()
                    return
            self._fly(flight)
            with self._lock:
                if self._over.is_set() or any(not other.outlasted for other in self._flights):
                    return

    def _take(self) -> InflightAttempt | None:
        if self._over.is_set() or not self.todo.items or time.monotonic() >= self.deadline:
            return None
        for candidate, large in self._candidates():
            flight = self._board(candidate, large)
            if flight is not None:
                return flight
        return None

    def _candidates(self) -> Iterator[tuple[Candidate, bool]]:
        """Candidates, and whether they may take as many calls as the batch needs."""
        while self._again:
            yield self._again.popleft(), True
        for candidate, large in self._steps:  # not "yield from": that would close it with us
            if self._is_slow(candidate.provider.id) or self._has_used_its_share(candidate.provider.id):
                self._siblings.append(candidate)
            else:
                yield candidate, large
        while self._siblings:
            yield self._siblings.popleft(), False

    def _is_slow(self, provider: int) -> bool:
        """Whether this provider is keeping us waiting now: then its other endpoints come after everybody else."""
        return any(flight.outlasted and flight.candidate.provider.id == provider for flight in self._flights)

    def _has_used_its_share(self, provider: int) -> bool:
        """Whether the first provider has had its part of the deadline: what is left is the others' first."""
        return provider == self._first_provider and time.monotonic() >= self._first_until

    def _in_order(self) -> Generator[tuple[Candidate, bool], None, None]:
        """The walk; then those a large batch burdens; then the last resorts."""
        for step in candidates(self.chain, self._view):
            if isinstance(step, Skip):
                self.decision.skips.append(step)
            elif step.last_resort:
                self._resorts.append(step)
            else:
                yield step, False
        while self._large:
            yield self._large.popleft(), True
        for step in self._resorts:  # it may grow: what fails meanwhile becomes one
            yield step, True

    def _board(self, candidate: Candidate, large: bool) -> InflightAttempt | None:
        """Make the candidate's attempt ready, or note why it is passed over."""
        now = time.time()
        skip = self._blocked(candidate) if self.decision.attempts else None
        asks = self._asks(candidate, now) if skip is None else []
        if skip is None:
            skip = self._refusal(candidate, asks, large, now)
        if skip is not None:
            self.decision.skips.append(skip)
            return None
        most = attempt.handler_of(candidate.provider, self.query.category).max_items
        if len(asks) > most:
            self._again.append(candidate)
        return self._ready(candidate, asks[:most], now)

    def _blocked(self, candidate: Candidate) -> Skip | None:
        """What has happened since the walk began that keeps it out; a breaker's opening leaves it a last resort."""
        view = self.engine.view(self.query.category)
        skip = blocked(candidate, view)
        late = resort(candidate, view) if skip is not None else None
        if late is not None:
            self._resorts.append(late)
        return skip

    def _refusal(self, candidate: Candidate, lookups: list[Lookup[Any]], large: bool, now: float) -> Skip | None:
        slug, host = candidate.provider.slug, candidate.endpoint.host
        if candidate.provider.id in self._hopeless:
            return Skip(slug, host, "its other endpoints would say the same")
        if not lookups:
            return Skip(slug, host, "does not know or quote what is asked")
        most = attempt.handler_of(candidate.provider, self.query.category).max_items
        if not large and len(lookups) > MANY_CALLS * most:
            self._large.append(candidate)
            return Skip(slug, host, "the batch would take it too many calls; kept for the end")
        reason = self._not_now(candidate, now)
        return Skip(slug, host, reason) if reason else None

    def _not_now(self, candidate: Candidate, now: float) -> str:
        """Why a last resort or a trial is not to be had; taking one uses it up."""
        book = self.engine.state.health
        if candidate.last_resort and not self.query.last_resort:
            return "last resort, and a last known good is at hand"
        if candidate.last_resort and not book.take_extra_call(now):
            return "last resort, and the extra-call budget is used up"
        if candidate.trial and not book.claim_trial(candidate.endpoint, now):
            return "another call is its trial"
        return ""

    def _asks(self, candidate: Candidate, now: float) -> list[Lookup[Any]]:
        slug, unknown = candidate.provider.slug, self.engine.unknown
        handler = attempt.handler_of(candidate.provider, self.query.category)
        names = self.query.names(slug)
        asks = []
        for item in self.todo.items:
            ask = lookup_for(item, names)
            if ask is None or unknown.is_unknown(slug, ask, now) or not handler.accepts(ask):
                continue
            claims = self.todo.claims.get(item, ())
            if not any(claim.answer.lineage == candidate.link.lineage for claim in claims):
                asks.append(ask)
        return unknown.askable(slug, asks, now)

    def _ready(self, candidate: Candidate, lookups: list[Lookup[Any]], now: float) -> InflightAttempt:
        moment = time.monotonic()
        provider = candidate.provider
        if self._first_provider is None:
            self._first_provider = provider.id
            if not has_others(self.chain, provider, self._view):
                self._first_until = self.deadline
        of_first = provider.id == self._first_provider and moment < self._first_until
        deadline = self._first_until if of_first else self.deadline
        record = Attempt(
            provider.slug, candidate.endpoint.host, candidate.why, (moment - self.began) * 1000, len(lookups)
        )
        self.decision.attempts.append(record)
        at = AttemptContext(provider, candidate.endpoint, self.query.category, now)
        flight = InflightAttempt(candidate, lookups, http.Call(deadline), at, record, moment)
        self._flights.add(flight)
        return flight

    # -- asking ------------------------------------------------------------------------------------------------------

    def _fly(self, flight: InflightAttempt) -> None:
        alarm = self._watch(flight)
        engine = self.engine
        try:
            success = engine.make_attempt(
                self.checks, flight.candidate, self.query.category, flight.lookups, flight.call
            )
        except Failure as failure:
            self._failed(flight, failure)
        else:
            self._succeeded(flight, success)
        finally:
            alarm.call_off()

    def _watch(self, flight: InflightAttempt) -> thread_pool.TimerHandle:
        """Look again when the attempt has taken longer than it should."""
        candidate = flight.candidate
        p95 = self.engine.state.health.p95_ms(candidate.provider, candidate.endpoint, self.query.category)
        now = time.monotonic()
        return thread_pool.timer.at(now + hedging.delay(p95, self.deadline - now), lambda: self._slow(flight))

    def _slow(self, flight: InflightAttempt) -> None:
        if flight not in self._flights or self._over.is_set():
            return
        now = time.time()
        book = self.engine.state.health
        keys = breaker_keys(flight.candidate.provider, flight.candidate.endpoint, self.query.category)
        is_open = any(key in book.breakers and book.breakers[key].open_until is not None for key in keys)
        p95 = book.p95_ms(flight.candidate.provider, flight.candidate.endpoint, self.query.category)
        free = is_open or hedging.given_up(p95, time.monotonic() - flight.began)
        if not free and not book.take_extra_call(now):
            self._watch(flight)
            return
        flight.outlasted = True
        if not thread_pool.helpers.run(self._pursue):
            flight.outlasted = False

    def _failed(self, flight: InflightAttempt, failure: Failure) -> None:
        with self._lock:
            self._flights.discard(flight)
            if flight.lost:
                return
            self._record(flight, failure.outcome.value, failure.detail, failure.status)
            if failure.outcome in _SAME_EVERYWHERE:
                self._hopeless.add(flight.candidate.provider.id)
            if failure.outcome is not Outcome.UNKNOWN_ASSET and flight.candidate in self._again:
                self._again.remove(flight.candidate)
        if flight.call.cancelled or self._had_no_time(flight, failure):
            return  # cut off by us: nobody's fault
        engine = self.engine
        attempt.record_failure(engine.state, engine.unknown, flight.candidate, flight.at, flight.lookups, failure)

    def _had_no_time(self, flight: InflightAttempt, failure: Failure) -> bool:
        """Whether an attempt ran out of time that was too short from the start to tell anything."""
        candidate = flight.candidate
        p95 = self.engine.state.health.p95_ms(candidate.provider, candidate.endpoint, self.query.category)
        given = flight.call.deadline - flight.began
        fair = min(hedging.delay(p95, math.inf), (1 - OTHERS_SHARE) * self.chain.deadline_s / 2)
        return failure.outcome is Outcome.TIMEOUT and given < fair

    def _succeeded(self, flight: InflightAttempt, success: attempt.Success) -> None:
        found = Resolution()
        with self._lock:
            self._flights.discard(flight)
            if flight.lost:
                return
            self._record(flight, Outcome.OK.value, "", success.response.status)
            flight.record.answered = len(success.values)
            for item, value in success.values.items():
                if item in self.todo.items:
                    self.todo.claim(item, self._answer(flight, success, item, value), flight, found)
            believed = not success.values or any(item not in self.todo.claims for item in success.values)
            if not self.todo.items:
                self._cut_off(flight, found)
        engine = self.engine
        attempt.record_success(
            engine.state, engine.unknown, flight.candidate, flight.at, flight.lookups, success, believed=believed
        )
        self._act_on(found)

    def _act_on(self, found: Resolution) -> None:
        """Each attempt found wanting is blamed once, however many of its values were wrong; each value is kept."""
        state = self.engine.state
        for flight, failure in found.blamed:
            self.engine.record_failure(flight, failure)
        for flight in found.confirmed:
            state.write_changes(state.health.confirmed(flight.at, time.time()))
        for flight, item, claim in found.wrong:
            state.quarantine(flight.at, item, claim.answer.value, claim.evidence)

    def _record(self, flight: InflightAttempt, outcome: str, detail: str, status: int | None = None) -> None:
        record = flight.record
        record.outcome, record.detail, record.status = outcome, detail, status
        record.ms = (time.monotonic() - flight.began) * 1000

    def _answer(self, flight: InflightAttempt, success: attempt.Success, item: Any, value: Any) -> Answered:
        link, endpoint = flight.candidate.link, flight.candidate.endpoint
        received = success.response.received_at
        old = success.old.get(item)
        return Answered(value, link.provider.slug, link.lineage, endpoint.host, received, False, old)

    def _cut_off(self, winner: InflightAttempt, found: Resolution) -> None:
        """All is answered: end the rest. Who outlasted its delay and lost to a later start has failed."""
        self._over.set()
        for other in list(self._flights):
            self._flights.discard(other)
            other.lost = True
            if other.outlasted and other.began <= winner.began:
                self._record(other, Outcome.LOST_HEDGE.value, "another was asked later and answered first")
                found.blamed.append((other, Failure(Outcome.LOST_HEDGE, "slower than a candidate asked later")))
            else:
                self._record(other, "cancelled", "")
            other.call.cancel()

    # -- the end -----------------------------------------------------------------------------------------------------

    def _close(self) -> None:
        decision = self.decision
        decision.ms = (time.monotonic() - self.began) * 1000
        decision.deadline_ms = self.total * 1000
        decision.extra_calls_left = self.engine.state.health.budget.left(time.time())
        if not self.todo.items:
            decision.status = "answered"
        elif time.monotonic() >= self.deadline:
            decision.status = "deadline"
        else:
            decision.status = "partial" if self.todo.answered else "failed"

    def _missing(self) -> dict[Any, str]:
        missing = {}
        for item in self.todo.items:
            if item in self.todo.answered:
                continue
            if self.todo.claims.get(item):
                missing[item] = "unconfirmed"
            else:
                missing[item] = (
                    "unavailable" if self.engine.somebody_may_know(item, self.chain, self.query) else "unknown"
                )
        return missing

    def _retry_at(self) -> float | None:
        """When the first of those that are out now, by this decision or before it, may be asked again."""
        if not self.todo.items:
            return None
        steps = candidates(self.chain, self.engine.view(self.query.category))
        return min((step.until for step in steps if isinstance(step, Skip) and step.until is not None), default=None)
