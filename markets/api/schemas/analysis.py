"""The bodies of routes that compute from candles, and their common provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from msgspec.structs import asdict

from markets.analysis.forecasts import LEVEL
from markets.analysis.indicators import INDICATORS as KNOWN
from markets.analysis.support_resistance import KINDS
from markets.api.schemas import common
from markets.feeds import provenance
from markets.feeds.queries import CandleSeries
from providers.api.structs import Answer, Body, Doc, Meta, Moment, Money, UnknownReasons
from providers.domain.categories import Category
from providers.domain.market_data import INTERVALS, Instrument
from providers.domain.wire_format import moment

NOT_ADVICE = (
    "Computed from past prices alone. The past does not bind the future, and this is no recommendation of any kind."
)
Date = Annotated[str, Doc(extra_json_schema={"format": "date"})]

COIN = OpenApiParameter("coin", OpenApiTypes.STR, OpenApiParameter.PATH, description="A symbol, an id or a pair.")
INTERVAL = OpenApiParameter("interval", {"type": "string", "enum": list(INTERVALS), "default": "1h"})
INDICATORS = OpenApiParameter(
    "indicators",
    {"type": "array", "items": {"type": "string", "enum": list(KNOWN)}, "default": ["rsi", "macd", "bb"]},
    explode=False,
    style="form",
)


def _symbols(least: int, most: int) -> OpenApiParameter:
    return OpenApiParameter(
        "symbols",
        {
            "type": "array",
            "items": {"type": "string", "maxLength": 100, "pattern": "^[A-Za-z0-9][A-Za-z0-9._:/-]*$"},
            "minItems": least,
            "maxItems": most,
            "default": ["BTC", "ETH", "BNB", "SOL", "ADA"],
        },
        explode=False,
        style="form",
        description=f"{least} to {most} different coins by symbol, id or pair, separated by commas.",
    )


SYMBOLS = _symbols(2, 20)
ALERT_SYMBOLS = _symbols(1, 20)
DAYS = OpenApiParameter("days", {"type": "integer", "minimum": 7, "maximum": 365, "default": 30})
FORECAST_DAYS = OpenApiParameter("days", {"type": "integer", "minimum": 1, "maximum": 30, "default": 7})
ALERT_TYPE = OpenApiParameter("type", {"type": "string", "enum": [*KINDS, "all"], "default": "all"})


class Input(Body):
    """Candles that were used."""

    asset: str
    source: str | None
    endpoint: Annotated[str | None, Doc(description="Host only.")]
    currency: str | None
    interval: str
    built_from: str | None
    candles: int
    first: Moment | None
    last: Moment | None
    stale: bool
    reason: Annotated[str | None, Doc(description="The reason why there are none.")]


class ComputedMeta(Meta):
    """The model as the source, and the candles it was given as inputs; ages are those of the oldest input."""

    inputs: list[Input]


def computed_meta(
    model: str, category: Category, inputs: Sequence[CandleSeries], requested: Mapping[str, Instrument]
) -> ComputedMeta:
    """The provenance of a body that a local model computed from these candles, for the requested names."""
    whole = provenance.combine_meta([series.meta for series in inputs])
    meta = common.meta(whole, whole.age_s, {name: item.asset for name, item in requested.items()})
    own = {"source": f"local:{model}", "endpoint": None, "chain": category.value}
    return ComputedMeta(**(asdict(meta) | own), inputs=[_input(series) for series in inputs])


def _input(series: CandleSeries) -> Input:
    candles = series.candles
    return Input(
        asset=series.asset,
        source=series.meta.source,
        endpoint=series.meta.endpoint,
        currency=series.currency,
        interval=series.interval,
        built_from=series.built_from,
        candles=len(candles),
        first=moment(candles[0].opens) if candles else None,
        last=moment(candles[-1].opens) if candles else None,
        stale=series.meta.stale,
        reason=series.missing.reason if series.missing else None,
    )


class Indicators(Answer):
    """Indicators of a coin."""

    symbol: str
    interval: str
    currency: str | None
    current_price: Money
    last_closed: Annotated[Moment | None, Doc(description="The opening of the last candle counted in.")]
    candles: Annotated[int, Doc(description="Closed candles computed from.")]
    indicators: Annotated[
        dict[str, dict[str, Any]],
        Doc(
            description="rsi, macd, bollinger_bands, sma, ema, atr, stoch, adx, obv, vwap: those requested. Members "
            "that cannot be computed are null, and reason says why; settled is true if the history was long enough."
        ),
    ]
    meta: ComputedMeta


class Trades(Body):
    """Counts of trades."""

    total: Annotated[int, Doc(description="Closed ones.")]
    winning: int
    losing: int
    open: Annotated[int, Doc(description="1 when a position was open at the end.")]
    win_rate: Annotated[float | None, Doc(description="Percent of closed trades; null before the first.")]


class Metrics(Body):
    """Risk and return of the rule, and of holding."""

    max_drawdown: Annotated[float, Doc(description="Percent.")]
    sharpe: float | None
    sortino: float | None
    exposure: Annotated[float, Doc(description="Percent of candles.")]
    cagr: Annotated[float | None, Doc(description="Percent.")]
    buy_and_hold_percent: float
    buy_and_hold_max_drawdown: float
    unknown: UnknownReasons
    formulas: dict[str, str]


class TradeRow(Body):
    """A trade."""

    signal_at: Annotated[Moment | None, Doc(description="The opening of the candle that gave the signal.")]
    entry_at: Moment
    entry_price: Money
    exit_at: Moment
    exit_price: Annotated[Money, Doc(description="Of an open position the last close, at which it is valued.")]
    quantity: Money
    profit: Money
    return_percent: float
    open: bool


class EquityPoint(Body):
    """The equity at one candle."""

    t: Annotated[int, Doc(description="The candle's close, unix milliseconds: when the equity was this.")]
    time: Moment
    equity: Annotated[Money, Doc(description="At its close.")]
    invested: bool


class Period(Body):
    """The requested period, and the candles known in it."""

    start: Moment
    end: Moment
    interval: str
    first_candle: Moment
    last_candle: Moment
    candles: int
    missing_candles: Annotated[int, Doc(description="Between the first and the last: nothing is filled in.")]
    note: str | None


class Costs(Body):
    """Costs of each trade, in basis points."""

    fee_bps: float
    slippage_bps: float


class Backtest(Answer):
    """The result of a trading rule on past candles."""

    strategy: str
    symbol: str
    currency: str | None
    params: dict[str, float]
    costs: Costs
    period: Period
    methodology: str
    initial_capital: Money
    final_capital: Money
    total_return: Money
    return_percent: float
    trades: Trades
    metrics: Metrics
    trade_history: list[TradeRow]
    equity: list[EquityPoint]
    disclaimer: str
    meta: ComputedMeta


class Correlations(Answer):
    """Correlations of returns by coin and coin."""

    days: int
    interval: Annotated[str, Doc(description="Of the candles whose returns are compared.")]
    symbols: list[str]
    correlations: dict[str, dict[str, float | None]]
    observations: dict[str, dict[str, int]]
    intervals_95: dict[str, dict[str, list[float | None] | None]]
    interpretation: Annotated[dict[str, str], Doc(description="By pair, as in BTC/ETH.")]
    unknown: UnknownReasons
    meta: ComputedMeta


class SkillShape(Body):
    """The skill of earlier forecasts, measured on days that were not used to choose the model."""

    against: str
    horizon: Annotated[int, Doc(description="Days ahead.")]
    mae_ratio: Annotated[float, Doc(description="Mean absolute error over a random walk's; below 1 is better.")]
    coverage: Annotated[float, Doc(description="Share of days within the interval, from 0 to 1.")]
    nominal_coverage: float
    windows: int
    independent_windows: Annotated[int, Doc(description="Of them, those that do not overlap.")]
    t: Annotated[float | None, Doc(description="Diebold-Mariano; null where the forecast is a random walk's.")]
    proven: Annotated[bool, Doc(description="True if it beat the random walk by more than chance explains.")]
    verdict: str


class PredictedDay(Body):
    """The forecast of one day."""

    day: int
    date: Date
    predicted_price: Money
    lower: Money
    upper: Money
    confidence: Annotated[float, Doc(description=f"The probability meant by lower and upper: {LEVEL}.")]


class Predictions(Answer):
    """A forecast with its measured skill."""

    symbol: str
    prediction_period: str
    current_price: Money
    currency: str | None
    predictions: list[PredictedDay]
    trend: Annotated[str | None, Doc(description="Of the last 30 days: up, down or sideways.")]
    trend_strength: Annotated[float | None, Doc(description="Kaufman's efficiency ratio, 0 to 1.")]
    methodology: str
    skill: SkillShape | None
    reason: Annotated[str | None, Doc(description="Why there is no forecast.")]
    disclaimer: str
    meta: ComputedMeta


class ModelSkill(Body):
    """A model's error against a random walk's."""

    against: str
    asset: str
    horizon: int
    mae_ratio: Annotated[float | None, Doc(description="Below 1 is better than a random walk.")]
    windows: int
    reason: str | None


class Model(Body):
    """A local model."""

    id: str
    kind: str
    methodology: str
    active: Annotated[bool, Doc(description="True if it is switched on in the operator's chain.")]
    last_fit: Annotated[Moment | None, Doc(description="The newest closed day it has seen.")]
    skill: ModelSkill


class Models(Answer):
    """All local models, in the order of the chain."""

    total_models: int
    active_models: int
    models: Annotated[list[Model], Doc(description="In the order of the chain.")]
    capabilities: dict[str, Any]
    meta: ComputedMeta


class Analysis(Answer):
    """The result of one kind of analysis."""

    analysis_type: str
    symbol: str
    result: dict[str, Any]
    disclaimer: str
    meta: Annotated[dict[str, Any], Doc(description="As of the route that answers this alone.")]


class PriceAlert(Body):
    """A finding in a coin's candles."""

    symbol: str
    type: Annotated[str, Doc(description="breakout, support, resistance or volatility.")]
    priority: Annotated[str, Doc(description="high or medium.")]
    current_price: Money
    currency: str | None
    target_price: Annotated[Money | None, Doc(description="The level it is about.")]
    distance_percent: Annotated[float | None, Doc(description="From the price now to the level.")]
    unknown: UnknownReasons
    message: str
    created_at: Annotated[Moment, Doc(description="The close of the last closed candle.")]
    evidence: dict[str, Any]


class MissingCoin(Body):
    """A coin without findings, and the reason."""

    symbol: str
    reason: str


class AlertSummary(Body):
    """Counts of the findings."""

    coins: int
    by_type: dict[str, int]
    by_priority: dict[str, int]
    interval: str


class PriceAlerts(Answer):
    """Findings in coins' candles."""

    count: int
    alerts: list[PriceAlert]
    summary: AlertSummary
    missing: list[MissingCoin]
    meta: ComputedMeta
