"""How single values are read from programs and said to them."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError as Refused
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alerts.coin_input import parse_coin
from alerts.fields import positive
from providers.domain.market_data import Instrument


def choice(words: type[StrEnum] | dict[str, str] | tuple[str, ...], **kwargs: Any) -> serializers.ChoiceField:
    """One of a few words; the error says which there are."""
    values = [str(word) for word in words]
    return serializers.ChoiceField(
        choices=values, error_messages={"invalid_choice": f"Allowed: {', '.join(values)}."}, **kwargs
    )


@extend_schema_field({"type": "string", "example": "BTC"})
class CoinField(serializers.Field[Instrument, str, str, Any]):
    """A coin by its symbol, id or pair."""

    def to_internal_value(self, data: Any) -> Instrument:
        if not isinstance(data, str):
            raise serializers.ValidationError("A coin is named by a string: a symbol (BTC), an id (bitcoin) or a pair.")
        try:
            return parse_coin(data)
        except Refused as refused:
            raise serializers.ValidationError(refused.messages, code="unknown_coin") from None

    def to_representation(self, value: Any) -> str:
        return str(value)


@extend_schema_field({"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$", "example": "70000"})
class AmountField(serializers.DecimalField):
    """A positive decimal, read from a string or a number and said as a string with every digit."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=40, decimal_places=18, validators=[positive], **kwargs)

    def quantize(self, value: Decimal) -> Decimal:
        """The value with the digits it came with: DRF would pad it to all its places."""
        return value

    def to_representation(self, value: Decimal) -> str:
        return f"{value:f}"
