"""Execution of one query: run attempts in order, hedge slow ones, until every item has a valid value.

1. The first attempt runs in the caller's own thread.
2. An attempt that outlasts its hedge delay starts a pool thread on the next candidate, charged to the extra-call
   budget. It is free of charge once the slow endpoint's breaker has opened, or once the attempt has taken so long that
   the next one counts as failover.
3. After an explicit failure the next candidate follows at once, unless a younger attempt is already in flight.
4. Each item takes the first value that passes the checks; the items still missing go to the next candidate.
5. A value that the peers contradict waits for another lineage to confirm it; two further lineages are asked at once.
   If they prove it wrong, the attempt is recorded as a failure.
6. When all items are answered, the remaining attempts are cancelled. Those that outlasted their hedge delay are
   recorded as lost hedges, which are failures.
"""

from __future__ import annotations

import math
import threading
import time

from providers.domain.config import ChainConf
from providers.domain.outcomes import Failure, Outcome
from providers.domain.scope_keys import breaker_keys
from providers.engine import thread_pool
from providers.engine.attempt import EngineContext, Success, perform, record_failure, record_success
from providers.engine.candidate_queue import CandidateQueue
from providers.engine.pending import InflightAttempt, PendingItems, Resolution
from providers.engine.query import Query, Result
from providers.resilience import hedging
from providers.resilience.decision import Decision


