"""GET /api/cache/stats: what this process's caches hold, and what they were good for."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from markets.api.schemas import cache
from markets.feeds import category_cache, queries
from markets.response_cache import report, responses
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.api.schemas import problems
from providers.api.system_bodies import local_meta
from providers.state.runtime import runtime


class CacheStatsView(PublicView):
    """Never cached."""

    @extend_schema(
        operation_id="cache_stats",
        summary="What the caches hold and were good for",
        description="Counted by the process that answers, since it first asked for each category. Values are counted, "
        "not requests: a question about three coins looks up three. Unknown is null, and `unknown` says why.",
        responses={200: cache.CacheStats} | problems(s400="There are no parameters here."),
        tags=["system"],
    )
    def get(self, request: Request) -> Response:
        parameters.reject_unknown(request.query_params)
        return Response(_body(time.time()), headers={"Cache-Control": "no-store"})


def _body(now: float) -> dict[str, Any]:
    counted = queries.cache_stats()
    kept = report.response_figures(
        responses.response_cache.stats(), responses.response_cache.bytes, responses.response_cache.max_bytes
    )
    return {
        "success": True,
        "overall_statistics": {"scope": "process"} | report.overall(counted) | {"kept_answers": kept},
        "cache_breakdown": report.by_category(counted),
        "cache_config": {
            "categories": report.config(runtime().current().chains, category_cache.REVALIDATE_FACTOR),
            "most_entries_per_category": category_cache.MAX_ENTRIES,
            "soft_deadline_s": category_cache.SOFT_DEADLINE_S,
            "most_waiting": category_cache.MAX_MISSES,
        },
        "meta": msgspec.to_builtins(local_meta("counters", now)),
    }
