"""Retry policy of deliveries: a tenacity policy whose state is the attempt count of the outbox row."""

from __future__ import annotations

from datetime import timedelta

from tenacity import RetryCallState, Retrying, stop_after_attempt, wait_exponential_jitter

DELIVERY = Retrying(stop=stop_after_attempt(12), wait=wait_exponential_jitter(multiplier=10, max=3600, jitter=10))
"""Delays of about 10 s, 20 s, 40 s ... up to an hour: twelve attempts in about three and a half hours."""


def is_exhausted(attempts: int, policy: Retrying = DELIVERY) -> bool:
    """Return whether a row with this many attempts has had its last."""
    return attempts > 0 and bool(policy.stop(_call_state(attempts, policy)))


def retry_delay(attempts: int, policy: Retrying = DELIVERY) -> timedelta:
    """Return the delay after this many attempts."""
    return timedelta(seconds=policy.wait(_call_state(attempts, policy)))


def _call_state(attempts: int, policy: Retrying) -> RetryCallState:
    state = RetryCallState(policy, fn=None, args=(), kwargs={})
    state.attempt_number = attempts
    return state