class Execution:
    """Execution of one query (see the module's docstring). Thread-safe; used once."""

    def __init__(self, context: EngineContext, chain: ChainConf, query: Query, decision: Decision) -> None:
        self._context = context
        self._category = query.category
        self._decision = decision
        self._began = time.monotonic()
        self._timeout = query.deadline_s or chain.deadline_s
        self._deadline = self._began + self._timeout
        self._pending = PendingItems(query.items, context.checks)
        self._queue = CandidateQueue(context, chain, query, decision, self._pending, self._began, self._deadline)
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._inflight: set[InflightAttempt] = set()
        self._confirming = False

    def run(self) -> Result:
        """Run attempts until all items are answered, no candidate is left, or the deadline has passed."""
        self._run_attempts()
        if not self._over.is_set():
            self._over.wait(max(0.0, self._deadline - time.monotonic()))
        with self._lock:
            self._over.set()
            self._queue.close()
            return self._result()

    def _run_attempts(self) -> None:
        """Run attempt after attempt until there is nothing to do, or a younger attempt is doing it."""
        while True:
            with self._lock:
                attempt = self._next_attempt()
                if attempt is None:
                    if not self._inflight:
                        self._over.set()
                    return
            self._run_attempt(attempt)
            with self._lock:
                if self._over.is_set() or any(not other.hedged for other in self._inflight):
                    return

    def _next_attempt(self) -> InflightAttempt | None:
        if self._over.is_set() or not self._pending.items or time.monotonic() >= self._deadline:
            return None
        attempt = self._queue.next_attempt(self._inflight)
        if attempt is not None:
            self._inflight.add(attempt)
        return attempt

    def _run_attempt(self, attempt: InflightAttempt) -> None:
        """Run one attempt in this thread, with a timer that hedges it."""
        timer = self._hedge_later(attempt)
        try:
            success = perform(self._context, attempt.candidate, attempt.lookups, attempt.call)
        except Failure as failure:
            self._fail(attempt, failure)
        else:
            self._complete(attempt, success)
        finally:
            timer.cancel()

    def _p95_ms(self, attempt: InflightAttempt) -> float | None:
        return self._context.state.health.p95_ms(attempt.target.provider, attempt.target.endpoint, self._category)

    def _hedge_later(self, attempt: InflightAttempt) -> thread_pool.TimerHandle:
        """Schedule the hedge of an attempt after its hedge delay."""
        now = time.monotonic()
        delay = hedging.delay(self._p95_ms(attempt), self._deadline - now)
        return thread_pool.timer.at(now + delay, lambda: self._hedge(attempt))

    def _hedge(self, attempt: InflightAttempt) -> None:
        """Start a pool thread on the next candidate if the budget allows; otherwise try again later."""
        if attempt not in self._inflight or self._over.is_set():
            return
        if not self._is_failover(attempt) and not self._context.state.health.take_extra_call(time.time()):
            self._hedge_later(attempt)
            return
        attempt.hedged = True
        if not thread_pool.pool.run(self._run_attempts):
            attempt.hedged = False

    def _is_failover(self, attempt: InflightAttempt) -> bool:
        """Return True if the slow attempt counts as failed: its breaker has opened, or it took hopelessly long."""
        breakers = self._context.state.health.breakers
        keys = breaker_keys(attempt.target.provider, attempt.target.endpoint, self._category)
        if any(key in breakers and breakers[key].open_until is not None for key in keys):
            return True
        return hedging.given_up(self._p95_ms(attempt), time.monotonic() - attempt.began)

    def _fail(self, attempt: InflightAttempt, failure: Failure) -> None:
        """Record a failed attempt, except for one that was cancelled or had too little time from the start."""
        with self._lock:
            self._inflight.discard(attempt)
            if attempt.abandoned:
                return
            attempt.finish(failure.outcome.value, failure.detail, failure.status)
            self._queue.note_failure(attempt.candidate, failure.outcome)
        if attempt.call.cancelled or self._queue.had_no_time(
            attempt, failure, hedging.delay(self._p95_ms(attempt), math.inf)
        ):
            return
        record_failure(self._context, attempt.target, attempt.lookups, failure)

    def _complete(self, attempt: InflightAttempt, success: Success) -> None:
        """Collect the values of a successful attempt; cancel the others once all items are answered."""
        resolution = Resolution()
        with self._lock:
            self._inflight.discard(attempt)
            if attempt.abandoned:
                return
            attempt.finish(Outcome.OK.value, "", success.response.status)
            attempt.record.answered = len(success.values)
            corroborated = self._pending.collect(attempt, success, resolution)
            if not self._pending.items:
                self._cancel_others(attempt, resolution)
            asks_another = self._asks_another()
        if asks_another:
            thread_pool.pool.run(self._run_attempts)  # beside this thread, which asks the first of the two
        record_success(self._context, attempt.target, attempt.lookups, success, corroborated=corroborated)
        self._record_resolution(resolution)

    def _asks_another(self) -> bool:
        """Return True the first time that a value waits for confirmation: two further lineages are asked at once."""
        if self._confirming or not self._pending.unconfirmed or self._over.is_set():
            return False
        self._confirming = True
        return True

    def _cancel_others(self, winner: InflightAttempt, resolution: Resolution) -> None:
        """End the other attempts: a hedged one that began before the winner is a lost hedge, a failure."""
        self._over.set()
        for other in list(self._inflight):
            self._inflight.discard(other)
            other.abandoned = True
            if other.hedged and other.began <= winner.began:
                other.finish(Outcome.LOST_HEDGE.value, "another was asked later and answered first")
                resolution.failed.append((other, Failure(Outcome.LOST_HEDGE, "slower than a candidate asked later")))
            else:
                other.finish("cancelled", "")
            other.call.cancel()

    def _record_resolution(self, resolution: Resolution) -> None:
        """Record each failed attempt once, however many of its values were wrong; quarantine each wrong value."""
        state = self._context.state
        for attempt, failure in resolution.failed:
            record_failure(self._context, attempt.target, attempt.lookups, failure)
        for attempt in resolution.confirmed:
            state.write_changes(state.health.confirmed(attempt.target, time.time()))
        for attempt, item, entry in resolution.wrong:
            state.quarantine(attempt.target, item, entry.answer.value, entry.evidence)

    def _result(self) -> Result:
        """Close the decision and build the result; old values answer items that have no current one."""
        pending, decision, now = self._pending, self._decision, time.monotonic()
        pending.take_older()
        for item, answer in pending.old.items():
            pending.answered.setdefault(item, answer)
        decision.ms = (now - self._began) * 1000
        decision.deadline_ms = self._timeout * 1000
        decision.extra_calls_left = self._context.state.health.budget.left(time.time())
        if not pending.items:
            decision.status = "answered"
            return Result(dict(pending.answered), {}, decision, None)
        if now >= self._deadline:
            decision.status = "deadline"
        else:
            decision.status = "partial" if pending.answered else "failed"
        missing = pending.missing(self._queue.is_known)
        return Result(dict(pending.answered), missing, decision, self._queue.retry_at())
