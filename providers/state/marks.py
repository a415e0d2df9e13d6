"""Marks in the cache: something is done or queued, so that other processes leave it for some seconds.

A database cache compares expiry times with the clock, so a mark would last for hours after the clock was set back.
Therefore a mark holds its own end: one further ahead than its term counts as gone.
"""

from __future__ import annotations

import time

from django.core.cache import cache

SLACK_S = 10.0
"""Seconds by which the clocks of two hosts may differ."""


def take(name: str, seconds: float) -> bool:
    """Set a mark for some seconds; return False if it is set already. Raises the cache's errors."""
    now = time.time()
    if cache.add(name, now + seconds, seconds):
        return True
    ends = cache.get(name)
    if not isinstance(ends, float) or ends <= now + seconds + SLACK_S:
        return False
    cache.set(name, now + seconds, seconds)
    return True
