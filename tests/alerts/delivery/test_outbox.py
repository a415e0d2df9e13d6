"""Every event reaches its channel at least once, and a row that cannot be delivered is quarantined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail import BadHeaderError, EmailMessage

from alerts.delivery.outbox import CLAIM_DURATION, DeliveryOutcome, categorise, deliver_due
from alerts.models import Delivery, DeliveryStatus
from tests.alerts.conftest import NOW

Make = Callable[..., Any]


def fail_with(error: Exception) -> Callable[[EmailMessage], None]:
    def send(_message: EmailMessage) -> None:
        raise error

    return send


def deliver(send: Callable[[EmailMessage], object] = EmailMessage.send, at: Any = NOW) -> Counter[DeliveryOutcome]:
    return deliver_due(lambda: at, send)


@pytest.mark.django_db
def test_a_due_row_is_sent_and_recorded(make_delivery: Make, ann: Any) -> None:
    row = make_delivery()
    assert deliver() == {DeliveryOutcome.SENT: 1}
    row.refresh_from_db()
    assert (row.status, row.attempts, row.sent_at) == (DeliveryStatus.SENT, 1, NOW)
    assert [message.to for message in mail.outbox] == [[ann.email]]
    assert deliver() == {}


@pytest.mark.django_db
def test_the_email_gives_the_crossing_and_the_source_of_the_price(make_delivery: Make) -> None:
    make_delivery()
    deliver()
    message = mail.outbox[0]
    assert message.subject == "BTC rose to 100.50 USDT"
    for part in ("Bitcoin (BTC)", "100.5 USDT", "binance (api.binance.com)", "2026-01-01 11:59:59 UTC"):
        assert part in message.body
    assert "not confirmed" not in message.body


@pytest.mark.django_db
def test_copies_of_an_email_have_the_same_message_id(make_delivery: Make) -> None:
    row = make_delivery()
    deliver()
    Delivery.objects.filter(pk=row.pk).update(status=DeliveryStatus.PENDING, next_try_at=NOW)
    deliver()
    first, second = (message.message()["Message-ID"] for message in mail.outbox)
    assert first == second == f"<alert-event-{row.event_id}@localhost>"


@pytest.mark.django_db
def test_a_server_that_cannot_be_reached_costs_one_row_one_attempt(make_delivery: Make) -> None:
    first, second = make_delivery(), make_delivery()
    assert deliver(fail_with(ConnectionRefusedError())) == {DeliveryOutcome.UNREACHABLE: 1}
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.attempts, second.attempts) == (DeliveryStatus.PENDING, 1, 0)
    assert NOW + timedelta(seconds=10) <= first.next_try_at <= NOW + timedelta(seconds=20)


@pytest.mark.django_db
def test_a_row_that_always_fails_is_quarantined(make_delivery: Make) -> None:
    row, at = make_delivery(), NOW
    for _ in range(12):
        deliver(fail_with(TimeoutError()), at)
        at += timedelta(hours=2)
    row.refresh_from_db()
    assert (row.status, row.attempts, row.last_outcome) == ("quarantined", 12, "unreachable")
    assert deliver(at=at) == {}


@pytest.mark.django_db
def test_a_refused_recipient_is_not_tried_again(make_delivery: Make) -> None:
    row = make_delivery()
    deliver(fail_with(SMTPRecipientsRefused({"ann@example.org": (550, b"no such user")})))
    row.refresh_from_db()
    assert (row.status, row.last_outcome) == ("quarantined", "refused")


@pytest.mark.django_db
def test_a_missing_address_is_recorded_as_such(make_delivery: Make, ann: Any) -> None:
    row = make_delivery()
    ann.email = ""
    ann.save()
    assert deliver() == {DeliveryOutcome.NO_ADDRESS: 1}
    row.refresh_from_db()
    assert row.status == "quarantined"


@pytest.mark.django_db
def test_a_row_whose_worker_died_comes_due_again_with_the_attempt_counted(make_delivery: Make) -> None:
    row = make_delivery()
    with pytest.raises(KeyboardInterrupt):
        deliver_due(lambda: NOW, fail_with_interrupt)
    row.refresh_from_db()
    assert (row.status, row.attempts, row.last_outcome) == ("pending", 1, "started")
    assert deliver(at=NOW + CLAIM_DURATION - timedelta(seconds=1)) == {}
    assert deliver(at=NOW + CLAIM_DURATION) == {DeliveryOutcome.SENT: 1}


def fail_with_interrupt(_message: EmailMessage) -> None:
    raise KeyboardInterrupt


@pytest.mark.django_db
def test_a_row_that_kills_its_workers_runs_out_of_attempts(make_delivery: Make) -> None:
    row, at = make_delivery(), NOW
    for _ in range(12):
        with pytest.raises(KeyboardInterrupt):
            deliver_due(lambda: at, fail_with_interrupt)  # noqa: B023  # called before at moves on
        at += CLAIM_DURATION
    assert deliver(at=at) == {}
    row.refresh_from_db()
    assert (row.status, row.attempts, row.last_outcome) == ("quarantined", 12, "started")


@pytest.mark.django_db
def test_a_row_claimed_by_another_worker_is_skipped(make_delivery: Make) -> None:
    make_delivery()
    posted: list[str] = []

    def send_while_another_runs(message: EmailMessage) -> None:
        assert deliver(posted.append) == {}  # type: ignore[arg-type]  # it must not be called at all
        posted.append(str(message.subject))

    assert deliver(send_while_another_runs) == {DeliveryOutcome.SENT: 1}
    assert len(posted) == 1


@pytest.mark.django_db
def test_a_run_leaves_the_rest_when_its_time_is_over(make_delivery: Make) -> None:
    make_delivery()
    make_delivery()
    times = iter([NOW, NOW, NOW, NOW, NOW + timedelta(seconds=61)])
    assert deliver_due(lambda: next(times)) == {DeliveryOutcome.SENT: 1}


@pytest.mark.django_db
def test_an_operator_can_release_rows_from_quarantine(make_delivery: Make) -> None:
    make_delivery(status=DeliveryStatus.QUARANTINED, attempts=12)
    assert Delivery.objects.all().try_again(NOW) == 1
    assert deliver() == {DeliveryOutcome.SENT: 1}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ConnectionRefusedError(), DeliveryOutcome.UNREACHABLE),
        (SMTPServerDisconnected(), DeliveryOutcome.UNREACHABLE),
        (SMTPDataError(451, b"later"), DeliveryOutcome.DEFERRED),
        (SMTPDataError(554, b"no"), DeliveryOutcome.REFUSED),
        (SMTPRecipientsRefused({"a@b": (450, b"busy")}), DeliveryOutcome.DEFERRED),
        (BadHeaderError(), DeliveryOutcome.UNSENDABLE),
    ],
)
def test_exceptions_are_mapped_to_outcomes(error: Any, outcome: DeliveryOutcome) -> None:
    assert categorise(error) is outcome
