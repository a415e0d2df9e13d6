"""The outbox: delivers events by e-mail, at least once.

A claim counts the attempt before it is made, so a row is neither lost nor tried for ever.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from smtplib import SMTPDataError, SMTPRecipientsRefused

from django.core.mail import BadHeaderError, EmailMessage

from alerts.delivery.emails import email_for
from alerts.delivery.retry_policy import is_exhausted, retry_delay
from alerts.models import Delivery, DeliveryStatus

CLAIM_DURATION = timedelta(seconds=120)
"""Duration of a claim: longer than a task may run, so that no other worker sends the row meanwhile."""

RUN_LIMIT = timedelta(seconds=60)
"""Duration after which a run leaves the remaining rows to the next one: within the queue's timeout."""

logger = logging.getLogger(__name__)

Send = Callable[[EmailMessage], object]


class DeliveryOutcome(StrEnum):
    """The outcome of an attempt. ``started`` on a row whose claim has lapsed means that its worker died."""

    STARTED = "started"
    SENT = "sent"
    UNREACHABLE = "unreachable"
    DEFERRED = "deferred"
    REFUSED = "refused"
    NO_ADDRESS = "no address"
    UNSENDABLE = "unsendable"


PERMANENT_FAILURES = frozenset({DeliveryOutcome.REFUSED, DeliveryOutcome.NO_ADDRESS, DeliveryOutcome.UNSENDABLE})
"""Outcomes that another attempt cannot change."""


def deliver_due(
    clock: Callable[[], datetime], send: Send = EmailMessage.send, limit: int = 100, run_limit: timedelta = RUN_LIMIT
) -> Counter[DeliveryOutcome]:
    """Attempt the due rows, oldest first, and count the outcomes. Workers may run this concurrently.

    1. Read a batch; claim each row by compare-and-set just before its attempt.
    2. Record the outcome: sent, to be tried again later, or quarantined.
    3. Stop early if the server cannot be reached: the other rows would only lose an attempt each.
    """
    counts: Counter[DeliveryOutcome] = Counter()
    stop_at = clock() + run_limit
    for row in Delivery.objects.due(clock()).select_related("event__owner", "event__asset")[:limit]:
        now = clock()
        if now >= stop_at:
            break
        if not _claim(row, now):
            continue
        outcome = _attempt(row, send)
        _record(row, outcome, clock())
        counts[outcome] += 1
        if outcome is DeliveryOutcome.UNREACHABLE:
            break
    return counts


def categorise(error: OSError | BadHeaderError) -> DeliveryOutcome:
    """Return the outcome for an exception of the mail library; SMTPException is an OSError."""
    if isinstance(error, BadHeaderError):
        return DeliveryOutcome.UNSENDABLE
    if isinstance(error, SMTPRecipientsRefused):
        return _outcome_of_code(min(code for code, _reason in error.recipients.values()))
    if isinstance(error, SMTPDataError):
        return _outcome_of_code(error.smtp_code)
    return DeliveryOutcome.UNREACHABLE


def _outcome_of_code(code: int) -> DeliveryOutcome:
    return DeliveryOutcome.REFUSED if code >= 500 else DeliveryOutcome.DEFERRED


def _claim(row: Delivery, now: datetime) -> bool:
    """Claim the row for ``CLAIM_DURATION`` and count the attempt; quarantine a row that has none left."""
    unchanged = Delivery.objects.not_changed_since(row)
    if is_exhausted(row.attempts):
        unchanged.update(status=DeliveryStatus.QUARANTINED)
        return False
    row.attempts += 1
    return (
        unchanged.update(attempts=row.attempts, next_try_at=now + CLAIM_DURATION, last_outcome=DeliveryOutcome.STARTED)
        == 1
    )


def _attempt(row: Delivery, send: Send) -> DeliveryOutcome:
    address = row.event.owner.email
    if not address:
        return DeliveryOutcome.NO_ADDRESS
    try:
        send(email_for(row.event, address))
    except (OSError, BadHeaderError) as error:
        outcome = categorise(error)
        logger.warning("delivery %s, attempt %s: %s", row.pk, row.attempts, outcome)
        return outcome
    return DeliveryOutcome.SENT


def _record(row: Delivery, outcome: DeliveryOutcome, now: datetime) -> None:
    """Record the outcome. A sent row is recorded as sent even if the claim lapsed and another worker tried since."""
    pending = Delivery.objects.filter(pk=row.pk, status=DeliveryStatus.PENDING)
    if outcome is DeliveryOutcome.SENT:
        pending.update(status=DeliveryStatus.SENT, sent_at=now, last_outcome=outcome)
        return
    finished = outcome in PERMANENT_FAILURES or is_exhausted(row.attempts)
    pending.filter(attempts=row.attempts).update(
        status=DeliveryStatus.QUARANTINED if finished else DeliveryStatus.PENDING,
        next_try_at=now + retry_delay(row.attempts),
        last_outcome=outcome,
    )
