"""Which coin a user means by what they typed."""

from __future__ import annotations

from typing import Protocol

from django.core.exceptions import ValidationError

from markets.assets import registry
from providers.domain.market_data import Instrument


class NamedAsset(Protocol):
    """An asset, from the tables or from memory."""

    @property
    def name(self) -> str: ...

    @property
    def symbol(self) -> str: ...


def label(asset: NamedAsset) -> str:
    """A coin as the boxes that ask for one show it: ``Bitcoin (BTC)``."""
    return f"{asset.name} ({asset.symbol})"


def parse_selection(slug: str, typed: str) -> Instrument:
    """What a box asks for: the coin picked, unless something else was typed since. Raises ValidationError."""
    asset = registry.get(slug) if slug else None
    if asset is not None and typed.strip() in ("", label(asset)):
        return Instrument(asset.slug)
    return parse_coin(typed or slug)


def parse_coin(text: str) -> Instrument:
    """The instrument a symbol, an id or a pair names. Raises ValidationError when there is none."""
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
