"""The shapes of market answers, for the OpenAPI document. Nothing is parsed here."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from markets.api.params.symbols import MOST
from providers.api.schemas import Meta

__all__ = ["SYMBOLS", "Meta", "MissingPrice", "Money", "Price", "Prices", "Shape"]

Shape = serializers.Serializer[Any]


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "example": "64123.45000000"})
class Money(serializers.CharField):
    """A decimal string with every digit its source gave."""


class Price(Shape):
    id = serializers.CharField(help_text="The coin's id, which never changes.")
    symbol = serializers.CharField()
    price = Money()
    currency = serializers.CharField(help_text="What it is quoted in: USD, USDT and USDC are different currencies.")
    change_24h = serializers.FloatField(allow_null=True, help_text="Percent over a rolling 24 hours.")
    volume_24h = Money(allow_null=True, help_text="In `currency`.")
    volume_scope = serializers.CharField(allow_null=True, help_text="venue: one exchange; market: all of them.")
    as_of = serializers.DateTimeField(allow_null=True, help_text="The source's own time.")
    source = serializers.CharField(help_text="The provider that answered.")  # type: ignore[assignment]  # the contract's name
    stale = serializers.BooleanField(help_text="Whether it is the last known good, for want of a fresh one.")
    stale_reason = serializers.CharField(allow_null=True)
    verified = serializers.BooleanField(help_text="Whether another, independent source lately said the same.")
    age_s = serializers.FloatField(help_text="How old it was when the answer was made; see also the Age header.")
    unknown = serializers.DictField(child=serializers.CharField(), help_text="Why each member that is null is.")


class MissingPrice(Shape):
    symbol = serializers.CharField(help_text="As it was asked.")
    reason = serializers.CharField()
    code = serializers.CharField(help_text="unknown_asset, not_available, unavailable or deadline.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "One price, one unknown name",
            value={
                "success": True,
                "prices": [
                    {
                        "id": "bitcoin",
                        "symbol": "BTC",
                        "price": "64123.45000000",
                        "currency": "USDT",
                        "change_24h": 1.284,
                        "volume_24h": "1482345678.12345678",
                        "volume_scope": "venue",
                        "as_of": "2026-01-01T12:00:00.123Z",
                        "source": "binance",
                        "stale": False,
                        "stale_reason": None,
                        "verified": True,
                        "age_s": 0.082,
                        "unknown": {},
                    }
                ],
                "missing": [
                    {"symbol": "NOPE", "reason": "no coin of this name is known here", "code": "unknown_asset"}
                ],
                "meta": {
                    "source": "binance",
                    "endpoint": "api.binance.com",
                    "as_of": "2026-01-01T12:00:00.123Z",
                    "fetched_at": "2026-01-01T12:00:00.205Z",
                    "age_s": 0.082,
                    "stale": False,
                    "stale_reason": None,
                    "verified": True,
                    "cache": "miss",
                    "chain": "MARKET_PRICE",
                    "attempts": 1,
                    "decision": "0f3a9c2e41d7",
                    "asset": {"BTC": "bitcoin"},
                },
            },
            response_only=True,
            status_codes=["200"],
        )
    ]
)
class Prices(Shape):
    """Prices in the order asked, and what is missing with its reason."""

    success = serializers.BooleanField()
    prices = Price(many=True)
    missing = MissingPrice(many=True)
    meta = Meta()


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
