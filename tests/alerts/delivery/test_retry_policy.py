"""Deliveries are tried again later and later, and not for ever."""

from __future__ import annotations

from datetime import timedelta

from alerts.delivery.retry_policy import is_exhausted, retry_delay


def test_pauses_grow_and_never_exceed_an_hour() -> None:
    pauses = [retry_delay(attempts) for attempts in range(1, 13)]
    assert timedelta(seconds=10) <= pauses[0] <= timedelta(seconds=20)
    assert pauses[1] >= timedelta(seconds=20)
    assert pauses[5] >= timedelta(seconds=320)
    assert max(pauses) == timedelta(hours=1)


def test_the_twelfth_attempt_is_the_last() -> None:
    assert not is_exhausted(0)
    assert not is_exhausted(11)
    assert is_exhausted(12)
    assert is_exhausted(13)
