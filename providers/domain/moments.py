"""Stored moments after the clock was set back. Pure; times are unix seconds.

A process stores moments by its own clock. If that clock is set back afterwards, they lie in the future, and a
comparison with the present time alone would wait until the clock has caught up. A moment further ahead than its longest
term cannot have been stored by the present clock: it counts as past.
"""

from __future__ import annotations

SLACK_S = 60.0
"""Seconds by which the clocks of two hosts, or one clock before and after a correction, may differ unnoticed."""


def is_ahead(moment: float, now: float, longest_s: float = 0.0) -> bool:
    """Return True if a moment is further ahead than its longest term: another clock stored it."""
    return moment > now + longest_s + SLACK_S


def is_pending(until: float, now: float, longest_s: float) -> bool:
    """Return True if ``until`` is still to come, and no further ahead than its longest term."""
    return now < until and not is_ahead(until, now, longest_s)


def is_within(since: float, now: float, seconds: float) -> bool:
    """Return True if less than ``seconds`` have passed since a moment; one too far ahead was long ago."""
    return now - since < seconds and not is_ahead(since, now)
