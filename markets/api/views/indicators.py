"""GET /api/indicators/{coin}: technical indicators of a coin's candles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from markets.analysis import indicators
from markets.analysis.indicators import INDICATORS
from markets.api import analysis_response
from markets.api.problems import require_candles
from markets.api.schemas import analysis
from markets.feeds import queries
from markets.feeds.queries import CandleSeries
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.domain.categories import Category
from providers.domain.market_data import INTERVALS, Instrument
from providers.domain.wire_format import moment, money

CANDLES = indicators.warm_up(INDICATORS) + 1
"""Enough to settle any of them, and the forming one: one question, whichever are asked for."""
USUAL = "rsi,macd,bb"


class IndicatorsView(PublicView):
    @extend_schema(
        operation_id="indicators",
        summary="Technical indicators of a coin",
        description="Computed by TA-Lib from closed candles alone, with enough of them before that the beginning no "
        "longer matters (`settled`). What a history is too short for is null, with the reason. Words such as "
        "overbought are the textbook's names of ranges and no advice.",
        parameters=[analysis.COIN, analysis.INTERVAL, analysis.INDICATORS],
        responses={200: analysis.Indicators} | analysis_response.FAILURES,
        tags=["analysis"],
    )
    @responses.cached_response
    def get(self, request: Request, coin: str) -> Answer:
        query = request.query_params
        parameters.reject_unknown(query, "interval", "indicators", "explain")
        interval = analysis_response.chosen(query, "interval", list(INTERVALS), "1h")
        names = _names(query)
        item = analysis_response.coin(coin)
        series = require_candles(queries.candles(item.asset, quote=item.quote, interval=interval, limit=CANDLES))
        return analysis_response.answer([series], _body(coin, item, series, names))


def _body(coin: str, item: Instrument, series: CandleSeries, names: Sequence[str]) -> dict[str, Any]:
    whole = series.computable
    return {
        "success": True,
        "symbol": analysis_response.symbol(item),
        "interval": series.interval,
        "currency": series.currency,
        "current_price": money(series.candles[-1].close),
        "last_closed": moment(whole[-1].opens) if whole else None,
        "candles": len(whole),
        "indicators": indicators.compute(whole, names),
        "meta": analysis_response.meta("ta-lib", Category.TECHNICAL, [series], {coin: item}),
    }


def _names(query: QueryDict) -> list[str]:
    names = [name.strip().lower() for name in query.get("indicators", USUAL).split(",")]
    if not set(names) <= set(INDICATORS):
        raise ValidationError({"indicators": f"Allowed, separated by commas: {', '.join(INDICATORS)}."})
    return list(dict.fromkeys(names))
