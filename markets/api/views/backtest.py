"""POST /api/backtest: the result of a trading rule on a coin's past candles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from markets.analysis import backtest
from markets.analysis.backtest import BacktestResult, NotEnoughCandles, Trade, TradingCosts
from markets.analysis.performance import FORMULAS
from markets.analysis.series import amount, unix_millis
from markets.analysis.strategies import STRATEGIES, BadParameter, Strategy, params_for
from markets.api.params import bodies, symbols
from markets.api.problems import BODY_FAILURES, require_candles
from markets.api.schemas import analysis
from markets.api.schemas.candles import BEGINS_LATER
from markets.feeds import candle_history
from markets.feeds.queries import CandleSeries
from markets.response_cache import responses
from markets.response_cache.responses import explainable
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.domain.categories import Category
from providers.domain.market_data import INTERVALS, Candle, Instrument
from providers.domain.wire_format import moment, money

MAX_CANDLES = candle_history.PAGE * candle_history.MAX_PAGES
MAX_POINTS = 1000
"""Of a longer equity curve every second, third, … point is answered, and the last."""

METHOD = (
    "Signals at a candle's close, carried out at the next candle's open; the whole money in one position, bought only; "
    "fees and slippage on every trade; an open position valued at the last close."
)


class BacktestAsked(bodies.Body):
    """The rule to test, the candles and the costs."""

    symbol = bodies.name()
    strategy = bodies.choice(list(STRATEGIES))
    start_date = bodies.Moment(help_text="The first day, 00:00 UTC, or a time with its offset.")
    end_date = bodies.Moment(ends=True, required=False, help_text="The last day, whole; up to now when left out.")
    initial_capital = bodies.Amount(required=False, default=Decimal(10_000))
    interval = bodies.choice(list(INTERVALS), required=False, default="1d")
    fee_bps = serializers.DecimalField(
        max_digits=8, decimal_places=4, min_value=0, max_value=1000, required=False, default=Decimal(10)
    )
    slippage_bps = serializers.DecimalField(
        max_digits=8, decimal_places=4, min_value=0, max_value=1000, required=False, default=Decimal(5)
    )
    params = serializers.DictField(child=serializers.FloatField(), required=False, default=dict)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the parameters of the strategy and fill in their defaults."""
        try:
            attrs["params"] = params_for(STRATEGIES[attrs["strategy"]], attrs["params"])
        except BadParameter as bad:
            raise serializers.ValidationError({f"params.{bad.name}": bad.reason}) from None
        return attrs


class BacktestView(PublicView):
    """Tests of trading rules."""

    @extend_schema(
        operation_id="backtest",
        summary="Test a trading rule on past candles",
        description=METHOD,
        request=BacktestAsked,
        responses={200: analysis.Backtest} | BODY_FAILURES,
        tags=["analysis"],
    )
    @explainable
    def post(self, request: Request) -> HttpResponseBase:
        """Answer with trades, equity and metrics."""
        parameters.reject_unknown(request.query_params, "explain")
        read = BacktestAsked(data=request.data)
        read.is_valid(raise_exception=True)
        asked = read.validated_data
        now = datetime.now(UTC)
        start, end = _period(asked, now)
        strategy = STRATEGIES[asked["strategy"]]
        item = symbols.instrument(asked["symbol"])
        series = require_candles(
            candle_history.candles_in_range(item, asked["interval"], _warm(strategy, asked, start), end, now)
        )
        terms = TradingCosts(asked["initial_capital"], asked["fee_bps"], asked["slippage_bps"])
        found, held = _tested(asked, series, start, terms)
        meta = analysis.computed_meta("backtest", Category.TECHNICAL, [series], {asked["symbol"]: item})
        return responses.uncached(request._request, _body(asked, item, (found, held), terms, (start, end), meta))


def _body(
    asked: dict[str, Any],
    item: Instrument,
    results: tuple[BacktestResult, BacktestResult],
    costs: TradingCosts,
    period: tuple[datetime, datetime],
    meta: analysis.ComputedMeta,
) -> analysis.Backtest:
    """The body with the results of the rule and of holding."""
    tested, holding = results
    return analysis.Backtest(
        strategy=asked["strategy"],
        symbol=symbols.symbol(item),
        currency=meta.inputs[0].currency,
        params=asked["params"],
        costs=analysis.Costs(fee_bps=float(costs.fee_bps), slippage_bps=float(costs.slippage_bps)),
        period=_known_period(tested.candles, asked["interval"], *period),
        methodology=f"{STRATEGIES[asked['strategy']].about} {METHOD}",
        initial_capital=money(costs.capital),
        final_capital=money(amount(tested.final)),
        total_return=money(amount(tested.final) - costs.capital),
        return_percent=_percent(tested, costs),
        trades=analysis.Trades(**dict[str, Any](backtest.trade_counts(tested.trades))),
        metrics=_metrics(tested, holding, costs),
        trade_history=[_trade(trade) for trade in tested.trades],
        equity=_curve(tested, timedelta(seconds=INTERVALS[asked["interval"]])),
        disclaimer=analysis.NOT_ADVICE,
        meta=meta,
    )


