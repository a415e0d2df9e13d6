"""The public pages: prices and provider status. Each has a partial that refreshes it."""

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
from providers.status.collect import collect
from providers.status.link_status import LinkStatus, Status, link_statuses


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Show the price table; ``?q=`` searches."""
    return render(request, "markets/home.html", _prices(request))


@require_safe
@never_cache
def prices_partial(request: HttpRequest) -> HttpResponse:
    """Return the table and the source summary alone, for the refresh."""
    return render(request, "markets/_prices.html", _prices(request))


@require_safe
@never_cache
def status(request: HttpRequest) -> HttpResponse:
    """Show every chain with the status of its links."""
    return render(request, "markets/status.html", _status())


@require_safe
@never_cache
def status_partial(request: HttpRequest) -> HttpResponse:
    """Return the chains alone, for the refresh."""
    return render(request, "markets/_status.html", _status())


def _prices(request: HttpRequest) -> dict[str, Any]:
    table = price_table(request.GET.get("q", ""), datetime.now(UTC))
    configuration, facts = collect(time.time())
    links = link_statuses(configuration, facts, Category.MARKET_PRICE)[Category.MARKET_PRICE]
    names = {slug: provider.name for slug, provider in configuration.providers.items()}
    return {"table": table, "sources": links, "names": names}


def _status() -> dict[str, Any]:
    configuration, facts = collect(time.time())
    statuses = link_statuses(configuration, facts)
    served = {category: links for category, links in statuses.items() if _is_served(links)}
    return {
        "chains": [(configuration.chains[category], category, links) for category, links in served.items()],
        "idle": [category for category in statuses if category not in served],
        "total": sum(len(links) for links in statuses.values()),
        "failing": sum(link.condition.status.failing for links in statuses.values() for link in links),
        "unavailable": [category for category, links in statuses.items() if _is_unavailable(links)],
        "made_at": datetime.fromtimestamp(facts.now, UTC),
    }


def _is_served(links: Sequence[LinkStatus]) -> bool:
    """Return whether a category has a link whose provider can serve it at all."""
    return any(link.condition.status is not Status.UNSUPPORTED for link in links)


def _is_unavailable(links: Sequence[LinkStatus]) -> bool:
    """Return whether a category that should work has no available link."""
    statuses = [link.condition.status for link in links]
    return any(status.failing for status in statuses) and not any(status.available for status in statuses)
