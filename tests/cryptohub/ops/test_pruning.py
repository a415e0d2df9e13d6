"""Rows that nobody reads any more are deleted every day, and no others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django_q.models import Schedule, Task

from cryptohub.launch import prepare
from cryptohub.ops import pruning

pytestmark = pytest.mark.django_db


def test_ended_sessions_old_attempts_and_old_results_are_deleted() -> None:
    now = datetime.now(UTC)
    for days in (0, 1, 40):
        at = now - timedelta(days=days)
        Session.objects.create(session_key=f"session{days}", session_data="", expire_date=at + timedelta(hours=1))
        for model in (AccessAttempt, AccessFailureLog, AccessLog):
            row = model.objects.create(**({"failures_since_start": 1} if model is AccessAttempt else {}))
            model.objects.filter(pk=row.pk).update(attempt_time=at)
        Task.objects.create(id=f"task{days}", name="a", func="b", started=at, stopped=at, success=False)
    assert pruning.prune() == {"Session": 2, "AccessAttempt": 1, "AccessFailureLog": 1, "AccessLog": 1, "Task": 1}
    assert pruning.prune() == dict.fromkeys(["Session", "AccessAttempt", "AccessFailureLog", "AccessLog", "Task"], 0)


def test_it_is_scheduled_daily_and_once() -> None:
    prepare.schedules()
    prepare.schedules()
    schedule = Schedule.objects.get(func="cryptohub.ops.pruning.prune")
    assert schedule.schedule_type == Schedule.DAILY
