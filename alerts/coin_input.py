"""Parsing of a coin that a user typed or selected."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from django.core.exceptions import ValidationError

from markets.assets import registry
from providers.domain.market_data import ANY_DOLLAR, Instrument

DOLLAR_QUOTES = frozenset({ANY_DOLLAR, "USD", "USDT", "USDC", "FDUSD", "TUSD", "PYUSD", "USDE", "USDS", "DAI"})
"""The dollar and the stablecoins that follow it."""


class NamedAsset(Protocol):
    """An asset with a name and a symbol: a database row or an entry of the registry."""

    @property
    def name(self) -> str:
        """The name, such as Bitcoin."""

    @property
    def symbol(self) -> str:
        """The symbol, such as BTC."""


def label(asset: NamedAsset) -> str:
    """Return a coin as input boxes show it: ``Bitcoin (BTC)``."""
    return f"{asset.name} ({asset.symbol})"


def parse_selection(slug: str, typed: str) -> Instrument:
    """Return the selected coin, or what was typed if that differs from its label. Raises ValidationError."""
    asset = registry.get(slug) if slug else None
    if asset is not None and typed.strip() in ("", label(asset)):
        return Instrument(asset.slug)
    return parse_coin(typed or slug)


def parse_coin_of_list(slug: str, typed: str) -> Instrument:
    """Return a coin for a watchlist, which shows dollar prices.

    Raises ValidationError for a pair in another currency.
    """
    instrument = parse_selection(slug, typed)
    require_dollars(instrument)
    return instrument


def require_dollars(instrument: Instrument) -> None:
    """Raise ValidationError for a pair whose quote is no dollar: its quote would be dropped in silence."""
    if instrument.quote not in DOLLAR_QUOTES:
        raise ValidationError(
            "A watchlist shows prices in dollars, not in %(quote)s. Add the coin by its symbol.",
            code="pair",
            params={"quote": instrument.quote},
        )


def quote_of_pair(instrument: Instrument, chosen: str | None, allowed: Collection[str]) -> str | None:
    """Return the quote currency that a pair sets, or None for a coin. ``chosen`` is the currency selected beside it.

    Raises ValidationError if alerts do not know the pair's quote, or if another one was selected.
    """
    if instrument.quote == ANY_DOLLAR:
        return None
    if instrument.quote not in allowed:
        names = ", ".join(sorted(name for name in allowed if name != ANY_DOLLAR))
        raise ValidationError(
            "There are no alerts on prices in %(quote)s. Allowed: %(names)s.",
            code="quote",
            params={"quote": instrument.quote, "names": names},
        )
    if chosen not in (None, ANY_DOLLAR, instrument.quote):
        raise ValidationError(
            "The pair is quoted in %(quote)s, but %(chosen)s is selected. Name the coin alone, or select %(quote)s.",
            code="quote",
            params={"quote": instrument.quote, "chosen": chosen},
        )
    return instrument.quote


def parse_coin(text: str) -> Instrument:
    """Return the instrument that a symbol, an id or a pair names. Raises ValidationError if there is none."""
    typed = text.strip()
    if not typed:
        raise ValidationError("Name a coin: its symbol (BTC), its id (bitcoin) or a pair (BTCUSDT).", code="required")
    instrument = registry.find(typed)
    if instrument is None:
        raise ValidationError(
            "No coin is known as “%(typed)s”. Try its symbol (BTC) or its id (bitcoin).",
            code="unknown_coin",
            params={"typed": typed[:40]},
        )
    return instrument
