"""Currencies a provider quotes in, its names for pairs and assets, and headers of its requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from providers.domain.adapter import Item, Lookup, Request
from providers.domain.market_data import ANY_DOLLAR

# fmt: off
FIAT = frozenset({
    "USD", "EUR", "GBP", "JPY", "AUD", "CAD", "CHF", "CNY", "KRW", "INR", "BRL", "TRY", "MXN", "ZAR", "SGD",
    "HKD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "ILS", "THB", "IDR", "PHP", "MYR", "TWD", "VND",
})
# fmt: on
"""Currencies that CoinGecko, CoinMarketCap and CoinPaprika all convert to."""

_NAME = re.compile(r"(?!\.+\Z)[\w.\-:]{1,100}")


class QuotedItem(Item, Protocol):
    """An item about an asset in a quote currency: its price, its candles, its book."""

    @property
    def quote(self) -> str:
        """Return the quote currency, or ANY_DOLLAR."""
        ...


Q = TypeVar("Q", bound=QuotedItem)


def _unchanged(name: str) -> str:
    return name


@dataclass(frozen=True, slots=True)
class Quoting:
    """The currencies a provider quotes in, and its names for pairs.

    ``dollar`` is the provider's best US dollar or dollar stablecoin: the meaning of ANY_DOLLAR there. ``current_name``
    maps an asset's former name at the provider to today's.
    """

    dollar: str
    currencies: frozenset[str]
    separator: str = ""
    current_name: Callable[[str], str] = _unchanged

    def currency(self, item: QuotedItem) -> str:
        """Return the currency an item is quoted in at this provider."""
        return self.dollar if item.quote == ANY_DOLLAR else item.quote

    def accepts(self, lookup: Lookup[Q]) -> bool:
        """Return whether the provider quotes in the item's currency and the asset is not that currency itself."""
        currency = self.currency(lookup.item)
        return (
            currency in self.currencies
            and self.current_name(lookup.name).upper() != currency
            and _NAME.fullmatch(lookup.name) is not None
        )

    def pair(self, lookup: Lookup[Q]) -> str:
        """Return the provider's name for the market: base, separator, quote."""
        return f"{self.current_name(lookup.name)}{self.separator}{self.currency(lookup.item)}"

    def pairs(self, lookups: Sequence[Lookup[Q]]) -> tuple[str, ...]:
        """Return the markets of all lookups, each once: two items may mean the same market."""
        return distinct(self.pair(lookup) for lookup in lookups)

    def quote_currencies(self, lookups: Sequence[Lookup[Q]]) -> tuple[str, ...]:
        """Return the currencies of all lookups, each once."""
        return distinct(self.currency(lookup.item) for lookup in lookups)


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """Return each value once, in order of first appearance."""
    return tuple(dict.fromkeys(values))


def asset_names(lookups: Sequence[Lookup[Any]]) -> tuple[str, ...]:
    """Return the provider's names of all lookups' assets, each once."""
    return distinct(lookup.name for lookup in lookups)


def path_segment(name: str) -> str:
    """Return a name percent-encoded as one segment of a URL path."""
    return quote(name, safe=":")


def with_header(request: Request, name: str, value: str) -> Request:
    """Return the request with an additional header."""
    return replace(request, headers=(*request.headers, (name, value)))
