"""GET /api/ai/predictions/{coin} and /api/ai/models: local forecasts, and the measured skill of each model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from markets.analysis import forecasts
from markets.analysis.forecast_models import MODELS, NAIVE
from markets.analysis.forecasts import LEVEL, NotEnoughHistory, Skill
from markets.analysis.outlook import HISTORY, Outlook, outlook
from markets.analysis.series import columns
from markets.api.params import symbols
from markets.api.problems import FAILURES, Unavailable, require_candles
from markets.api.schemas import analysis
from markets.api.views.indicators import computed_answer
from markets.assets import registry
from markets.feeds import model_selection, queries
from markets.feeds.queries import CandleSeries
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.domain.categories import Category
from providers.domain.market_data import ANY_DOLLAR, Instrument
from providers.domain.wire_format import moment, money

MAX_DAYS = 30
JUDGED_DAYS = 7
RECHECK_S = 60

METHOD = (
    "Local models over up to 500 closed days, the best by rolling backtest in the operator's order; intervals are "
    "conformal, from the model's own past errors scaled by EWMA volatility. No training, no outside service."
)


class PredictionsView(PublicView):
    """Forecasts of a coin's price."""

    @extend_schema(
        operation_id="predictions",
        summary="Forecast a coin's price, with the forecast's measured worth",
        description="The skill says how the same rule would have done before against a random walk, and how often its "
        "intervals held. Where it does no better, that is what is said.",
        parameters=[analysis.COIN, analysis.FORECAST_DAYS],
        responses={200: analysis.Predictions} | FAILURES,
        tags=["analysis"],
    )
    @responses.cached_response
    def get(self, request: Request, coin: str) -> Answer:
        """Answer with a forecast, or the reason why there is none."""
        parameters.reject_unknown(request.query_params, "days", "explain")
        days = parameters.integer(request.query_params, "days", 7, 1, MAX_DAYS)
        item = symbols.instrument(coin)
        models, series = switched_on(), require_candles(daily(item))
        model, members = predicted(series, days, models)
        body = analysis.Predictions(
            symbol=symbols.symbol(item),
            **members,
            disclaimer=analysis.NOT_ADVICE,
            meta=analysis.computed_meta(model, Category.AI_PREDICTION, [series], {coin: item}),
        )
        return computed_answer(body, [series])


class ModelsView(PublicView):
    """The local models."""

    @extend_schema(
        operation_id="models",
        summary="The local models, and what their forecasts are worth",
        description="The skill of each is measured now, on the highest-ranked coin, a week ahead.",
        responses={200: analysis.Models} | FAILURES,
        tags=["analysis"],
    )
    @responses.cached_response
    def get(self, request: Request) -> Answer:
        """Answer with all models and their skill."""
        parameters.reject_unknown(request.query_params, "explain")
        on = model_selection.models()
        item = Instrument(next((ref.slug for ref in registry.top(1)), ""), ANY_DOLLAR)
        series = daily(item)
        return computed_answer(_models(on, series), [series])


def _models(on: Sequence[str], series: CandleSeries) -> analysis.Models:
    """The models in the chain's order, those switched off last."""
    ratios, windows, reason = _measured(series)
    order = [*on, *(name for name in MODELS if name not in on)]
    return analysis.Models(
        total_models=len(MODELS),
        active_models=len(on),
        models=[_model(name, name in on, ratios.get(name), windows, series, reason) for name in order],
        capabilities={
            "sentiment": ["news", "social_media", "market_momentum"],
            "price_prediction": {"days": [1, MAX_DAYS], "intervals": LEVEL, "history_days": HISTORY - 1},
            "risk_assessment": ["volatility", "drawdown", "value_at_risk"],
            "trend": ["direction", "strength", "adx"],
        },
        meta=analysis.computed_meta("models", Category.AI_PREDICTION, [series], {}),
    )


def daily(item: Instrument) -> CandleSeries:
    """The daily candles that forecasts are computed from."""
    return queries.candles(item.asset, quote=item.quote, interval="1d", limit=HISTORY)


def switched_on() -> tuple[str, ...]:
    """The models that are switched on in the chain. Raises Unavailable if there are none."""
    models = model_selection.models()
    if not models:
        raise Unavailable(RECHECK_S, detail="Every local model is switched off in the chain of AI_PREDICTION.")
    return models


def predicted(series: CandleSeries, days: int, models: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The model that was chosen, and the members of the body that describe its forecast."""
    result = outlook(series.contiguous, days, models)
    rows = [
        analysis.PredictedDay(
            day=day.day,
            date=f"{day.date:%Y-%m-%d}",
            predicted_price=money(day.price),
            lower=money(day.lower),
            upper=money(day.upper),
            confidence=LEVEL,
        )
        for day in result.days
    ]
    return result.forecast.model if result.forecast else "none", {
        "prediction_period": f"{days} day{'s' if days > 1 else ''}",
        "current_price": money(result.current),
        "currency": series.currency,
        "predictions": rows,
        "trend": result.trend.direction,
        "trend_strength": result.trend.strength,
        "methodology": _method(result),
        "skill": skill(result.forecast.skill) if result.forecast else None,
        "reason": result.reason,
    }


def _method(result: Outlook) -> str:
    if result.forecast is None:
        return METHOD
    model = MODELS[result.forecast.model]
    return f"{model.name}: {model.about} {METHOD}"


def skill(measured: Skill) -> analysis.SkillShape:
    """The measured skill, and a sentence that sums it up."""
    return analysis.SkillShape(
        against="random walk",
        horizon=measured.horizon,
        mae_ratio=measured.mae_ratio,
        coverage=measured.coverage,
        nominal_coverage=LEVEL,
        windows=measured.windows,
        independent_windows=measured.independent,
        t=measured.t,
        proven=measured.proven,
        verdict=_verdict(measured),
    )


def _verdict(measured: Skill) -> str:
    if measured.t is None:
        return "No skill over a random walk: this is one. The useful part is the interval."
    if measured.proven:
        return f"Errors were {(1 - measured.mae_ratio) * 100:.0f} % smaller than a random walk's, beyond chance."
    return "No skill over a random walk beyond chance. The useful part is the interval."


def _measured(series: CandleSeries) -> tuple[dict[str, float], int, str | None]:
    """Each model's error over a random walk's, the count of windows, and why there are none."""
    if series.missing is not None:
        return {}, 0, series.missing.reason
    try:
        found = forecasts.forecast(columns(series.computable).close, JUDGED_DAYS, tuple(MODELS))
    except NotEnoughHistory as short:
        return {}, 0, str(short)
    return found.rivals, found.windows, None


def _model(
    name: str, on: bool, ratio: float | None, windows: int, series: CandleSeries, reason: str | None
) -> analysis.Model:
    closed = series.computable
    return analysis.Model(
        id=name,
        kind="baseline" if name == NAIVE else "statistical",
        methodology=MODELS[name].about,
        active=on,
        last_fit=moment(closed[-1].opens) if closed else None,
        skill=analysis.ModelSkill(
            against="random walk",
            asset=series.asset,
            horizon=JUDGED_DAYS,
            mae_ratio=ratio,
            windows=windows,
            reason=reason,
        ),
    )
