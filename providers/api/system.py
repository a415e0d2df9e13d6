"""The system routes: health of providers, mirrors and breakers, computed from facts on each call."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.gzip import gzip_page
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from providers.api import query_params as parameters
from providers.api import schemas, structs
from providers.api import system_bodies as bodies
from providers.api.base import PublicView
from providers.domain.categories import Category
from providers.status.collect import collect

CATEGORIES = [category.value for category in Category]
BAD_PARAMETER = schemas.problems(s400="A parameter is not allowed.")


@method_decorator(gzip_page, name="dispatch")
class SystemView(PublicView):
    """Base of the system routes, which are never cached."""

    def respond(self, build: Callable[..., structs.Body], *arguments: Any) -> HttpResponse:
        """Collect the facts, build the body from them and send it."""
        return structs.respond(build(*collect(time.time()), *arguments))

    def category(self, request: Request) -> Category | None:
        """Return the category requested, or None for all; raises ValidationError for an unknown one."""
        parameters.reject_unknown(request.query_params, "category")
        name = parameters.choice(request.query_params, "category", CATEGORIES)
        return Category(name) if name else None


class ProvidersHealthView(SystemView):
    """Health of every provider."""

    @extend_schema(
        operation_id="providers_health",
        summary="Health of every provider",
        description="Each category's providers in chain order. A failure counts only against the provider that failed: "
        "one that was never called is unknown, and one that is not called now says why and until when.",
        parameters=[schemas.CATEGORY_PARAMETER],
        responses={200: bodies.ProvidersHealth} | BAD_PARAMETER,
        tags=["system"],
    )
    def get(self, request: Request) -> HttpResponse:
        """Answer with each category's links."""
        return self.respond(bodies.providers_health, self.category(request))


class BinanceHealthView(SystemView):
    """Health of Binance's mirrors."""

    @extend_schema(
        operation_id="binance_health",
        summary="Health of each of Binance's mirrors",
        description="The endpoints share one quota; each has its own breaker. The state is shared by all processes and "
        "kept over restarts.",
        responses={200: bodies.BinanceHealth} | BAD_PARAMETER,
        tags=["system"],
    )
    def get(self, request: Request) -> HttpResponse:
        """Answer with each mirror."""
        parameters.reject_unknown(request.query_params)
        return self.respond(bodies.binance_health)


class CircuitBreakersView(SystemView):
    """Breakers of all endpoints."""

    @extend_schema(
        operation_id="circuit_breakers",
        summary="The breaker over every endpoint",
        description="By category, in the order of calls. An open breaker keeps users' calls away until retry_at, when "
        "a probe is sent first.",
        parameters=[schemas.CATEGORY_PARAMETER],
        responses={200: bodies.CircuitBreakers} | BAD_PARAMETER,
        tags=["system"],
    )
    def get(self, request: Request) -> HttpResponse:
        """Answer with each category's breakers."""
        return self.respond(bodies.circuit_breakers, self.category(request))


class ProvidersStatsView(SystemView):
    """Statistics of every provider."""

    @extend_schema(
        operation_id="providers_stats",
        summary="Requests, success rates and latencies of every provider",
        description="Counted over all processes since the database was created. Unknown is null.",
        parameters=[schemas.CATEGORY_PARAMETER],
        responses={200: bodies.ProvidersStats} | BAD_PARAMETER,
        tags=["system"],
    )
    def get(self, request: Request) -> HttpResponse:
        """Answer with each category's statistics."""
        return self.respond(bodies.providers_stats, self.category(request))
