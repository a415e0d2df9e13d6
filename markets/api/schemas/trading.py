"""The bodies of /api/trading/orderbook and /api/trading/volume: each row is of one venue, and named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from markets.api.params.symbols import symbol
from markets.api.schemas.common import meta, not_given
from markets.api.schemas.prices import MissingPrice
from markets.feeds import queries
from markets.feeds.queries import Book, VolumeRow
from providers.api.structs import Answer, Body, Doc, Meta, Moment, Money, UnknownReasons
from providers.domain import market_data
from providers.domain.market_data import Instrument, Volume
from providers.domain.wire_format import moment, money, number
from providers.resilience.answer_checks import VOLUME_MAX_AGE

NOT_ADDED = "the rows differ in currency or in scope, and do not add up"
NONE_CURRENT = "no row is current"
NOT_ALL_KNOWN = "not every row's volume is known"


class BookMetrics(Body):
    """Figures over the levels of a book."""

    bid_volume: Annotated[Money, Doc(description="In the coin, over the levels given.")]
    ask_volume: Money
    bid_ask_ratio: float
    spread: Money
    spread_percent: Annotated[float, Doc(description="Of the middle between best bid and best ask.")]
    best_bid: Money
    best_ask: Money

    @classmethod
    def of(cls, book: market_data.OrderBook) -> BookMetrics:
        """Sums of the levels, their ratio, and the spread, also as a share of the middle."""
        bid_volume = sum((quantity for _, quantity in book.bids), Decimal(0))
        ask_volume = sum((quantity for _, quantity in book.asks), Decimal(0))
        best_bid, best_ask = book.bids[0][0], book.asks[0][0]
        spread = best_ask - best_bid
        return cls(
            bid_volume=money(bid_volume),
            ask_volume=money(ask_volume),
            bid_ask_ratio=float(bid_volume / ask_volume),
            spread=money(spread),
            spread_percent=float(spread / ((best_bid + best_ask) / 2) * 100),
            best_bid=money(best_bid),
            best_ask=money(best_ask),
        )


class OrderBook(Answer):
    """The order book of one venue."""

    symbol: str
    currency: str
    bids: Annotated[list[list[Money]], Doc(description="[price, quantity], best first.")]
    asks: list[list[Money]]
    metrics: BookMetrics
    update_time: Annotated[Moment | None, Doc(description="The venue's own time, where it gives one.")]
    unknown: UnknownReasons
    meta: Meta


def order_book(name: str, item: Instrument, result: Book, book: market_data.OrderBook) -> OrderBook:
    """The body with the book of an instrument, requested by this name."""
    body = OrderBook(
        symbol=symbol(item),
        currency=book.currency,
        bids=[[money(price), money(quantity)] for price, quantity in book.bids],
        asks=[[money(price), money(quantity)] for price, quantity in book.asks],
        metrics=BookMetrics.of(book),
        update_time=moment(book.as_of),
        unknown={},
        meta=meta(result.meta, result.meta.age_s, {name: item.asset}),
    )
    return not_given(body, result.meta.source or "")


class VolumeOfCoin(Body):
    """The amount traded on one venue, or on all together, in 24 hours."""

    symbol: str
    exchange: Annotated[str, Doc(description="The venue, or market for all of them together.")]
    currency: str
    volume_24h: Annotated[Money | None, Doc(description="In `currency`.")]
    volume_base: Annotated[Money | None, Doc(description="In the coin.")]
    volume_scope: str
    volume_change: float | None
    trades_count: int | None
    price_change_percent: float | None
    as_of: Moment | None
    source: str
    stale: bool
    unknown: UnknownReasons

    @classmethod
    def of(cls, item: Instrument, row: VolumeRow) -> VolumeOfCoin:
        """The row of an instrument."""
        volume = row.volume
        body = cls(
            symbol=symbol(item),
            exchange=row.source if volume.scope == "venue" else "market",
            currency=volume.currency,
            volume_24h=money(volume.quoted),
            volume_base=money(volume.base),
            volume_scope=volume.scope,
            volume_change=number(volume.volume_change),
            trades_count=volume.trades,
            price_change_percent=number(volume.change_24h),
            as_of=moment(volume.as_of),
            source=row.source,
            stale=row.stale,
            unknown={},
        )
        return not_given(body, row.source)


class Volumes(Answer):
    """Volumes of coins, largest first."""

    symbol: Annotated[str | None, Doc(description="The coin requested; null for the top coins.")]
    total_volume: Annotated[
        Money | None, Doc(description="Null where rows differ in currency or scope: they do not add up.")
    ]
    currency: Annotated[str | None, Doc(description="Of the total.")]
    volume_scope: Annotated[str | None, Doc(description="Of the total: venue or market.")]
    count: int
    data: list[VolumeOfCoin]
    unknown: Annotated[dict[str, str], Doc(description="The reason why there is no total.")]
    missing: list[MissingPrice]
    meta: Meta


def volumes(name: str | None, items: Sequence[Instrument], result: queries.Volumes) -> Volumes:
    """The body with the volumes of these instruments, of which the first was requested by this name, if any."""
    rows = sorted(result.rows.items(), key=lambda entry: entry[1].volume.quoted or Decimal(0), reverse=True)
    whole = total([row.volume for _, row in rows if not _is_old(row)])
    of_total = ("total_volume", "currency", "volume_scope")
    return Volumes(
        symbol=symbol(items[0]) if name is not None else None,
        total_volume=money(whole.quoted),
        currency=whole.currency,
        volume_scope=whole.scope,
        count=len(rows),
        data=[VolumeOfCoin.of(item, row) for item, row in rows],
        unknown={} if whole.reason is None else dict.fromkeys(of_total, whole.reason),
        missing=[
            MissingPrice(symbol=symbol(item), reason=missing.reason, code=missing.code)
            for item, missing in result.missing.items()
        ],
        meta=meta(result.meta, result.meta.age_s, {name: items[0].asset} if name else {}),
    )


def _is_old(row: VolumeRow) -> bool:
    """Return whether the source itself had an old volume, as for a halted pair; a last known good is marked instead."""
    as_of = row.volume.as_of
    return as_of is not None and row.fetched_at - as_of > VOLUME_MAX_AGE


@dataclass(frozen=True, slots=True)
class Total:
    """A sum in the currency and of the scope that all rows share; ``reason`` says why there is none."""

    quoted: Decimal | None = None
    currency: str | None = None
    scope: str | None = None
    reason: str | None = None


def total(rows: Sequence[Volume]) -> Total:
    """The sum of volumes; none if they differ in currency or scope, one is not known, or none is current."""
    if not rows:
        return Total(reason=NONE_CURRENT)
    quoted = [volume.quoted for volume in rows if volume.quoted is not None]
    if len({(volume.currency, volume.scope) for volume in rows}) != 1:
        return Total(reason=NOT_ADDED)
    if len(quoted) < len(rows):
        return Total(reason=NOT_ALL_KNOWN)
    return Total(sum(quoted, Decimal(0)), rows[0].currency, rows[0].scope)
