"""Backtest of a trading rule on past candles, with fees and slippage and without look-ahead. Pure.

1. The rule gives a signal at the close of a candle.
2. The trade is done at the open of the next candle, at a price worse by the slippage; the fee is on the amount traded.
3. One long position at a time with all of the money; cash earns nothing.
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


class NotEnoughCandles(ValueError):  # noqa: N818 - a property of the history, not an error of the program
    """The period holds too few closed candles for a backtest."""


@dataclass(frozen=True, slots=True)
class TradingCosts:
    """Initial capital, and the costs of trading in basis points of the amount traded."""

    capital: Decimal
    fee_bps: Decimal
    slippage_bps: Decimal

    @property
    def fee(self) -> Decimal:
        """Fee as a fraction of the amount traded."""
        return self.fee_bps / BPS

    def buys_at(self, price: Decimal) -> Decimal:
        """Price paid after slippage."""
        return price * (1 + self.slippage_bps / BPS)

    def sells_at(self, price: Decimal) -> Decimal:
        """Price received after slippage."""
        return price * (1 - self.slippage_bps / BPS)


@dataclass(frozen=True, slots=True)
class Trade:
    """A position, from entry to exit.

    ``signal_at`` is the opening time of the candle whose close gave the signal; None without a signal. For an open
    position ``exit_price`` is the last close and ``exit_at`` the opening time of that candle.
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
        """Amount received minus amount paid, fees included."""
        return self.received - self.paid

    @property
    def return_percent(self) -> float:
        """Profit in percent of the amount paid."""
        return float(self.profit / self.paid) * 100


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """Result of a backtest.

    ``equity`` is the wealth at each candle's close; ``invested`` tells if a position was open then.
    """

    candles: tuple[Candle, ...]
    trades: tuple[Trade, ...]
    equity: tuple[Decimal, ...]
    invested: tuple[bool, ...]
    performance: Performance

    @property
    def final(self) -> Decimal:
        """Wealth at the last close."""
        return self.equity[-1]

    @property
    def exposure(self) -> float:
        """Percentage of candles at whose close a position was open."""
        return sum(self.invested) / len(self.invested) * 100


@dataclass(slots=True)
class _Account:
    """State of one run: cash, or a position."""

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
    """Test a strategy on closed candles, oldest first; those before ``start`` only warm up the rule.

    Raises NotEnoughCandles.
    """
    first = next((i for i, candle in enumerate(candles) if candle.opens >= start), len(candles))
    period = tuple(candles[first:])
    if len(period) < MIN_CANDLES:
        raise NotEnoughCandles(f"{MIN_CANDLES} closed candles are needed in the period, and {len(period)} are known")
    strategy = STRATEGIES[name]
    signals = strategy.signals(columns(candles), params)
    trades, equity, invested = _trade(strategy, candles, first, [int(signal) for signal in signals], terms)
    path = np.array([float(value) for value in (terms.capital, *equity)])
    return BacktestResult(period, trades, equity, invested, performance(path, _candles_per_year(period, interval)))


def _candles_per_year(period: Sequence[Candle], interval: str) -> float:
    """Number of such candles a year, reduced by the share of candles missing because nothing was traded."""
    length = timedelta(seconds=INTERVALS[interval])
    possible = (period[-1].opens - period[0].opens) / length + 1
    return steps_per_year(interval) * len(period) / possible


def _trade(
    strategy: Strategy, candles: Sequence[Candle], first: int, signals: Sequence[int], terms: TradingCosts
) -> tuple[tuple[Trade, ...], tuple[Decimal, ...], tuple[bool, ...]]:
    account, trades = _Account(terms, terms.capital), []
    equity, invested = [], []
    for i in range(first, len(candles)):
        candle, signal = candles[i], signals[i - 1] if i else 0
        if account.entry is None and (signal > 0 or (strategy.buys_at_start and i == first)):
            account.buy(candles[i - 1].opens if signal > 0 else None, candle)
        elif account.entry is not None and signal < 0:
            trades.append(account.sell(candle))
        equity.append(account.worth(candle))
        invested.append(account.entry is not None)
    if account.entry is not None:
        trades.append(account.mark_to_market(candles[-1]))
    return tuple(trades), tuple(equity), tuple(invested)


def buy_and_hold(candles: Sequence[Candle], start: datetime, terms: TradingCosts, interval: str) -> BacktestResult:
    """Backtest of buying at the first open and holding to the end, at the same costs."""
    return run("buy_and_hold", candles, start, {}, terms, interval)


def trade_counts(trades: Sequence[Trade]) -> Mapping[str, float | int | None]:
    """Count closed trades by outcome, and open ones apart; ``win_rate`` is a percentage."""
    closed = [trade for trade in trades if not trade.is_open]
    won = sum(trade.profit > 0 for trade in closed)
    return {
        "total": len(closed),
        "winning": won,
        "losing": sum(trade.profit < 0 for trade in closed),
        "open": len(trades) - len(closed),
        "win_rate": won / len(closed) * 100 if closed else None,
    }
