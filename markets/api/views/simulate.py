"""POST /api/portfolio/simulate: possible futures of a portfolio, drawn from past returns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from markets.analysis import correlations, simulation
from markets.analysis.series import price
from markets.analysis.simulation import MIN_ANNUALISED_DAYS, NotEnoughHistory, Plan, Simulation, percentiles_of
from markets.api.params import bodies, symbols
from markets.api.problems import BODY_FAILURES, candles_problem
from markets.api.schemas import analysis
from markets.api.schemas import simulation as schemas
from markets.feeds import candle_history
from markets.feeds.queries import CandleSeries
from markets.response_cache import responses
from markets.response_cache.responses import explainable
from providers.api import query_params as parameters
from providers.api.base import PublicView
from providers.domain.categories import Category
from providers.domain.market_data import ANY_DOLLAR, Instrument
from providers.domain.wire_format import money

HISTORY = 731
"""Two years of days to draw from, and the one that is forming."""
MOST_HOLDINGS = 20
CURRENCIES = (ANY_DOLLAR, "USDT", "USD")
"""Asked for in turn until all coins are quoted in the same one: a dollar and a dollar coin do not add up."""
SHOWN = (5, 50, 95)

METHOD = (
    "Weeks of daily returns drawn from the coins' common past, the same days for all coins, so that their correlation "
    "stays. hodl keeps the amounts; rebalance restores the first weights every 7 days; dca begins with cash and "
    "invests an equal part every 7 days. No costs. The spread is that of the past, no more."
)


class Holding(bodies.Body):
    """An amount of a coin."""

    symbol = bodies.name()
    amount = bodies.Amount()


class SimulationAsked(bodies.Body):
    """``initial_investment`` scales the portfolio; left out, it is worth what the holdings are worth now."""

    holdings = Holding(many=True, allow_empty=False, max_length=MOST_HOLDINGS)  # type: ignore[call-arg]  # the list's
    initial_investment = bodies.Amount(required=False)
    strategy = bodies.choice(simulation.STRATEGIES, required=False, default="hodl")
    period_days = serializers.IntegerField(min_value=1, max_value=365, required=False, default=30)
    paths = serializers.IntegerField(min_value=100, max_value=2000, required=False, default=500)
    seed = serializers.IntegerField(min_value=0, max_value=2**32 - 1, required=False, default=1)


class SimulateView(PublicView):
    """Simulations of a portfolio."""

    @extend_schema(
        operation_id="simulate",
        summary="Simulate a portfolio",
        description=METHOD,
        request=SimulationAsked,
        responses={200: schemas.Simulation} | BODY_FAILURES,
        tags=["analysis"],
    )
    @explainable
    def post(self, request: Request) -> HttpResponseBase:
        """Answer with percentiles over all paths."""
        parameters.reject_unknown(request.query_params, "explain")
        read = SimulationAsked(data=request.data)
        read.is_valid(raise_exception=True)
        asked = read.validated_data
        amounts, named = _held(asked["holdings"])
        found, currency = _histories(list(amounts))
        values = {item: amounts[item] * series.candles[-1].close for item, series in found.items()}
        plan = _plan(asked, values)
        simulated = _drawn(found, plan)
        body = schemas.Simulation(
            strategy=asked["strategy"],
            period_days=asked["period_days"],
            seed=asked["seed"],
            paths=asked["paths"],
            currency=currency,
            initial_portfolio=_portfolio(asked, amounts, found, values),
            simulation_results=_summary(simulated),
            portfolio_history=_history(simulated, _today(found)),
            methodology=METHOD,
            disclaimer=analysis.NOT_ADVICE,
            meta=analysis.computed_meta("block-bootstrap", Category.TECHNICAL, list(found.values()), named),
        )
        return responses.uncached(request._request, body)


def _held(holdings: list[dict[str, Any]]) -> tuple[dict[Instrument, Decimal], dict[str, Instrument]]:
    """Amounts by coin, and the coin taken for each name. A coin named twice is refused."""
    named = {row["symbol"]: symbols.instrument(row["symbol"]) for row in holdings}
    if len({item.asset for item in named.values()}) < len(holdings):
        raise ValidationError({"holdings": "Name each coin once."})
    return {named[row["symbol"]]: row["amount"] for row in holdings}, named


def _histories(items: list[Instrument]) -> tuple[dict[Instrument, CandleSeries], str | None]:
    """Daily candles of all coins in one currency. Raises the problem when there are none."""
    for currency in CURRENCIES:
        asked = [item if currency == ANY_DOLLAR else Instrument(item.asset, currency) for item in items]
        series = list(candle_history.candles_of_many(asked, "1d", HISTORY).values())
        found = dict(zip(items, series, strict=True))
        currencies = {one.currency for one in series}
        if len(currencies) == 1 and None not in currencies:
            return found, series[0].currency
        if currency == ANY_DOLLAR and any(one.missing is not None for one in series):
            raise candles_problem(series)
    raise ValidationError({"holdings": "No currency is known in which all of these coins are quoted."})


def _plan(asked: dict[str, Any], values: Mapping[Instrument, Decimal]) -> Plan:
    total = sum(values.values(), Decimal(0))
    weights = np.array([float(value / total) for value in values.values()])
    invested = float(asked.get("initial_investment") or total)
    return Plan(invested, weights, asked["strategy"], asked["period_days"], asked["paths"], asked["seed"])


def _drawn(found: Mapping[Instrument, CandleSeries], plan: Plan) -> Simulation:
    returns = {item.asset: correlations.returns_by_time(one.candles, one.interval) for item, one in found.items()}
    try:
        return simulation.simulate(simulation.joint_returns(returns), plan)
    except NotEnoughHistory as short:
        raise ValidationError({"holdings": f"{str(short)[0].upper()}{str(short)[1:]}."}) from None


def _today(found: Mapping[Instrument, CandleSeries]) -> datetime:
    """The day that is forming: after the newest one, where that has closed."""
    newest = max((series.candles[-1] for series in found.values()), key=lambda candle: candle.opens)
    return newest.opens + timedelta(days=1) if newest.closed else newest.opens


def _portfolio(
    asked: dict[str, Any],
    amounts: Mapping[Instrument, Decimal],
    found: Mapping[Instrument, CandleSeries],
    values: Mapping[Instrument, Decimal],
) -> schemas.Portfolio:
    total = sum(values.values(), Decimal(0))
    return schemas.Portfolio(
        value=money(asked.get("initial_investment") or total),
        value_of_holdings=money(total),
        holdings=[
            schemas.HeldCoin(
                symbol=symbols.symbol(item),
                amount=money(amounts[item]),
                price=money(found[item].candles[-1].close),
                value=money(value),
                weight=float(value / total),
            )
            for item, value in values.items()
        ],
    )


def _history(simulated: Simulation, today: datetime) -> list[schemas.PortfolioDay]:
    """Percentiles of the portfolio's value day by day, from today."""
    return [
        schemas.PortfolioDay(
            day=day,
            date=f"{today + timedelta(days=day):%Y-%m-%d}",
            **{name: money(price(value)) for name, value in percentiles_of(simulated.wealth[:, day], SHOWN).items()},
        )
        for day in range(simulated.wealth.shape[1])
    ]


