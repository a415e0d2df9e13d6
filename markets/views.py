"""The public pages: the prices, and how those who give them are. Each has a partial that refreshes it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from markets.price_table import price_table
from providers.domain.categories import Category
from providers.status import reports
from providers.status.collect import collect
from providers.status.link_status import LinkStatus, Status


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "markets/home.html", _prices(request))


@require_safe
@never_cache
def prices_partial(request: HttpRequest) -> HttpResponse:
    return render(request, "markets/_prices.html", _prices(request))


@require_safe
@never_cache
def status(request: HttpRequest) -> HttpResponse:
    return render(request, "markets/status.html", _status())


@require_safe
@never_cache
def status_partial(request: HttpRequest) -> HttpResponse:
    return render(request, "markets/_status.html", _status())


def _prices(request: HttpRequest) -> dict[str, Any]:
    shown = price_table(request.GET.get("q", ""), datetime.now(UTC))
    configuration, facts = collect(time.time())
    links = reports.link_statuses(configuration, facts, Category.MARKET_PRICE)[Category.MARKET_PRICE]
    names = {slug: provider.name for slug, provider in configuration.providers.items()}
    return {"board": shown, "sources": links, "names": names}


def _status() -> dict[str, Any]:
    configuration, facts = collect(time.time())
    found = reports.link_statuses(configuration, facts)
    chains = [
        (configuration.chains[category], category, links) for category, links in found.items() if _is_served(links)
    ]
    alone = [category for category, links in found.items() if _has_no_available_link(links)]
    return {
        "chains": chains,
        "idle": [category for category, links in found.items() if not _is_served(links)],
        "summary": reports.health_summary(found),
        "alone": alone,
        "made_at": datetime.fromtimestamp(facts.now, UTC),
    }


def _is_served(links: Sequence[LinkStatus]) -> bool:
    """Whether there is anyone who could be asked at all, were they well and configured."""
    return any(standing.condition.status is not Status.UNSUPPORTED for standing in links)


def _has_no_available_link(links: Sequence[LinkStatus]) -> bool:
    """Whether a category that should work has nobody who can be asked."""
    statuses = [standing.condition.status for standing in links]
    return any(status.failing for status in statuses) and not any(status.available for status in statuses)
