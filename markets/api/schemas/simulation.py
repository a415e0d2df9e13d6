"""The body of POST /api/portfolio/simulate."""

from __future__ import annotations

from typing import Annotated

import msgspec

from markets.api.schemas.analysis import ComputedMeta, Date
from providers.api.structs import Answer, Body, Doc, Money, UnknownReasons


class Percentiles(Body):
    """Percentiles over the paths."""

    p5: float
    p25: float
    p50: float
    p75: float
    p95: float


class MoneyPercentiles(Body):
    """Percentiles of an amount over the paths."""

    p5: Money
    p25: Money
    p50: Money
    p75: Money
    p95: Money


class SimulationResults(Body):
    """Figures of the whole period: medians over the paths, and percentiles."""

    final_value: MoneyPercentiles
    return_: Annotated[float | None, Doc(description="Percent of the whole period.")] = msgspec.field(name="return")
    annualized_return: Annotated[float | None, Doc(description="Percent.")]
    volatility: Annotated[float | None, Doc(description="Annualised, percent.")]
    max_drawdown: Annotated[float | None, Doc(description="Percent.")]
    sharpe_ratio: float | None
    percentiles: Annotated[dict[str, Percentiles | None], Doc(description="Of each of these.")]
    probability_of_loss: float
    days_drawn_from: int
    unknown: UnknownReasons


class PortfolioDay(Body):
    """Percentiles of the portfolio's value on one day."""

    day: int
    date: Date
    p5: Money
    p50: Money
    p95: Money


class HeldCoin(Body):
    """A holding and its value now."""

    symbol: str
    amount: Money
    price: Money
    value: Money
    weight: float


class Portfolio(Body):
    """The portfolio at the start."""

    value: Annotated[Money, Doc(description="What is simulated.")]
    value_of_holdings: Annotated[Money, Doc(description="What the holdings are worth now.")]
    holdings: list[HeldCoin]


class Simulation(Answer):
    """The result of a simulation."""

    strategy: str
    period_days: int
    seed: int
    paths: int
    currency: str | None
    initial_portfolio: Portfolio
    simulation_results: SimulationResults
    portfolio_history: list[PortfolioDay]
    methodology: str
    disclaimer: str
    meta: ComputedMeta