WHY_UNKNOWN = {
    "annualized_return": f"less than {MIN_ANNUALISED_DAYS} days, or growth beyond all measure",
    "volatility": "one day has no deviation",
    "sharpe_ratio": f"less than {MIN_ANNUALISED_DAYS} days, or no movement",
}


def _summary(simulated: Simulation) -> schemas.SimulationResults:
    """Each figure's median over the paths, and its percentiles; null if the period is too short for the figure."""
    figures = {
        "return": simulated.returns,
        "annualized_return": simulated.annualized,
        "volatility": simulated.volatility,
        "max_drawdown": simulated.max_drawdown,
        "sharpe_ratio": simulated.sharpe,
    }
    spreads = {name: None if values is None else percentiles_of(values) for name, values in figures.items()}
    medians = {name: None if values is None else values["p50"] for name, values in spreads.items()}
    final = {name: money(price(value)) for name, value in percentiles_of(simulated.final).items()}
    return schemas.SimulationResults(
        final_value=schemas.MoneyPercentiles(**final),
        return_=medians["return"],
        annualized_return=medians["annualized_return"],
        volatility=medians["volatility"],
        max_drawdown=medians["max_drawdown"],
        sharpe_ratio=medians["sharpe_ratio"],
        percentiles={
            name: None if values is None else schemas.Percentiles(**values) for name, values in spreads.items()
        },
        probability_of_loss=float((simulated.returns < 0).mean()),
        days_drawn_from=simulated.drawn_from,
        unknown={name: WHY_UNKNOWN[name] for name, values in spreads.items() if values is None},
    )
