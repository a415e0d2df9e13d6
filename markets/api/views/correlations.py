"""GET /api/correlations: correlations of coins' returns."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from markets.analysis import correlations
from markets.api.params import symbols
from markets.api.problems import FAILURES, candles_problem
from markets.api.schemas import analysis
from markets.api.views.indicators import computed_answer
from markets.feeds import candle_history
from markets.feeds.queries import CandleSeries
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.domain.categories import Category
from providers.domain.market_data import INTERVALS, Instrument

MAX_COINS = 20


class CorrelationsView(PublicView):
    """Correlations of returns."""

    @extend_schema(
        operation_id="correlations",
        summary="Correlations of coins' returns",
        description="Pearson's correlation of log returns over common candles, with their count; a pair with too few, "
        "or with a coin that did not move, is null with the reason.",
        parameters=[analysis.SYMBOLS, analysis.DAYS],
        responses={200: analysis.Correlations} | FAILURES,
        tags=["analysis"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        """Answer with a table of correlations."""
        query = request.query_params
        parameters.reject_unknown(query, "symbols", "days", "explain")
        days = parameters.integer(query, "days", 30, 7, 365)
        requested = symbols.instruments(query, 2, MAX_COINS)
        interval = correlations.interval_for(days)
        limit = days * 86_400 // INTERVALS[interval] + 1
        series = candle_history.candles_of_many(list(requested.values()), interval, limit)
        if sum(each.missing is None for each in series.values()) < 2:
            raise candles_problem(series.values())
        inputs = list(series.values())
        meta = analysis.computed_meta("correlations", Category.TECHNICAL, inputs, requested)
        return computed_answer(_body(days, interval, series, meta), inputs)


def _body(
    days: int, interval: str, series: dict[Instrument, CandleSeries], meta: analysis.ComputedMeta
) -> analysis.Correlations:
    returns = {
        symbols.symbol(item): correlations.returns_by_time(each.candles, each.interval) for item, each in series.items()
    }
    table = correlations.matrix(returns)
    pairs = [(first, second, pair) for first, row in table.items() for second, pair in row.items()]
    return analysis.Correlations(
        days=days,
        interval=interval,
        symbols=list(returns),
        correlations={first: {second: pair.value for second, pair in row.items()} for first, row in table.items()},
        observations={
            first: {second: pair.observations for second, pair in row.items()} for first, row in table.items()
        },
        intervals_95={
            first: {second: None if pair.value is None else [pair.low, pair.high] for second, pair in row.items()}
            for first, row in table.items()
        },
        interpretation={
            f"{first}/{second}": correlations.in_words(pair) for first, second, pair in pairs if first < second
        },
        unknown={f"{first}/{second}": pair.reason for first, second, pair in pairs if pair.reason and first <= second},
        meta=meta,
    )