def _period(asked: dict[str, Any], now: datetime) -> tuple[datetime, datetime]:
    """From when to when; what is still to come is not tested."""
    start, end = asked["start_date"], min(asked.get("end_date") or now, now)
    if start >= end:
        raise ValidationError({"start_date": "Must be before end_date and in the past."})
    count = (end - start) / timedelta(seconds=INTERVALS[asked["interval"]])
    most = MAX_CANDLES - STRATEGIES[asked["strategy"]].warm_up(asked["params"])
    if count > most:
        raise ValidationError({"start_date": f"At most {most} candles of {asked['interval']} are tested at once."})
    return start, end


def _warm(strategy: Strategy, asked: dict[str, Any], start: datetime) -> datetime:
    """Start of the candles that let the rule's averages settle before the first day."""
    return start - strategy.warm_up(asked["params"]) * timedelta(seconds=INTERVALS[asked["interval"]])


def _tested(
    asked: dict[str, Any], series: CandleSeries, start: datetime, terms: TradingCosts
) -> tuple[BacktestResult, BacktestResult]:
    """The rule's outcome, and that of holding."""
    candles, interval = series.computable, asked["interval"]
    try:
        found = backtest.run(asked["strategy"], candles, start, asked["params"], terms, interval)
        return found, backtest.buy_and_hold(candles, start, terms, interval)
    except NotEnoughCandles as short:
        raise ValidationError({"start_date": f"{str(short)[0].upper()}{str(short)[1:]}."}) from None


def _known_period(candles: tuple[Candle, ...], interval: str, start: datetime, end: datetime) -> analysis.Period:
    """The requested period, and the candles known in it."""
    step = timedelta(seconds=INTERVALS[interval])
    count = (candles[-1].opens - candles[0].opens) // step + 1
    return analysis.Period(
        start=moment(start),
        end=moment(end),
        interval=interval,
        first_candle=moment(candles[0].opens),
        last_candle=moment(candles[-1].opens),
        candles=len(candles),
        missing_candles=count - len(candles),
        note=BEGINS_LATER if candles[0].opens >= start + step else None,
    )


def _metrics(tested: BacktestResult, holding: BacktestResult, costs: TradingCosts) -> analysis.Metrics:
    performance = tested.performance
    return analysis.Metrics(
        max_drawdown=performance.max_drawdown,
        sharpe=performance.sharpe,
        sortino=performance.sortino,
        exposure=tested.exposure,
        cagr=performance.cagr,
        buy_and_hold_percent=_percent(holding, costs),
        buy_and_hold_max_drawdown=holding.performance.max_drawdown,
        unknown={name: reason for name, reason in performance.unknown.items() if name != "volatility"},
        formulas=dict(FORMULAS),
    )


def _percent(result: BacktestResult, costs: TradingCosts) -> float:
    return float((result.final / costs.capital - 1) * 100)


def _trade(trade: Trade) -> analysis.TradeRow:
    return analysis.TradeRow(
        signal_at=moment(trade.signal_at),
        entry_at=moment(trade.entry_at),
        entry_price=money(amount(trade.entry_price)),
        exit_at=moment(trade.exit_at),
        exit_price=money(amount(trade.exit_price)),
        quantity=money(amount(trade.quantity)),
        profit=money(amount(trade.profit)),
        return_percent=trade.return_percent,
        open=trade.is_open,
    )


def _curve(result: BacktestResult, length: timedelta) -> list[analysis.EquityPoint]:
    """The equity at candles' closes, at the time of the close; ``length`` is the interval."""
    step = -(-len(result.candles) // MAX_POINTS)
    positions = [*range(0, len(result.candles) - 1, step), len(result.candles) - 1]
    return [
        analysis.EquityPoint(
            t=unix_millis(result.candles[position].opens + length),
            time=moment(result.candles[position].opens + length),
            equity=money(amount(result.equity[position])),
            invested=result.invested[position],
        )
        for position in positions
    ]
