"""The inbox: events of the user's alerts, newest first."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from alerts.models import AlertEvent
from alerts.views.access import MemberRequest, member_only

PER_PAGE = 50
LONGEST_ID = 18
"""Digits of a key that every database can compare with."""


@require_GET
@member_only
def page(request: MemberRequest) -> HttpResponse:
    """Show a page of events. An htmx request passes what it shows; 204 if that has not changed."""
    context = _context(request)
    if not request.htmx:
        return render(request, "alerts/inbox.html", context)
    if request.GET.get("shown") == context["shown"]:
        return HttpResponse(status=204)
    return render(request, "alerts/_inbox.html", context)


@require_POST
@member_only
def read(request: MemberRequest) -> HttpResponse:
    """Mark one event (``event``) as read, or all of them."""
    events = AlertEvent.objects.owned_by(request.user)
    if (event_id := request.POST.get("event")) is not None:
        events = events.filter(pk=int(event_id)) if _is_id(event_id) else events.none()
    events.mark_read(timezone.now())
    if not request.htmx:
        return redirect("alerts:inbox")
    return trigger_client_event(render(request, "alerts/_inbox.html", _context(request)), "inbox", {})


@require_GET
@member_only
def badge(request: MemberRequest) -> HttpResponse:
    """Show the number of unread events, for the navigation."""
    return render(request, "alerts/_inbox_badge.html", {"unread": _own_events(request).unread().count()})


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID


def _own_events(request: MemberRequest) -> Any:
    return AlertEvent.objects.owned_by(request.user).select_related("asset")


def _context(request: MemberRequest) -> dict[str, Any]:
    rows = _own_events(request)
    events = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    unread, newest = rows.unread().count(), next((event.pk for event in events), 0)
    return {"events": events, "unread": unread, "shown": f"{newest}-{unread}"}
