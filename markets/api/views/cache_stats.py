"""GET /api/cache/stats: entries, hits and misses of this process's caches."""

from __future__ import annotations

import time

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from markets.api.schemas import cache
from markets.feeds import category_cache, queries
from markets.response_cache.responses import response_cache
from providers.api import query_params as parameters
from providers.api import structs
from providers.api.base import PublicView
from providers.api.schemas import problems
from providers.api.system_bodies import local_meta
from providers.state.runtime import runtime


class CacheStatsView(PublicView):
    """Figures of the caches. The response is never cached."""

    @extend_schema(
        operation_id="cache_stats",
        summary="Entries, hits and misses of the caches",
        description="Counted by the process that answers, since each category was first requested. Values are counted, "
        "not requests: a request for three coins looks up three. Unknown is null, and `unknown` says why.",
        responses={200: cache.CacheStats} | problems(s400="There are no parameters here."),
        tags=["system"],
    )
    def get(self, request: Request) -> HttpResponse:
        """Answer with the figures now."""
        parameters.reject_unknown(request.query_params)
        stats = queries.cache_stats()
        answers = cache.kept_answers(response_cache.stats(), response_cache.bytes, response_cache.max_bytes)
        config = cache.CacheConfig(
            categories=cache.times(runtime().current().chains, category_cache.REVALIDATE_FACTOR),
            most_entries_per_category=category_cache.MAX_ENTRIES,
            soft_deadline_s=category_cache.SOFT_DEADLINE_S,
            most_waiting=category_cache.MAX_MISSES,
        )
        body = cache.CacheStats(
            overall_statistics=cache.overall(stats, answers),
            cache_breakdown=cache.breakdown(stats),
            cache_config=config,
            meta=local_meta("counters", time.time()),
        )
        return structs.respond(body)
