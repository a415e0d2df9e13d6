"""Queries and values of prices, candles, order books and volumes. Pure.

Money is ``Decimal``. Optional fields are None where the source gives no value.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

ANY_DOLLAR = "*"
"""Open quote currency: the source answers in its own US dollar or dollar stablecoin, and names it."""

DOLLARS = ("USD", "USDT", "USDC")
"""Currencies that may answer ANY_DOLLAR. They are different currencies, so every value names its own."""

INTERVALS = {"1m": 60, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "4h": 14_400, "1d": 86_400, "1w": 604_800}
"""Candle lengths in seconds. Days begin at 00:00 UTC, weeks on Monday."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """Query for the price or volume of an asset in a quote currency, or in ANY_DOLLAR."""

    asset: str
    quote: str = ANY_DOLLAR

    @property
    def key(self) -> str:
        """Identifier in caches and records, e.g. ``bitcoin/USDT``."""
        return f"{self.asset}/{self.quote}"


@dataclass(frozen=True, slots=True)
class Quote:
    """Price of one asset.

    ``currency`` is the quote currency as the source states it. ``change_24h`` is a percentage over a rolling 24 hours.
    ``volume_24h`` is in ``currency``; its scope is ``venue`` (one exchange) or ``market``. ``as_of`` is the source's
    own time.
    """

    asset: str
    currency: str
    price: Decimal
    change_24h: Decimal | None = None
    volume_24h: Decimal | None = None
    volume_scope: str | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class CandleQuery:
    """Query for the newest ``limit`` candles that open before ``end``; None means now, the forming candle included."""

    asset: str
    quote: str = ANY_DOLLAR
    interval: str = "1h"
    limit: int = 100
    end: datetime | None = None

    @property
    def key(self) -> str:
        """Identifier in caches and records; differs for every combination of fields."""
        until = self.end.isoformat() if self.end else "now"
        return f"{self.asset}/{self.quote}|{self.interval}|{self.limit}|{until}"


@dataclass(frozen=True, slots=True)
class Candle:
    """A candle that begins at ``opens``.

    ``volume`` is in the asset, ``quote_volume`` in the quote currency. ``closed`` is False while it is forming.
    """

    opens: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal | None = None
    quote_volume: Decimal | None = None
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Candles:
    """Candles of one asset, oldest first. Intervals without a trade may be missing: no gap is filled in."""

    asset: str
    currency: str
    interval: str
    candles: tuple[Candle, ...]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderBookQuery:
    """Query for the best ``levels`` of an asset's order book on each side."""

    asset: str
    quote: str = ANY_DOLLAR
    levels: int = 20

    @property
    def key(self) -> str:
        """Identifier in caches and records."""
        return f"{self.asset}/{self.quote}|{self.levels}"


@dataclass(frozen=True, slots=True)
class OrderBook:
    """Order book of one venue, never merged: (price, quantity of the asset), highest bid and lowest ask first."""

    asset: str
    currency: str
    bids: tuple[tuple[Decimal, Decimal], ...]
    asks: tuple[tuple[Decimal, Decimal], ...]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Volume:
    """Volume traded over the last 24 hours: ``base`` in the asset, ``quoted`` in the quote currency.

    ``scope`` is ``venue`` (one exchange) or ``market``. ``change_24h`` is the price's change in percent,
    ``volume_change`` the volume's.
    """

    asset: str
    currency: str
    quoted: Decimal | None
    base: Decimal | None
    scope: str
    trades: int | None = None
    change_24h: Decimal | None = None
    as_of: datetime | None = None
    volume_change: Decimal | None = None
