"""Queue tasks of alerts: the evaluation loop and the deliveries.

Deliveries are tasks of their own, so that a slow mail server cannot delay an evaluation.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from django_q.models import Schedule
from django_q.tasks import async_task

from alerts.delivery.outbox import deliver_due
from alerts.evaluation.evaluate import INTERVAL_S, evaluate
from alerts.models import Delivery
from providers.background import leased_loop, standing_loop
from providers.state import marks, runtime

EVALUATION_LEASE = "alerts.watch"


def ensure_schedules() -> None:
    """Schedule the loop every minute and queue it once now; each start takes over from the loop that runs."""
    schedule = {"func": "alerts.tasks.watch", "schedule_type": Schedule.MINUTES, "minutes": 1, "repeats": -1}
    Schedule.objects.update_or_create(name=EVALUATION_LEASE, defaults={**schedule, "intended_date_kwarg": "due"})
    async_task("alerts.tasks.watch", due=_now().isoformat(), group=EVALUATION_LEASE)  # type: ignore[no-untyped-call]  # django-q2 ships no types


def stand_by(stop: threading.Event) -> None:
    """Evaluate every few seconds while this worker holds the lease, until ``stop`` is set."""
    runtime.start()
    standing_loop.run(EVALUATION_LEASE, evaluate_once, every_s=INTERVAL_S, stop=stop)


def watch(due: str | None = None) -> int:
    """Evaluate every few seconds until another loop takes over; return the number of evaluations.

    Only for a cluster started without `cryptohub.worker`, whose own loop does this otherwise.
    """
    if standing_loop.is_announced() or leased_loop.is_overdue(due, _now()):
        return 0
    runtime.start()
    return leased_loop.run(EVALUATION_LEASE, evaluate_once, every_s=INTERVAL_S)


def evaluate_once() -> None:
    """Evaluate once, and queue a delivery task if rows are due."""
    evaluate(_now())
    if Delivery.objects.due(_now()).exists() and marks.take("alerts:delivering", 10.0):
        async_task("alerts.tasks.deliver", group="alerts.deliver")  # type: ignore[no-untyped-call]  # as above


def deliver() -> dict[str, int]:
    """Attempt the due deliveries; return the count of each outcome."""
    return {outcome.value: count for outcome, count in deliver_due(_now).items()}


def _now() -> datetime:
    return datetime.now(UTC)
