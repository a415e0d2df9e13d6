"""The shapes of what is computed from candles, for the OpenAPI document. Nothing is parsed here."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from markets.analysis.forecasts import LEVEL
from markets.analysis.indicators import INDICATORS as KNOWN
from markets.analysis.support_resistance import KINDS
from markets.api.schemas import common
from markets.api.schemas.common import Money, Shape
from providers.domain.market_data import INTERVALS

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


def maybe(help_text: str = "") -> serializers.FloatField:
    """A number that may be null."""
    return serializers.FloatField(allow_null=True, help_text=help_text)


def reasons() -> serializers.DictField:
    return serializers.DictField(child=serializers.CharField(), help_text="Why each member that is null is.")


class Input(Shape):
    """The candles something was computed from."""

    asset = serializers.CharField()
    source = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # the contract's name
    endpoint = serializers.CharField(allow_null=True, help_text="Host only.")
    currency = serializers.CharField(allow_null=True)
    interval = serializers.CharField()
    built_from = serializers.CharField(allow_null=True)
    candles = serializers.IntegerField()
    first = serializers.DateTimeField(allow_null=True)
    last = serializers.DateTimeField(allow_null=True)
    stale = serializers.BooleanField()
    reason = serializers.CharField(allow_null=True, help_text="Why there are none.")


class ComputedMeta(common.Meta):
    """The model as the source, and the candles it was given as inputs; ages are those of the oldest input."""

    inputs = Input(many=True)


class Indicators(Shape):
    success = serializers.BooleanField()
    symbol = serializers.CharField()
    interval = serializers.CharField()
    currency = serializers.CharField()
    current_price = Money()
    last_closed = serializers.DateTimeField(allow_null=True, help_text="The opening of the last candle counted in.")
    candles = serializers.IntegerField(help_text="Closed candles computed from.")
    indicators = serializers.DictField(
        child=serializers.DictField(),
        help_text="rsi, macd, bollinger_bands, sma, ema, atr, stoch, adx, obv, vwap: what was asked for. Members that "
        "cannot be said are null, and reason says why; settled is whether the history was long enough.",
    )
    meta = ComputedMeta()


class Trades(Shape):
    total = serializers.IntegerField(help_text="Closed ones.")
    winning = serializers.IntegerField()
    losing = serializers.IntegerField()
    open = serializers.IntegerField(help_text="1 when a position was open at the end.")
    win_rate = maybe("Percent of closed trades; null before the first.")


class Metrics(Shape):
    max_drawdown = serializers.FloatField(help_text="Percent.")
    sharpe = maybe()
    sortino = maybe()
    exposure = serializers.FloatField(help_text="Percent of candles.")
    cagr = maybe("Percent.")
    buy_and_hold_percent = serializers.FloatField()
    buy_and_hold_max_drawdown = serializers.FloatField()
    unknown = reasons()
    formulas = serializers.DictField(child=serializers.CharField())


class TradeRow(Shape):
    signal_at = serializers.DateTimeField(allow_null=True, help_text="The opening of the candle that gave the signal.")
    entry_at = serializers.DateTimeField()
    entry_price = Money()
    exit_at = serializers.DateTimeField()
    exit_price = Money(help_text="Of an open position the last close, at which it is valued.")
    quantity = Money()
    profit = Money()
    return_percent = serializers.FloatField()
    open = serializers.BooleanField()


class EquityPoint(Shape):
    t = serializers.IntegerField(help_text="The candle's opening, unix milliseconds.")
    time = serializers.DateTimeField()
    equity = Money(help_text="At its close.")
    invested = serializers.BooleanField()


class Period(Shape):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    interval = serializers.CharField()
    first_candle = serializers.DateTimeField()
    last_candle = serializers.DateTimeField()
    candles = serializers.IntegerField()
    missing_candles = serializers.IntegerField(help_text="Between the first and the last: nothing is filled in.")
    note = serializers.CharField(allow_null=True)


class Costs(Shape):
    fee_bps = serializers.FloatField()
    slippage_bps = serializers.FloatField()


class Backtest(Shape):
    success = serializers.BooleanField()
    strategy = serializers.CharField()
    symbol = serializers.CharField()
    currency = serializers.CharField()
    params = serializers.DictField(child=serializers.FloatField())
    costs = Costs()
    period = Period()
    methodology = serializers.CharField()
    initial_capital = Money()
    final_capital = Money()
    total_return = Money()
    return_percent = serializers.FloatField()
    trades = Trades()
    metrics = Metrics()
    trade_history = TradeRow(many=True)
    equity = EquityPoint(many=True)
    disclaimer = serializers.CharField()
    meta = ComputedMeta()


class Correlations(Shape):
    success = serializers.BooleanField()
    days = serializers.IntegerField()
    interval = serializers.CharField(help_text="Of the candles whose returns are compared.")
    symbols = serializers.ListField(child=serializers.CharField())
    correlations = serializers.DictField(child=serializers.DictField(child=maybe()))
    observations = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))
    intervals_95 = serializers.DictField(
        child=serializers.DictField(child=serializers.ListField(child=serializers.FloatField(), allow_null=True))
    )
    interpretation = serializers.DictField(child=serializers.CharField(), help_text="By pair, as in BTC/ETH.")
    unknown = reasons()
    meta = ComputedMeta()


class SkillShape(Shape):
    """What the forecasts would have been worth before, measured on days that had no part in choosing the model."""

    against = serializers.CharField()
    horizon = serializers.IntegerField(help_text="Days ahead.")
    mae_ratio = serializers.FloatField(help_text="Mean absolute error over a random walk's; below 1 is better.")
    coverage = serializers.FloatField(help_text="How often the interval held, as a fraction.")
    nominal_coverage = serializers.FloatField()
    windows = serializers.IntegerField()
    independent_windows = serializers.IntegerField(help_text="Of them, those that do not overlap.")
    t = maybe("Diebold-Mariano; null where the forecast is a random walk's.")
    proven = serializers.BooleanField(help_text="Whether it beat the random walk by more than chance explains.")
    verdict = serializers.CharField()


class PredictedDay(Shape):
    day = serializers.IntegerField()
    date = serializers.DateField()
    predicted_price = Money()
    lower = Money()
    upper = Money()
    confidence = serializers.FloatField(help_text=f"The probability meant by lower and upper: {LEVEL}.")


class Predictions(Shape):
    success = serializers.BooleanField()
    symbol = serializers.CharField()
    prediction_period = serializers.CharField()
    current_price = Money()
    currency = serializers.CharField()
    predictions = PredictedDay(many=True)
    trend = serializers.CharField(allow_null=True, help_text="Of the last 30 days: up, down or sideways.")
    trend_strength = maybe("Kaufman's efficiency ratio, 0 to 1.")
    methodology = serializers.CharField()
    skill = SkillShape(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="Why there is no forecast.")
    disclaimer = serializers.CharField()
    meta = ComputedMeta()


class ModelSkill(Shape):
    against = serializers.CharField()
    asset = serializers.CharField()
    horizon = serializers.IntegerField()
    mae_ratio = maybe("Below 1 is better than a random walk.")
    windows = serializers.IntegerField()
    reason = serializers.CharField(allow_null=True)


class Model(Shape):
    id = serializers.CharField()
    kind = serializers.CharField()
    methodology = serializers.CharField()
    active = serializers.BooleanField(help_text="Whether the operator's chain lets it forecast.")
    last_fit = serializers.DateTimeField(allow_null=True, help_text="The newest closed day it has seen.")
    skill = ModelSkill()


class Models(Shape):
    success = serializers.BooleanField()
    total_models = serializers.IntegerField()
    active_models = serializers.IntegerField()
    models = Model(many=True, help_text="In the order of the chain.")
    capabilities = serializers.DictField()
    meta = ComputedMeta()


class Analysis(Shape):
    success = serializers.BooleanField()
    analysis_type = serializers.CharField()
    symbol = serializers.CharField()
    result = serializers.DictField()
    disclaimer = serializers.CharField()
    meta = serializers.DictField(help_text="As of the route that answers this alone.")


class Percentiles(Shape):
    p5 = serializers.FloatField()
    p25 = serializers.FloatField()
    p50 = serializers.FloatField()
    p75 = serializers.FloatField()
    p95 = serializers.FloatField()


class MoneyPercentiles(Shape):
    p5 = Money()
    p25 = Money()
    p50 = Money()
    p75 = Money()
    p95 = Money()


SimulationResults = type(
    "SimulationResults",
    (Shape,),
    {
        "final_value": MoneyPercentiles(),
        "return": serializers.FloatField(help_text="Percent of the whole period: the median over the paths."),
        "annualized_return": maybe("Percent: the median."),
        "volatility": maybe("Annualised, percent: the median."),
        "max_drawdown": serializers.FloatField(help_text="Percent: the median."),
        "sharpe_ratio": maybe("The median."),
        "percentiles": serializers.DictField(child=Percentiles(allow_null=True), help_text="Of each of these."),
        "probability_of_loss": serializers.FloatField(),
        "days_drawn_from": serializers.IntegerField(),
        "unknown": reasons(),
    },
)
"""Made by a call, since one of its members is called return."""


class PortfolioDay(Shape):
    day = serializers.IntegerField()
    date = serializers.DateField()
    p5 = Money()
    p50 = Money()
    p95 = Money()


class HeldCoin(Shape):
    symbol = serializers.CharField()
    amount = Money()
    price = Money()
    value = Money()
    weight = serializers.FloatField()


class Portfolio(Shape):
    value = Money(help_text="What is simulated.")
    value_of_holdings = Money(help_text="What the holdings are worth now.")
    holdings = HeldCoin(many=True)


class Simulation(Shape):
    success = serializers.BooleanField()
    strategy = serializers.CharField()
    period_days = serializers.IntegerField()
    seed = serializers.IntegerField()
    paths = serializers.IntegerField()
    currency = serializers.CharField()
    initial_portfolio = Portfolio()
    simulation_results = SimulationResults()
    portfolio_history = PortfolioDay(many=True)
    methodology = serializers.CharField()
    disclaimer = serializers.CharField()
    meta = ComputedMeta()


class PriceAlert(Shape):
    symbol = serializers.CharField()
    type = serializers.CharField(help_text="breakout, support, resistance or volatility.")
    priority = serializers.CharField(help_text="high or medium.")
    current_price = Money()
    currency = serializers.CharField()
    target_price = Money(allow_null=True, help_text="The level it is about.")
    distance_percent = maybe("From the price now to the level.")
    unknown = reasons()
    message = serializers.CharField()
    created_at = serializers.DateTimeField(help_text="The close of the last closed candle.")
    evidence = serializers.DictField()


class MissingCoin(Shape):
    symbol = serializers.CharField()
    reason = serializers.CharField()


class AlertSummary(Shape):
    coins = serializers.IntegerField()
    by_type = serializers.DictField(child=serializers.IntegerField())
    by_priority = serializers.DictField(child=serializers.IntegerField())
    interval = serializers.CharField()


class PriceAlerts(Shape):
    success = serializers.BooleanField()
    count = serializers.IntegerField()
    alerts = PriceAlert(many=True)
    summary = AlertSummary()
    missing = MissingCoin(many=True)
    meta = ComputedMeta()
