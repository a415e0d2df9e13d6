"""POST /api/backtest: what a trading rule would have made of a coin's past."""

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
from markets.api import analysis_response
from markets.api.params import bodies
from markets.api.problems import require_candles
from markets.api.schemas import analysis
from markets.feeds import candle_history
from markets.feeds.queries import CandleSeries
from markets.response_cache import responses
from markets.response_cache.responses import explainable
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.domain.categories import Category
from providers.domain.market_data import INTERVALS, Candle
from providers.domain.wire_format import moment, money

MOST_CANDLES = candle_history.PAGE * candle_history.MAX_PAGES
MOST_POINTS = 1000
"""Of a longer equity curve every second, third, … point is answered, and the last."""

METHOD = (
    "Signals at a candle's close, carried out at the next candle's open; the whole money in one position, bought only; "
    "fees and slippage on every trade; an open position valued at the last close."
)


class BacktestAsked(bodies.Body):
    """What to test, on what, and at which costs."""

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
        try:
            attrs["params"] = params_for(STRATEGIES[attrs["strategy"]], attrs["params"])
        except BadParameter as bad:
            raise serializers.ValidationError({f"params.{bad.name}": bad.reason}) from None
        return attrs


class BacktestView(PublicView):
    @extend_schema(
        operation_id="backtest",
        summary="Test a trading rule on past candles",
        description=METHOD,
        request=BacktestAsked,
        responses={200: analysis.Backtest} | analysis_response.FAILURES | analysis_response.BODY_FAILURES,
        tags=["analysis"],
    )
    @explainable
    def post(self, request: Request) -> HttpResponseBase:
        parameters.reject_unknown(request.query_params, "explain")
        read = BacktestAsked(data=request.data)
        read.is_valid(raise_exception=True)
        asked = read.validated_data
        now = datetime.now(UTC)
        start, end = _period(asked, now)
        strategy = STRATEGIES[asked["strategy"]]
        item = analysis_response.coin(asked["symbol"])
        series = require_candles(
            candle_history.candles_in_range(item, asked["interval"], _warm(strategy, asked, start), end, now)
        )
        terms = TradingCosts(asked["initial_capital"], asked["fee_bps"], asked["slippage_bps"])
        found, held = _tested(asked, series, start, terms)
        body = {
            "success": True,
            "strategy": asked["strategy"],
            "symbol": analysis_response.symbol(item),
            "currency": series.currency,
            "params": asked["params"],
            "costs": {"fee_bps": float(terms.fee_bps), "slippage_bps": float(terms.slippage_bps)},
            "period": _span(found.candles, asked["interval"], start, end),
            "methodology": f"{strategy.about} {METHOD}",
            **_outcome(found, held, terms),
            "disclaimer": analysis_response.NOT_ADVICE,
            "meta": analysis_response.meta("backtest", Category.TECHNICAL, [series], {asked["symbol"]: item}),
        }
        return responses.uncached(request._request, body)


def _period(asked: dict[str, Any], now: datetime) -> tuple[datetime, datetime]:
    """From when to when; what is still to come is not tested."""
    start, end = asked["start_date"], min(asked.get("end_date") or now, now)
    if start >= end:
        raise ValidationError({"start_date": "Must be before end_date and in the past."})
    count = (end - start) / timedelta(seconds=INTERVALS[asked["interval"]])
    most = MOST_CANDLES - STRATEGIES[asked["strategy"]].warm_up(asked["params"])
    if count > most:
        raise ValidationError({"start_date": f"At most {most} candles of {asked['interval']} are tested at once."})
    return start, end


def _warm(strategy: Strategy, asked: dict[str, Any], start: datetime) -> datetime:
    """Where the candles begin that let the rule's averages settle before the first day."""
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


def _span(candles: tuple[Candle, ...], interval: str, start: datetime, end: datetime) -> dict[str, Any]:
    """What was asked for and what is known of it."""
    step = timedelta(seconds=INTERVALS[interval])
    between = (candles[-1].opens - candles[0].opens) // step + 1
    return {
        "start": moment(start),
        "end": moment(end),
        "interval": interval,
        "first_candle": moment(candles[0].opens),
        "last_candle": moment(candles[-1].opens),
        "candles": len(candles),
        "missing_candles": between - len(candles),
        "note": "the sources' candles begin later than asked" if candles[0].opens >= start + step else None,
    }


def _outcome(found: BacktestResult, held: BacktestResult, terms: TradingCosts) -> dict[str, Any]:
    tested = found.performance
    return {
        "initial_capital": money(terms.capital),
        "final_capital": money(amount(found.final)),
        "total_return": money(amount(found.final) - terms.capital),
        "return_percent": _percent(found, terms),
        "trades": backtest.trade_counts(found.trades),
        "metrics": {
            "max_drawdown": tested.max_drawdown,
            "sharpe": tested.sharpe,
            "sortino": tested.sortino,
            "exposure": found.exposure,
            "cagr": tested.cagr,
            "buy_and_hold_percent": _percent(held, terms),
            "buy_and_hold_max_drawdown": held.performance.max_drawdown,
            "unknown": {name: why for name, why in tested.unknown.items() if name != "volatility"},
            "formulas": FORMULAS,
        },
        "trade_history": [_trade(trade) for trade in found.trades],
        "equity": _curve(found),
    }


def _percent(found: BacktestResult, terms: TradingCosts) -> float:
    return float((found.final / terms.capital - 1) * 100)


def _trade(trade: Trade) -> dict[str, Any]:
    return {
        "signal_at": moment(trade.signal_at),
        "entry_at": moment(trade.entry_at),
        "entry_price": money(amount(trade.entry_price)),
        "exit_at": moment(trade.exit_at),
        "exit_price": money(amount(trade.exit_price)),
        "quantity": money(amount(trade.quantity)),
        "profit": money(amount(trade.profit)),
        "return_percent": trade.return_percent,
        "open": trade.is_open,
    }


def _curve(found: BacktestResult) -> list[dict[str, Any]]:
    """The equity at candles' closes; ``t`` is a candle's opening."""
    every = -(-len(found.candles) // MOST_POINTS)
    places = [*range(0, len(found.candles) - 1, every), len(found.candles) - 1]
    return [
        {
            "t": unix_millis(found.candles[place].opens),
            "time": moment(found.candles[place].opens),
            "equity": money(amount(found.equity[place])),
            "invested": found.invested[place],
        }
        for place in places
    ]
