"""The shapes of market answers, for the OpenAPI document. Nothing is parsed here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema_field
from rest_framework import serializers

from markets.api.params.symbols import MOST
from markets.feeds import provenance
from providers.api import structs
from providers.api.schemas import Meta
from providers.domain.market_data import Instrument
from providers.domain.wire_format import moment, seconds

__all__ = ["SYMBOLS", "Meta", "Money", "Shape"]

Shape = serializers.Serializer[Any]


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "example": "64123.45000000"})
class Money(serializers.CharField):
    """A decimal string with every digit its source gave."""


def not_given(source: str, **values: object) -> dict[str, str]:
    """The reasons for values that are null because their source leaves them out, by name."""
    return {name: f"not given by {source}" for name, value in values.items() if value is None}


def meta(whole: provenance.Meta, age_s: float | None, requested: Mapping[str, Instrument | None]) -> structs.Meta:
    """The provenance of a whole body, ``age_s`` old when it was built, for the requested names."""
    return structs.Meta(
        source=whole.source,
        endpoint=whole.endpoint,
        as_of=moment(whole.as_of),
        fetched_at=moment(whole.fetched_at),
        age_s=seconds(age_s),
        stale=whole.stale,
        stale_reason=whole.stale_reason,
        verified=whole.verified,
        cache=whole.cache,
        chain=whole.chain,
        attempts=whole.attempts,
        decision=whole.decision,
        asset={name: item.asset for name, item in requested.items() if item is not None},
    )


SYMBOLS = OpenApiParameter(
    "symbols",
    {
        "type": "array",
        "items": {"type": "string", "maxLength": 100, "pattern": "^[A-Za-z0-9][A-Za-z0-9._:/-]*$"},
        "minItems": 1,
        "maxItems": MOST,
    },
    required=True,
    explode=False,
    style="form",
    description="Coins by symbol (BTC, any case), id (bitcoin) or pair (BTCUSDT), separated by commas. A symbol that "
    "several coins share means the highest-ranked one; meta.asset says which was taken. A pair asks for that quote "
    "currency; without one, each source answers in its own US dollar or dollar stablecoin and names it.",
    examples=[
        OpenApiExample("One coin", value=["BTC"]),
        OpenApiExample("By symbol, id and pair", value=["BTC", "solana", "ETHUSDT"]),
    ],
)
