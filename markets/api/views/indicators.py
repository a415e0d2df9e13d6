"""GET /api/indicators/{coin}: technical indicators of a coin's candles."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from markets.analysis import indicators
from markets.analysis.indicators import INDICATORS
from markets.api.params import symbols, words
from markets.api.problems import FAILURES, require_candles
from markets.api.schemas import analysis
from markets.feeds import cache_dependencies, queries
from markets.feeds.queries import CandleSeries
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api import structs
from providers.api.base import PublicView
from providers.domain.categories import Category
from providers.domain.market_data import INTERVALS
from providers.domain.wire_format import moment, money

CANDLES = indicators.warm_up(INDICATORS) + 1
"""Enough to settle any of them, and the forming one: one query, whichever are requested."""
DEFAULT = "rsi,macd,bb"


class IndicatorsView(PublicView):
    """Technical indicators of a coin."""

    @extend_schema(
        operation_id="indicators",
        summary="Technical indicators of a coin",
        description="Computed by TA-Lib from closed candles alone, with enough of them before that the beginning no "
        "longer matters (`settled`). What a history is too short for is null, with the reason. Words such as "
        "overbought are the textbook's names of ranges and no advice.",
        parameters=[analysis.COIN, analysis.INTERVAL, analysis.INDICATORS],
        responses={200: analysis.Indicators} | FAILURES,
        tags=["analysis"],
    )
    @responses.cached_response
    def get(self, request: Request, coin: str) -> Answer:
        """Answer with the requested indicators."""
        query = request.query_params
        parameters.reject_unknown(query, "interval", "indicators", "explain")
        interval = words.word(query, "interval", list(INTERVALS), "1h")
        names = _names(query)
        item = symbols.instrument(coin)
        series = require_candles(queries.candles(item.asset, quote=item.quote, interval=interval, limit=CANDLES))
        closed = series.computable
        body = analysis.Indicators(
            symbol=symbols.symbol(item),
            interval=series.interval,
            currency=series.currency,
            current_price=money(series.candles[-1].close),
            last_closed=moment(closed[-1].opens) if closed else None,
            candles=len(closed),
            indicators=indicators.compute(closed, names),
            meta=analysis.computed_meta("ta-lib", Category.TECHNICAL, [series], {coin: item}),
        )
        return computed_answer(body, [series])


def computed_answer(body: structs.Answer, inputs: Sequence[CandleSeries]) -> Answer:
    """The body as an answer that is as old as its oldest input, and valid as long as all of them."""
    fetched_at = min((series.meta.fetched_at for series in inputs if series.meta.fetched_at), default=None)
    return responses.build(body, fetched_at, cache_dependencies.combine(series.dependencies for series in inputs))


def _names(query: QueryDict) -> list[str]:
    names = [name.strip().lower() for name in query.get("indicators", DEFAULT).split(",")]
    if not set(names) <= set(INDICATORS):
        raise ValidationError({"indicators": f"Allowed, separated by commas: {', '.join(INDICATORS)}."})
    return list(dict.fromkeys(names))
