"""24-hour volumes: of one exchange in base and quote, or of the whole market in quote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from providers.adapters.shared import parsing
from providers.adapters.shared.parsing import ARITHMETIC
from providers.adapters.shared.rows import MARKET, VENUE
from providers.domain.adapter import Handler, Lookup, Request, Response
from providers.domain.market_data import Instrument, Quote, Volume
from providers.domain.outcomes import Failure, Outcome

MAX_RATIO = Decimal(20_000)
"""Largest accepted ratio between the last price and the average price of 24 hours, either way round.

A crash of 99.99 % within the day reaches 10,000; swapped columns of a large coin are off by more.
"""


def venue_volume(
    lookup: Lookup[Instrument],
    currency: str,
    *,
    base: Decimal | None,
    quoted: Decimal | None,
    last: object = None,
    trades: object = None,
    change: Decimal | None = None,
    as_of: datetime | None = None,
) -> Volume | None:
    """Return one exchange's volume, None if it reports neither base nor quote volume.

    Raises IMPLAUSIBLE if the two volumes do not belong together: their ratio is far from the last price.
    """
    if base is None and quoted is None:
        return None
    if not _agree(base, quoted, parsing.price(last)):
        raise Failure(Outcome.IMPLAUSIBLE, "base and quote volume do not fit the price")
    return Volume(lookup.item.asset, currency, quoted, base, VENUE, _count(trades), change, as_of)


@dataclass(frozen=True, slots=True)
class MarketVolumes:
    """Answer volume lookups from the prices of a market-wide provider: quote volumes only."""

    prices: Handler[Instrument, Quote]

    @property
    def max_items(self) -> int:
        """Return the largest number of lookups in one request."""
        return self.prices.max_items

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        """Return whether the provider has the price."""
        return self.prices.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        """Build the request for the prices."""
        return self.prices.request(lookups)

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, Volume]:
        """Read the volumes of the quotes that have one. Raises Failure."""
        quotes = self.prices.parse(lookups, response)
        return {
            item: Volume(
                quote.asset, quote.currency, quote.volume_24h, None, MARKET, None, quote.change_24h, quote.as_of
            )
            for item, quote in quotes.items()
            if quote.volume_24h is not None
        }


def market_volume(
    lookup: Lookup[Instrument],
    currency: str,
    quoted: Decimal | None,
    *,
    change: Decimal | None,
    volume_change: Decimal | None,
    as_of: datetime | None,
) -> Volume | None:
    """Return the whole market's volume with its change, None if there is none."""
    if quoted is None:
        return None
    return Volume(lookup.item.asset, currency, quoted, None, MARKET, None, change, as_of, volume_change)


def _agree(base: Decimal | None, quoted: Decimal | None, last: Decimal | None) -> bool:
    if not base or not quoted or last is None:
        return True
    value = ARITHMETIC.multiply(base, last)
    return value <= ARITHMETIC.multiply(quoted, MAX_RATIO) and quoted <= ARITHMETIC.multiply(value, MAX_RATIO)


def _count(value: object) -> int | None:
    """Return a number of trades, None for an empty or impossible one."""
    number = parsing.amount(value)
    return int(number) if number is not None and number == number.to_integral_value() else None
