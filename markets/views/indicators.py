"""GET /api/indicators/{coin}: technical indicators of a coin's candles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from markets import feeds, indicators
from markets.feeds import CandleSeries
from markets.indicators import INDICATORS
from markets.views import answers, computed, shapes_computed
from markets.views.answers import Answer
from providers import parameters
from providers.public import PublicView
from providers.types import INTERVALS, Category, Instrument
from providers.wire import moment, money

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
        parameters=[shapes_computed.COIN, shapes_computed.INTERVAL, shapes_computed.INDICATORS],
        responses={200: shapes_computed.Indicators} | computed.FAILURES,
        tags=["analysis"],
    )
    @answers.kept
    def get(self, request: Request, coin: str) -> Answer:
        query = request.query_params
        parameters.only(query, "interval", "indicators", "explain")
        interval = computed.chosen(query, "interval", list(INTERVALS), "1h")
        names = _names(query)
        item = computed.coin(coin)
        series = computed.required(feeds.candles(item.asset, quote=item.quote, interval=interval, limit=CANDLES))
        return computed.answer([series], _body(coin, item, series, names))


def _body(coin: str, item: Instrument, series: CandleSeries, names: Sequence[str]) -> dict[str, Any]:
    whole = series.computable
    return {
        "success": True,
        "symbol": computed.symbol(item),
        "interval": series.interval,
        "currency": series.currency,
        "current_price": money(series.candles[-1].close),
        "last_closed": moment(whole[-1].opens) if whole else None,
        "candles": len(whole),
        "indicators": indicators.compute(whole, names),
        "meta": computed.meta("ta-lib", Category.TECHNICAL, [series], {coin: item}),
    }


def _names(query: QueryDict) -> list[str]:
    names = [name.strip().lower() for name in query.get("indicators", USUAL).split(",")]
    if not set(names) <= set(INDICATORS):
        raise ValidationError({"indicators": f"Allowed, separated by commas: {', '.join(INDICATORS)}."})
    return list(dict.fromkeys(names))
