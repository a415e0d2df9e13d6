"""Suggestions for coin input boxes."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from alerts.views.access import MemberRequest, member_only
from markets.assets import registry

LIMIT = 8


@require_GET
@member_only
def suggestions(request: MemberRequest) -> HttpResponse:
    """List the coins that match the typed text; the top coins while nothing is typed."""
    typed = request.GET.get("coin", "").strip()
    assets = registry.search(typed, LIMIT) if typed else registry.top(LIMIT)
    return render(request, "alerts/_suggestions.html", {"assets": assets, "typed": typed})
