"""What was traded in 24 hours: a venue's base and quote volume, or the whole market's as told with a price."""

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

FAR = Decimal(100)
"""How many times the last price an average price over 24 hours may be, or the other way round."""


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
    """One venue's volume; None where it says nothing of it.

    Raises IMPLAUSIBLE where the two volumes are not of one market: their ratio is nowhere near the last price.
    """
    if base is None and quoted is None:
        return None
    if not _agree(base, quoted, parsing.price(last)):
        raise Failure(Outcome.IMPLAUSIBLE, "base and quote volume do not fit the price")
    return Volume(lookup.item.asset, currency, quoted, base, VENUE, _count(trades), change, as_of)


@dataclass(frozen=True, slots=True)
class MarketVolumes:
    """The volumes of a source of the whole market, which come with its prices: in the currency only."""

    prices: Handler[Instrument, Quote]

    @property
    def max_items(self) -> int:
        return self.prices.max_items

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        return self.prices.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        return self.prices.request(lookups)

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, Volume]:
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
    """The whole market's volume with how it changed; None where it is not said."""
    if quoted is None:
        return None
    return Volume(lookup.item.asset, currency, quoted, None, MARKET, None, change, as_of, volume_change)


def _agree(base: Decimal | None, quoted: Decimal | None, last: Decimal | None) -> bool:
    if not base or not quoted or last is None:
        return True
    worth = ARITHMETIC.multiply(base, last)
    return worth <= ARITHMETIC.multiply(quoted, FAR) and quoted <= ARITHMETIC.multiply(worth, FAR)


def _count(value: object) -> int | None:
    """A number of trades, or None where there is none that can be."""
    number = parsing.amount(value)
    return int(number) if number is not None and number == number.to_integral_value() else None
