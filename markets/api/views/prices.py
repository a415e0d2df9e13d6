"""GET /api/prices: what coins cost now, from whom, and how old that is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from markets.api.params import symbols
from markets.api.presenters import prices as present
from markets.api.problems import problem_for
from markets.api.schemas import common
from markets.assets import registry
from markets.feeds import queries
from markets.response_cache import decorator
from markets.response_cache.decorator import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.api.schemas import problems
from providers.domain.market_data import Instrument


class PricesView(PublicView):
    @extend_schema(
        operation_id="prices",
        summary="Prices of up to 250 coins",
        description="Each row comes from the best source that is healthy now and names it, its currency and its age. "
        "Coins that cannot be priced are listed as missing, with the reason; nothing is guessed.",
        parameters=[common.SYMBOLS],
        responses={200: common.Prices}
        | problems(
            s400="A parameter is missing, unknown or not allowed; errors[] says which and what is.",
            s404="None of the coins named is known.",
            s503="No source could answer and nothing was known. Retry-After says when to ask again.",
            s504="No source answered within the deadline and nothing was known.",
        ),
        tags=["markets"],
    )
    @decorator.cached_response
    def get(self, request: Request) -> Answer:
        parameters.reject_unknown(request.query_params, "symbols", "explain")
        named = symbols.read(request.query_params)
        if not named.instruments:
            raise NotFound(_unknown(named.unknown))
        found = queries.prices(named.instruments)
        if not found.rows:
            raise problem_for(found.missing.values(), found.meta)
        now = datetime.now(UTC)
        return decorator.build(_body(named, found, now), found.meta.fetched_at, found.dependencies)


def _body(named: symbols.Named, found: queries.Prices, now: datetime) -> dict[str, Any]:
    ages = [present.age_when_made(row, now) for row in found.rows.values()]
    return {
        "success": True,
        "prices": [present.price_row(item, _symbol(item), row, now) for item, row in found.rows.items()],
        "missing": _missing(named.by_name, found.missing),
        "meta": present.meta(found.meta, ages, _taken(named.by_name)),
    }


def _symbol(item: Instrument) -> str:
    asset = registry.get(item.asset)
    return asset.symbol if asset else item.asset


def _missing(
    by_name: Mapping[str, Instrument | None], missing: Mapping[Instrument, queries.Missing]
) -> list[dict[str, Any]]:
    return [
        present.missing_row(name, missing[item] if item else None)
        for name, item in by_name.items()
        if item is None or item in missing
    ]


def _taken(by_name: Mapping[str, Instrument | None]) -> dict[str, str]:
    return {name: item.asset for name, item in by_name.items() if item is not None}


def _unknown(names: list[str]) -> str:
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return f"No coin of this name is known here: {shown}." if len(names) == 1 else f"No such coins: {shown}."
