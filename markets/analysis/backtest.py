"""What a trading rule would have made of past candles, with fees, slippage and nothing seen ahead. Pure.

1. The rule says something at the close of a candle.
2. It is carried out at the open of the next one, at a price worse by the slippage; the fee is on what is traded.
3. One position at a time, all of the money, bought only; what is not invested earns nothing.
4. A position still open at the end is valued at the last close, without selling it.

Money is Decimal throughout; signals and ratios are floats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from markets.analysis.performance import Performance, performance
from markets.analysis.series import columns, steps_per_year
from markets.analysis.strategies import STRATEGIES, Params, Strategy
from providers.domain.market_data import INTERVALS, Candle

BPS = Decimal(10_000)
MIN_CANDLES = 2


class NotEnoughCandles(ValueError):  # noqa: N818 - a fact about the history, not a fault
    """Too few candles in the period to test anything."""


@dataclass(frozen=True, slots=True)
class TradingCosts:
    """The money to begin with, and what trading costs in basis points of what is traded."""

    capital: Decimal
    fee_bps: Decimal
    slippage_bps: Decimal

    @property
    def fee(self) -> Decimal:
        return self.fee_bps / BPS

    def buys_at(self, price: Decimal) -> Decimal:
        return price * (1 + self.slippage_bps / BPS)

    def sells_at(self, price: Decimal) -> Decimal:
        return price * (1 - self.slippage_bps / BPS)


@dataclass(frozen=True, slots=True)
class Trade:
    """One position. ``signal_at`` is the open of the candle at whose close the rule spoke; None without a signal.

    Of an open one, ``exit_price`` is the last close it is valued at, and ``exit_at`` when that candle opened.
    """

    signal_at: datetime | None
    entry_at: datetime
    entry_price: Decimal
    quantity: Decimal
    paid: Decimal
    exit_at: datetime
    exit_price: Decimal
    received: Decimal
    is_open: bool

    @property
    def profit(self) -> Decimal:
        return self.received - self.paid

    @property
    def return_percent(self) -> float:
        return float(self.profit / self.paid) * 100


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """What came of it. ``equity`` is the wealth at each candle's close; ``held`` whether it was invested then."""

    candles: tuple[Candle, ...]
    trades: tuple[Trade, ...]
    equity: tuple[Decimal, ...]
    invested: tuple[bool, ...]
    performance: Performance

    @property
    def final(self) -> Decimal:
        return self.equity[-1]

    @property
    def exposure(self) -> float:
        return sum(self.invested) / len(self.invested) * 100


@dataclass(slots=True)
class _Account:
    """Cash or a position: the state of one run."""

    terms: TradingCosts
    cash: Decimal
    quantity: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    entry: tuple[datetime | None, datetime, Decimal] | None = None

    def buy(self, signal_at: datetime | None, candle: Candle) -> None:
        price = self.terms.buys_at(candle.open)
        self.quantity = self.cash / (price * (1 + self.terms.fee))
        self.paid, self.cash = self.cash, Decimal(0)
        self.entry = (signal_at, candle.opens, price)

    def sell(self, candle: Candle) -> Trade:
        price = self.terms.sells_at(candle.open)
        trade = self._trade(candle, price, self.quantity * price * (1 - self.terms.fee), is_open=False)
        self.cash, self.quantity, self.entry = trade.received, Decimal(0), None
        return trade

    def mark_to_market(self, candle: Candle) -> Trade:
        return self._trade(candle, candle.close, self.quantity * candle.close, is_open=True)

    def _trade(self, candle: Candle, price: Decimal, received: Decimal, *, is_open: bool) -> Trade:
        assert self.entry is not None  # noqa: S101 - only a position is sold or valued
        signal_at, entry_at, entry_price = self.entry
        return Trade(signal_at, entry_at, entry_price, self.quantity, self.paid, candle.opens, price, received, is_open)

    def worth(self, candle: Candle) -> Decimal:
        return self.cash + self.quantity * candle.close


def run(
    name: str, candles: Sequence[Candle], start: datetime, params: Params, terms: TradingCosts, interval: str
) -> BacktestResult:
    """Test a strategy on closed candles, oldest first; those before ``start`` only warm it up. Raises NotEnough."""
    first = next((place for place, candle in enumerate(candles) if candle.opens >= start), len(candles))
    period = tuple(candles[first:])
    if len(period) < MIN_CANDLES:
        raise NotEnoughCandles(f"{MIN_CANDLES} closed candles are needed in the period, and {len(period)} are known")
    strategy = STRATEGIES[name]
    signals = strategy.signals(columns(candles), params)
    trades, equity, held = _trade(strategy, candles, first, [int(signal) for signal in signals], terms)
    path = np.array([float(value) for value in (terms.capital, *equity)])
    return BacktestResult(period, trades, equity, held, performance(path, _candles_per_year(period, interval)))


def _candles_per_year(period: Sequence[Candle], interval: str) -> float:
    """How many such candles a year has: fewer than it could where some are missing, as nothing was traded."""
    length = timedelta(seconds=INTERVALS[interval])
    there = (period[-1].opens - period[0].opens) / length + 1
    return steps_per_year(interval) * len(period) / there


def _trade(
    strategy: Strategy, candles: Sequence[Candle], first: int, signals: Sequence[int], terms: TradingCosts
) -> tuple[tuple[Trade, ...], tuple[Decimal, ...], tuple[bool, ...]]:
    account, trades = _Account(terms, terms.capital), []
    equity, held = [], []
    for place in range(first, len(candles)):
        candle, said = candles[place], signals[place - 1] if place else 0
        if account.entry is None and (said > 0 or (strategy.buys_at_start and place == first)):
            account.buy(candles[place - 1].opens if said > 0 else None, candle)
        elif account.entry is not None and said < 0:
            trades.append(account.sell(candle))
        equity.append(account.worth(candle))
        held.append(account.entry is not None)
    if account.entry is not None:
        trades.append(account.mark_to_market(candles[-1]))
    return tuple(trades), tuple(equity), tuple(held)


def buy_and_hold(candles: Sequence[Candle], start: datetime, terms: TradingCosts, interval: str) -> BacktestResult:
    """What the same money in the same period came to without a rule, at the same costs."""
    return run("buy_and_hold", candles, start, {}, terms, interval)


def trade_counts(trades: Sequence[Trade]) -> Mapping[str, float | int | None]:
    """Closed trades by outcome; an open one is counted apart. ``win_rate`` is a percentage."""
    ended = [trade for trade in trades if not trade.is_open]
    won = sum(trade.profit > 0 for trade in ended)
    return {
        "total": len(ended),
        "winning": won,
        "losing": sum(trade.profit < 0 for trade in ended),
        "open": len(trades) - len(ended),
        "win_rate": won / len(ended) * 100 if ended else None,
    }
