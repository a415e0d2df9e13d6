"""The queue after the clock was set back: what it keeps for a time far ahead becomes due."""

from __future__ import annotations

from datetime import datetime, timedelta

from django_q.models import OrmQ, Schedule

LONGEST_LOCK = timedelta(minutes=10)
"""Longest time ahead for which the queue keeps a task or a schedule by the minute: Q_CLUSTER["retry"] and a margin."""


def forget_future(now: datetime) -> int:
    """Make due what the queue keeps for a time further ahead than its longest; return how many rows.

    Such rows were written before the clock was set back: without this, the queue would stand still until it has caught
    up. A row is locked at most for the time after which it is tried again; schedules of this hub run daily or oftener.
    """
    locked = OrmQ.objects.filter(lock__gt=now + LONGEST_LOCK).update(lock=now)
    schedules = Schedule.objects.filter(schedule_type=Schedule.MINUTES, next_run__gt=now + LONGEST_LOCK)
    daily = Schedule.objects.filter(schedule_type=Schedule.DAILY, next_run__gt=now + timedelta(days=1, hours=1))
    return locked + schedules.update(next_run=now) + daily.update(next_run=now)
