"""Parsing of a coin that a user typed or selected."""

from __future__ import annotations

from typing import Protocol

from django.core.exceptions import ValidationError

from markets.assets import registry
from providers.domain.market_data import Instrument


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
