"""GET /api/correlations: how coins' returns moved together."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from markets.analysis import correlations
from markets.api import analysis_response
from markets.api.problems import candles_problem
from markets.api.schemas import analysis
from markets.feeds import candle_history
from markets.feeds.queries import CandleSeries
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.domain.categories import Category
from providers.domain.market_data import INTERVALS, Instrument

MOST_COINS = 20


class CorrelationsView(PublicView):
    @extend_schema(
        operation_id="correlations",
        summary="Correlations of coins' returns",
        description="Pearson's correlation of log returns over common candles, with their count; a pair with too few, "
        "or with a coin that did not move, is null with the reason.",
        parameters=[analysis.SYMBOLS, analysis.DAYS],
        responses={200: analysis.Correlations} | analysis_response.FAILURES,
        tags=["analysis"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        query = request.query_params
        parameters.reject_unknown(query, "symbols", "days", "explain")
        days = parameters.integer(query, "days", 30, 7, 365)
        named = analysis_response.coins(query, 2, MOST_COINS)
        interval = correlations.interval_for(days)
        limit = days * 86_400 // INTERVALS[interval] + 1
        found = candle_history.candles_of_many(list(named.values()), interval, limit)
        if sum(series.missing is None for series in found.values()) < 2:
            raise candles_problem(found.values())
        inputs = list(found.values())
        body = {
            "success": True,
            "days": days,
            "interval": interval,
            **_table(found),
            "meta": analysis_response.meta("correlations", Category.TECHNICAL, inputs, named),
        }
        return analysis_response.answer(inputs, body)


def _table(found: dict[Instrument, CandleSeries]) -> dict[str, Any]:
    returns = {
        analysis_response.symbol(item): correlations.returns_by_time(s.candles, s.interval) for item, s in found.items()
    }
    table = correlations.matrix(returns)
    pairs = [(one, other, pair) for one, row in table.items() for other, pair in row.items()]
    return {
        "symbols": list(returns),
        "correlations": {one: {other: pair.value for other, pair in row.items()} for one, row in table.items()},
        "observations": {one: {other: pair.observations for other, pair in row.items()} for one, row in table.items()},
        "intervals_95": {
            one: {other: None if pair.value is None else [pair.low, pair.high] for other, pair in row.items()}
            for one, row in table.items()
        },
        "interpretation": {f"{one}/{other}": correlations.in_words(pair) for one, other, pair in pairs if one < other},
        "unknown": {f"{one}/{other}": pair.reason for one, other, pair in pairs if pair.reason and one <= other},
    }
