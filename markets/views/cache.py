"""GET /api/cache/stats: what this process's caches hold, and what they were good for."""

from __future__ import annotations

import time
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from markets import cache_report, feed, feeds
from markets.views import answers, shapes_cache
from providers import parameters, reports
from providers.public import PublicView
from providers.shapes import problems
from providers.state import state


class CacheStatsView(PublicView):
    """Never cached."""

    @extend_schema(
        operation_id="cache_stats",
        summary="What the caches hold and were good for",
        description="Counted by the process that answers, since it first asked for each category. Values are counted, "
        "not requests: a question about three coins looks up three. Unknown is null, and `unknown` says why.",
        responses={200: shapes_cache.CacheStats} | problems(s400="There are no parameters here."),
        tags=["system"],
    )
    def get(self, request: Request) -> Response:
        parameters.only(request.query_params)
        return Response(_body(time.time()), headers={"Cache-Control": "no-store"})


def _body(now: float) -> dict[str, Any]:
    counted = feeds.counted()
    kept = cache_report.answers(answers.shelf.counted(), answers.shelf.bytes, answers.shelf.most_bytes)
    return {
        "success": True,
        "overall_statistics": {"scope": "process"} | cache_report.overall(counted) | {"kept_answers": kept},
        "cache_breakdown": cache_report.breakdown(counted),
        "cache_config": {
            "categories": cache_report.config(state().current().chains, feed.SPREAD),
            "most_entries_per_category": feed.MOST_ENTRIES,
            "soft_deadline_s": feed.SOFT_S,
            "most_waiting": feed.MOST_MISSES,
        },
        "meta": reports.own("counters", now),
    }
