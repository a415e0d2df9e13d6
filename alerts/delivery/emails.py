"""The e-mail that tells a user what happened."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string

from alerts.models import AlertEvent

TIMEOUT_S = 10
"""How long a mail server may take for each step; without one a hung server would hold a worker."""


def email_for(event: AlertEvent, address: str) -> EmailMessage:
    """An event as a plain text e-mail. Its Message-ID is the event's own: a second copy can be told to be one."""
    subject = render_to_string("alerts/email/subject.txt", {"event": event}).strip()
    body = render_to_string("alerts/email/body.txt", {"event": event, "brand": "CryptoHub"})
    headers = {"Message-ID": f"<alert-event-{event.pk}@{_domain()}>"}
    connection = get_connection(timeout=TIMEOUT_S)
    return EmailMessage(subject=subject, body=body, to=[address], headers=headers, connection=connection)


def _domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ")
