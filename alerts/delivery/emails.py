"""The e-mail about an alert event."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string

from alerts.models import AlertEvent

TIMEOUT_S = 10
"""Timeout of each step with the mail server; without one a hung server would block a worker."""


def email_for(event: AlertEvent, address: str) -> EmailMessage:
    """Build the plain-text e-mail of an event; its Message-ID names the event, so that copies can be recognised."""
    subject = render_to_string("alerts/email/subject.txt", {"event": event}).strip()
    body = render_to_string("alerts/email/body.txt", {"event": event, "brand": "CryptoHub"})
    headers = {"Message-ID": f"<alert-event-{event.pk}@{_domain()}>"}
    connection = get_connection(timeout=TIMEOUT_S)
    return EmailMessage(subject=subject, body=body, to=[address], headers=headers, connection=connection)


def _domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ")
