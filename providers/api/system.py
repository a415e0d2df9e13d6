"""The system routes: how providers, mirrors and breakers are, for anyone who asks. Computed from facts on each call."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.utils.decorators import method_decorator
from django.views.decorators.gzip import gzip_page
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from providers.api import query_params as parameters
from providers.api import schemas
from providers.api.base import PublicView
from providers.domain.categories import Category
from providers.status import reports
from providers.status.collect import collect

CATEGORIES = [category.value for category in Category]
BAD = schemas.problems(s400="A parameter is not allowed.")


@method_decorator(gzip_page, name="dispatch")
class SystemView(PublicView):
    """Never cached."""

    def respond(self, report: Callable[..., dict[str, Any]], *arguments: Any) -> Response:
        now = time.time()
        body = {"success": True} | report(*collect(now), *arguments) | {"meta": reports.local_meta("health", now)}
        return Response(body, headers={"Cache-Control": "no-store"})

    def category(self, request: Request) -> Category | None:
        """The one category asked for, or None for all."""
        parameters.reject_unknown(request.query_params, "category")
        named = parameters.choice(request.query_params, "category", CATEGORIES)
        return Category(named) if named else None


class ProvidersHealthView(SystemView):
    @extend_schema(
        operation_id="providers_health",
        summary="How every provider is",
        description="Each category's providers in their order. Blamed is exactly who failed: one that was never asked "
        "is unknown, and one that is kept out says why and until when.",
        parameters=[schemas.CATEGORY_PARAMETER],
        responses={200: schemas.ProvidersHealth} | BAD,
        tags=["system"],
    )
    def get(self, request: Request) -> Response:
        return self.respond(reports.providers_health, self.category(request))


class BinanceHealthView(SystemView):
    @extend_schema(
        operation_id="binance_health",
        summary="How each of Binance's mirrors is",
        description="The endpoints share one quota; each has its own breaker. Shared by every process, and kept over "
        "restarts.",
        responses={200: schemas.BinanceHealth} | BAD,
        tags=["system"],
    )
    def get(self, request: Request) -> Response:
        parameters.reject_unknown(request.query_params)
        return self.respond(reports.binance_health)


class CircuitBreakersView(SystemView):
    @extend_schema(
        operation_id="circuit_breakers",
        summary="The breaker over every endpoint",
        description="By category, in the order endpoints are asked. An open breaker keeps users' traffic away until "
        "retry_at, when a probe tries first.",
        parameters=[schemas.CATEGORY_PARAMETER],
        responses={200: schemas.CircuitBreakers} | BAD,
        tags=["system"],
    )
    def get(self, request: Request) -> Response:
        return self.respond(reports.circuit_breakers, self.category(request))


class ProvidersStatsView(SystemView):
    @extend_schema(
        operation_id="providers_stats",
        summary="Who answered how much, how well and how fast",
        description="Counted since the database was made, over every process. Unknown is null.",
        parameters=[schemas.CATEGORY_PARAMETER],
        responses={200: schemas.ProvidersStats} | BAD,
        tags=["system"],
    )
    def get(self, request: Request) -> Response:
        return self.respond(reports.providers_stats, self.category(request))
