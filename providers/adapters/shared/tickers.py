"""Prices and 24-hour volumes from an exchange's ticker route."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Generic

from providers.adapters.shared import parsing
from providers.adapters.shared.quoting import Quoting
from providers.adapters.shared.rows import VENUE, Row, build_quote, entry, read_values
from providers.adapters.shared.volumes import venue_volume
from providers.domain.adapter import Lookup, Request, Response, V
from providers.domain.market_data import Instrument, Quote, Volume


@dataclass(frozen=True, slots=True)
class TickerHandler(Generic[V]):
    """Answer price or volume lookups from one ticker route.

    ``build_request`` receives the requested pairs, each once. ``read_rows`` returns the rows of a response by pair; a
    pair that is absent is not known to the exchange. ``read`` turns a row into a value in the given currency, or None
    where the row has none; see TickerColumns.
    """

    quoting: Quoting
    build_request: Callable[[Sequence[str]], Request]
    read_rows: Callable[[Response, Sequence[str]], Mapping[str, object]]
    read: Callable[[Lookup[Instrument], str, Row], V | None]
    max_items: int = 1

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        """Return whether the exchange quotes in the lookup's currency."""
        return self.quoting.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        """Build the request for these markets."""
        return self.build_request(self.quoting.pairs(lookups))

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, V]:
        """Read the value of every lookup whose pair has a row. Raises Failure."""
        lookups = lookups[: self.max_items]
        rows = self.read_rows(response, self.quoting.pairs(lookups))
        return read_values(
            lookups,
            lambda lookup: entry(rows, self.quoting.pair(lookup)),
            lambda lookup, row: self.read(lookup, self.quoting.currency(lookup.item), row),
        )


def add_time(rows: Mapping[str, Row], millis: object) -> dict[str, Row]:
    """Add the time of the whole response as ``time`` to each row. Raises BROKEN if it is not a number."""
    parsing.from_millis(millis)
    return {pair: {**row, "time": millis} for pair, row in rows.items()}


@dataclass(frozen=True, slots=True)
class TickerColumns:
    """Names of a ticker row's fields, with the units of its change and time.

    ``price`` lists alternative names; the first one present is used. The quote volume is ``quote_volume``, or base
    volume times ``average_price``. The 24-hour change is ``change_percent``, or ``change_fraction``, or the last price
    compared with ``open``, the price 24 hours ago. None means that the exchange does not report the figure.
    """

    price: tuple[str, ...]
    base_volume: str
    quote_volume: str | None = None
    average_price: str | None = None
    change_percent: str | None = None
    change_fraction: str | None = None
    open: str | None = None
    time: str | None = None
    read_time: Callable[[object], datetime | None] = parsing.from_millis
    trades: str | None = None

    def quote(self, lookup: Lookup[Instrument], currency: str, row: Row) -> Quote | None:
        """Read the price. An unreadable volume is left out."""
        price = parsing.price(parsing.field(row, *self.price))
        change, volume, as_of = self._change(row, price), self._quote_volume(row), self._time(row)
        return build_quote(lookup, currency, price, change=change, volume=volume, scope=VENUE, as_of=as_of)

    def volume(self, lookup: Lookup[Instrument], currency: str, row: Row) -> Volume | None:
        """Read the volume. The volume fields must be present; an unreadable volume is IMPLAUSIBLE."""
        last = row.get(self.price[0])
        return venue_volume(
            lookup,
            currency,
            base=parsing.strict_amount(parsing.field(row, self.base_volume)),
            quoted=self._measured_quote_volume(row),
            last=last,
            trades=row.get(self.trades) if self.trades else None,
            change=self._change(row, parsing.price(last)),
            as_of=self._time(row),
        )

    def _change(self, row: Row, price: Decimal | None) -> Decimal | None:
        if self.change_percent is not None:
            return parsing.percent(row.get(self.change_percent))
        if self.change_fraction is not None:
            return parsing.fraction(row.get(self.change_fraction))
        return None if self.open is None else parsing.change(price, row.get(self.open))

    def _quote_volume(self, row: Row) -> Decimal | None:
        if self.average_price is not None:
            return parsing.product(row.get(self.base_volume), row.get(self.average_price))
        return None if self.quote_volume is None else parsing.amount(row.get(self.quote_volume))

    def _measured_quote_volume(self, row: Row) -> Decimal | None:
        if self.average_price is not None:
            return parsing.strict_product(row[self.base_volume], parsing.field(row, self.average_price))
        return None if self.quote_volume is None else parsing.strict_amount(parsing.field(row, self.quote_volume))

    def _time(self, row: Row) -> datetime | None:
        return None if self.time is None else self.read_time(row.get(self.time))
