"""Coins that match what is being typed, for the boxes that ask for one."""

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
    typed = request.GET.get("coin", "").strip()
    found = registry.search(typed, LIMIT) if typed else registry.top(LIMIT)
    return render(request, "alerts/_suggestions.html", {"found": found, "typed": typed})
