"""Daily deletion of rows that nobody reads any more: ended sessions, old login attempts, results of failed tasks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django_q.models import Schedule, Task

LOGINS = timedelta(days=30)
"""Time for an operator to look at attempts; lockouts last minutes."""
TASKS = timedelta(days=30)
ATTEMPTS = (AccessAttempt, AccessFailureLog, AccessLog)
SCHEDULE = "prune accounts"


def ensure_schedule() -> None:
    """Schedule `prune` daily. Idempotent."""
    daily = {"func": "cryptohub.ops.pruning.prune", "schedule_type": Schedule.DAILY, "repeats": -1}
    Schedule.objects.update_or_create(name=SCHEDULE, defaults=daily)


def prune() -> dict[str, int]:
    """Delete what has expired; return the number of rows by model."""
    now = datetime.now(UTC)
    expired = [
        Session.objects.filter(expire_date__lt=now),
        *(
            model.objects.filter(attempt_time__lt=now - LOGINS)
            for model in (AccessAttempt, AccessFailureLog, AccessLog)
        ),
        Task.objects.filter(stopped__lt=now - TASKS),
    ]
    return {rows.model.__name__: rows.delete()[0] for rows in expired}
