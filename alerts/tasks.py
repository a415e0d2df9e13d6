"""The queue's tasks: a loop that evaluates every few seconds, and deliveries apart from it, so that no mail server
can hold up an evaluation.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.core.cache import cache
from django_q.models import Schedule
from django_q.tasks import async_task

from alerts.delivery.outbox import deliver_due
from alerts.evaluation.evaluate import INTERVAL_S, evaluate
from alerts.models import Delivery
from providers.background import leased_loop
from providers.state import runtime

EVALUATION_LEASE = "alerts.watch"


def ensure_schedules() -> None:
    """Have the loop started every minute, and once now: a newcomer takes over from one that is at work."""
    schedule = {"func": "alerts.tasks.watch", "schedule_type": Schedule.MINUTES, "minutes": 1, "repeats": -1}
    Schedule.objects.update_or_create(name=EVALUATION_LEASE, defaults={**schedule, "intended_date_kwarg": "due"})
    async_task("alerts.tasks.watch", due=_now().isoformat(), group=EVALUATION_LEASE)  # type: ignore[no-untyped-call]  # django-q2 ships no types


def watch(due: str | None = None) -> int:
    """Evaluate every few seconds until another takes over; the number of turns."""
    if leased_loop.overdue(due, _now()):
        return 0
    runtime.start()
    return leased_loop.run(EVALUATION_LEASE, evaluate_once, every=INTERVAL_S)


def evaluate_once() -> None:
    """One evaluation, and a task for what there is to deliver."""
    evaluate(_now())
    if Delivery.objects.due(_now()).exists() and cache.add("alerts:delivering", "1", 10):
        async_task("alerts.tasks.deliver", group="alerts.deliver")  # type: ignore[no-untyped-call]  # as above


def deliver() -> dict[str, int]:
    """Attempt what is due; how each ended."""
    return {outcome.value: count for outcome, count in deliver_due(_now).items()}


def _now() -> datetime:
    return datetime.now(UTC)
