"""Serializer fields shared by the routes of alerts and watchlists."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alerts.coin_input import parse_coin, require_dollars
from alerts.fields import positive
from providers.domain.market_data import Instrument


def choice(options: type[StrEnum] | dict[str, str] | tuple[str, ...], **kwargs: Any) -> serializers.ChoiceField:
    """Return a choice field whose error lists the allowed values."""
    values = [str(option) for option in options]
    return serializers.ChoiceField(
        choices=values, error_messages={"invalid_choice": f"Allowed: {', '.join(values)}."}, **kwargs
    )


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "example": "64123.45000000"})
class Money(serializers.CharField):
    """A decimal string with every digit of its source, for output."""


@extend_schema_field({"type": "string", "example": "BTC"})
class ListedCoinField(serializers.Field[Instrument, str, str, Any]):
    """A coin of a watchlist, given by its symbol, id or dollar pair."""

    def to_internal_value(self, data: Any) -> Instrument:
        """Parse the coin; raises ValidationError if it is not known, or is a pair in another currency."""
        instrument = CoinField().to_internal_value(data)
        try:
            require_dollars(instrument)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages, code="pair") from None
        return instrument

    def to_representation(self, value: Any) -> str:
        """Return the coin as text."""
        return str(value)


@extend_schema_field({"type": "string", "example": "BTC"})
class CoinField(serializers.Field[Instrument, str, str, Any]):
    """A coin, given by its symbol, id or pair."""

    def to_internal_value(self, data: Any) -> Instrument:
        """Parse the coin; raises ValidationError if it is not known."""
        if not isinstance(data, str):
            raise serializers.ValidationError(
                "A coin must be a string: a symbol (BTC), an id (bitcoin) or a pair (BTCUSDT)."
            )
        try:
            return parse_coin(data)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages, code="unknown_coin") from None

    def to_representation(self, value: Any) -> str:
        """Return the coin as text."""
        return str(value)


@extend_schema_field({"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$", "example": "70000"})
class AmountField(serializers.DecimalField):
    """A positive decimal, read from a string or a number, written as a string with every digit."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=40, decimal_places=18, validators=[positive], **kwargs)

    def quantize(self, value: Decimal) -> Decimal:
        """Return the value unchanged; DRF would pad it to all its decimals."""
        return value

    def to_representation(self, value: Decimal) -> str:
        """Return plain notation."""
        return f"{value:f}"
