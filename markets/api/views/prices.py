"""GET /api/prices: current prices with their source and age."""

from __future__ import annotations

from datetime import UTC, datetime

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from markets.api.params import symbols
from markets.api.problems import FAILURES, problem_for
from markets.api.schemas import common, prices
from markets.feeds import queries
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView


class PricesView(PublicView):
    """Prices of up to 250 coins."""

    @extend_schema(
        operation_id="prices",
        summary="Prices of up to 250 coins",
        description="Each row comes from the best source that is healthy now and names it, its currency and its age. "
        "Coins that cannot be priced are listed as missing, with the reason; nothing is guessed.",
        parameters=[common.SYMBOLS],
        examples=[prices.EXAMPLE],
        responses={200: prices.Prices} | FAILURES,
        tags=["markets"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        """Answer with the prices. Raises NotFound if no coin is known, else ``problem_for`` if none has a price."""
        parameters.reject_unknown(request.query_params, "symbols", "explain")
        requested = symbols.read(request.query_params)
        if not requested.instruments:
            raise NotFound(_unknown(requested.unknown))
        result = queries.prices(requested.instruments)
        if not result.rows:
            raise problem_for(result.missing.values(), result.meta)
        body = prices.prices(requested.by_name, result, datetime.now(UTC))
        return responses.build(body, result.meta.fetched_at, result.dependencies)


def _unknown(names: list[str]) -> str:
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return f"No coin of this name is known here: {shown}." if len(names) == 1 else f"No such coins: {shown}."
