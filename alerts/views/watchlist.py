"""The watchlist pages: add, remove and reorder coins, with prices that refresh."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from alerts.coin_input import parse_coin_of_list
from alerts.models import Watchlist
from alerts.views.access import MemberRequest, member_only
from alerts.watchlists import watchlists
from alerts.watchlists.rows import rows_for


@require_GET
@member_only
def page(request: MemberRequest, pk: int | None = None) -> HttpResponse:
    """Show one list; the default one without a key."""
    watchlist = watchlists.get_or_create(request.user) if pk is None else _own_watchlist(request, pk)
    context = _context(watchlist) | {"lists": Watchlist.objects.owned_by(request.user)}
    return render(request, "alerts/watchlist.html", context)


@require_GET
@member_only
def prices(request: MemberRequest, pk: int) -> HttpResponse:
    """Return the figures alone as out-of-band swaps, so that dragging and focus are not disturbed."""
    return render(request, "alerts/_watchlist_prices.html", _context(_own_watchlist(request, pk)))


@require_POST
@member_only
def add(request: MemberRequest, pk: int) -> HttpResponse:
    """Add the selected or typed coin."""
    watchlist = _own_watchlist(request, pk)
    try:
        slug = parse_coin_of_list(request.POST.get("slug", ""), request.POST.get("coin", "")).asset
        added = watchlists.add(watchlist, slug)
    except ValidationError as error:
        return _respond(request, watchlist, "error", " ".join(error.messages))
    return _respond(
        request, watchlist, "success" if added else "info", "" if added else "That coin is already on the list."
    )


@require_POST
@member_only
def change(request: MemberRequest, pk: int) -> HttpResponse:
    """Run a button: ``remove_coin``, ``up`` or ``down`` with a coin's id; without one, save the dragged order."""
    watchlist = _own_watchlist(request, pk)
    if slug := request.POST.get("remove_coin"):
        watchlists.remove(watchlist, slug)
    elif slug := request.POST.get("up"):
        watchlists.move(watchlist, slug, -1)
    elif slug := request.POST.get("down"):
        watchlists.move(watchlist, slug, +1)
    else:
        watchlists.reorder(watchlist, request.POST.getlist("order"))
        if request.htmx:
            return HttpResponse(status=204)  # the browser shows it in this order already
    return _respond(request, watchlist)


@require_POST
@member_only
def create(request: MemberRequest) -> HttpResponse:
    """Create a list with the posted name."""
    try:
        watchlist = watchlists.create(request.user, request.POST.get("name", "").strip())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("alerts:watchlist")
    return redirect("alerts:watchlist_named", pk=watchlist.pk)


@require_POST
@member_only
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    """Delete a list with its coins."""
    watchlist = _own_watchlist(request, pk)
    watchlist.delete()
    messages.success(request, f"The list “{watchlist.name}” is deleted.")
    return redirect("alerts:watchlist")


def _own_watchlist(request: MemberRequest, pk: int) -> Watchlist:
    """Return the user's own list; raises Http404 for others'."""
    return get_object_or_404(Watchlist.objects.owned_by(request.user), pk=pk)


def _context(watchlist: Watchlist) -> dict[str, Any]:
    rows = rows_for(watchlist.items.select_related("asset"), timezone.now())
    return {"watchlist": watchlist, "rows": rows}


def _respond(request: MemberRequest, watchlist: Watchlist, level: str = "success", text: str = "") -> HttpResponse:
    """Return the list for an htmx request, else redirect to its page; ``text`` is shown as a toast or message."""
    if not request.htmx:
        if text:
            messages.add_message(request, messages.ERROR if level == "error" else messages.INFO, text)
        return redirect("alerts:watchlist_named", pk=watchlist.pk)
    response = render(request, "alerts/_watchlist.html", _context(watchlist))
    if text:
        trigger_client_event(response, "toast", {"level": level, "text": text})
    return trigger_client_event(response, "combobox:clear", {}, after="settle") if level == "success" else response
