"""POST /api/ai/analyze: sentiment, forecast, risk or trend of a coin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from msgspec.structs import asdict
from rest_framework import serializers
from rest_framework.request import Request

from markets.analysis import indicators, risk, trend
from markets.analysis.series import columns
from markets.api.params import bodies, symbols
from markets.api.problems import BODY_FAILURES, require_candles
from markets.api.schemas import analysis
from markets.api.schemas.sentiment import coin_sentiment
from markets.api.views.predictions import MAX_DAYS, daily, predicted, switched_on
from markets.api.views.sentiment import inputs_about
from markets.feeds import queries
from markets.feeds.queries import CandleSeries
from markets.response_cache import responses
from markets.response_cache.responses import explainable
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.domain.categories import Category
from providers.domain.market_data import Instrument
from providers.domain.wire_format import moment, money, unix

SPANS = {"24h": ("15m", 96), "7d": ("1h", 168), "30d": ("1h", 720), "90d": ("4h", 540), "1y": ("1d", 365)}
"""Each timeframe's candle length and count."""
AHEAD = {"24h": 1, "7d": 7, "30d": 30}
"""Days ahead of a forecast, by timeframe."""
USUAL = "30d"
SENTIMENT_SPAN = "7d"
"""Momentum is a week's return: the one timeframe sentiment has."""


class AnalysisParams(bodies.Body):
    """Parameters of one kind of analysis."""

    days = serializers.IntegerField(min_value=1, max_value=MAX_DAYS, required=False)


class AnalysisAsked(bodies.Body):
    """``timeframe`` is the past that is looked at; of a forecast, how far it goes, unless days are given."""

    symbol = bodies.name()
    analysis_type = bodies.choice(["sentiment", "price_prediction", "risk_assessment", "trend"])
    timeframe = bodies.choice(list(SPANS), required=False)
    custom_params = AnalysisParams(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that timeframe and days suit the kind of analysis, and set the number of days."""
        kind, days = attrs["analysis_type"], attrs.get("custom_params", {}).get("days")
        timeframe = attrs.setdefault("timeframe", SENTIMENT_SPAN if kind == "sentiment" else USUAL)
        if kind != "price_prediction" and days is not None:
            raise serializers.ValidationError({"custom_params.days": "Allowed with price_prediction only."})
        if kind == "sentiment" and timeframe != SENTIMENT_SPAN:
            raise serializers.ValidationError({"timeframe": f"Allowed for sentiment: {SENTIMENT_SPAN}."})
        if kind == "price_prediction":
            if days is None and timeframe not in AHEAD:
                raise serializers.ValidationError({"timeframe": f"Allowed for a forecast: {', '.join(AHEAD)}."})
            attrs["days"] = days or AHEAD[timeframe]
        return attrs


class AnalyzeView(PublicView):
    """Analyses of a coin."""

    @extend_schema(
        operation_id="analyze",
        summary="Sentiment, forecast, risk or trend of a coin",
        request=AnalysisAsked,
        responses={200: analysis.Analysis} | BODY_FAILURES,
        tags=["analysis"],
    )
    @explainable
    def post(self, request: Request) -> HttpResponseBase:
        """Answer with the result of the requested analysis."""
        parameters.reject_unknown(request.query_params, "explain")
        read = AnalysisAsked(data=request.data)
        read.is_valid(raise_exception=True)
        asked = read.validated_data
        item = symbols.instrument(asked["symbol"])
        kind = asked["analysis_type"]
        result, meta = _sentiment(item, asked) if kind == "sentiment" else _computed(item, asked)
        body = analysis.Analysis(
            analysis_type=kind,
            symbol=symbols.symbol(item),
            result=result,
            disclaimer=analysis.NOT_ADVICE,
            meta=meta,
        )
        return responses.uncached(request._request, body)


def _computed(item: Instrument, asked: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The result of what is computed from candles, and its provenance."""
    kind = asked["analysis_type"]
    series, model, result = _ANALYSES[kind](item, asked)
    category = Category.AI_PREDICTION if kind == "price_prediction" else Category.TECHNICAL
    return result, asdict(analysis.computed_meta(model, category, [series], {asked["symbol"]: item}))


def _sentiment(item: Instrument, asked: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same as GET /api/ai/sentiment/{coin} answers."""
    body = asdict(coin_sentiment(inputs_about(symbols.asset(item.asset)), datetime.now(UTC)))
    meta = asdict(body.pop("meta")) | {"asset": {asked["symbol"]: item.asset}}
    return {name: value for name, value in body.items() if name not in ("success", "symbol")}, meta


Analysis = tuple[CandleSeries, str, dict[str, Any]]


def _prediction(item: Instrument, asked: dict[str, Any]) -> Analysis:
    models, series = switched_on(), require_candles(daily(item))
    return series, *predicted(series, asked["days"], models)


def _risk(item: Instrument, asked: dict[str, Any]) -> Analysis:
    series, about = _span(item, asked["timeframe"])
    whole = series.computable
    if len(whole) < 2:
        return series, "risk", about | {"risk_level": None, "reason": "there are no two closed candles"}
    answer = risk.assess(columns(whole), series.interval)
    fall = answer["drawdown"]
    answer["drawdown"] = {
        "current_percent": fall["current_percent"],
        "max_percent": fall["max_percent"],
        "peak_at": unix(fall["peak_t"]),
        "trough_at": unix(fall["trough_t"]),
    }
    return series, "risk", about | answer


def _trend(item: Instrument, asked: dict[str, Any]) -> Analysis:
    series, about = _span(item, asked["timeframe"])
    whole = series.computable
    found = trend.trend(columns(whole).close)
    answer = {
        "direction": found.direction,
        "strength": found.strength,
        "t": found.t,
        "change_percent": found.change,
        "returns": found.returns,
        "reason": found.reason,
        "indicators": indicators.compute(whole, ["adx", "sma"]),
        "method": "direction: t-test of the mean log return, 5 %; strength: Kaufman's efficiency ratio, 0 to 1",
    }
    return series, "trend", about | answer


def _span(item: Instrument, timeframe: str) -> tuple[CandleSeries, dict[str, Any]]:
    """The timeframe's candles, the forming one too, and what they are."""
    interval, count = SPANS[timeframe]
    series = require_candles(
        queries.candles(item.asset, quote=item.quote, interval=interval, limit=min(count + 1, 1000))
    )
    return series, {
        "timeframe": timeframe,
        "interval": interval,
        "candles": len(series.computable),
        "since": moment(series.candles[0].opens),
        "current_price": money(series.candles[-1].close),
        "currency": series.currency,
    }


_ANALYSES: dict[str, Callable[[Instrument, dict[str, Any]], Analysis]] = {
    "price_prediction": _prediction,
    "risk_assessment": _risk,
    "trend": _trend,
}
