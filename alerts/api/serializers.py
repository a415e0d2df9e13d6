"""Serializers of watchlists, alerts and events."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers

from alerts.api.fields import AmountField, CoinField, ListedCoinField, Money, choice
from alerts.coin_input import quote_of_pair
from alerts.models import QUOTES, AlertEvent, PriceAlert, Watchlist, WatchlistItem
from alerts.rules.conditions import AlertState, Direction
from alerts.watchlists.watchlists import MAX_ITEMS, MAX_NAME
from providers.domain.market_data import ANY_DOLLAR


class ItemSerializer(serializers.ModelSerializer[WatchlistItem]):
    """A coin on a watchlist."""

    id = serializers.CharField(source="asset_id", read_only=True, help_text="The coin's id.")
    symbol = serializers.CharField(source="asset.symbol", read_only=True)
    name = serializers.CharField(source="asset.name", read_only=True)

    class Meta:
        model = WatchlistItem
        fields = ("id", "symbol", "name", "added_at")
        read_only_fields = fields


class WatchlistSerializer(serializers.ModelSerializer[Watchlist]):
    """A watchlist with its coins in the user's order."""

    name = serializers.CharField(max_length=MAX_NAME)
    items = ItemSerializer(many=True, read_only=True)

    class Meta:
        model = Watchlist
        fields = ("id", "name", "created_at", "items")
        read_only_fields = ("id", "created_at")


class CoinSerializer(serializers.Serializer[Any]):
    """A coin to add."""

    coin = ListedCoinField(help_text="A symbol (BTC), an id (bitcoin) or a pair (BTCUSDT).")


class OrderSerializer(serializers.Serializer[Any]):
    """The coins in their new order; coins not named follow in their previous order."""

    coins = serializers.ListField(child=ListedCoinField(), allow_empty=False, max_length=MAX_ITEMS)


class AlertSerializer(serializers.ModelSerializer[PriceAlert]):
    """A price alert. It fires once whenever the price crosses ``threshold`` in ``direction``."""

    coin = CoinField(write_only=True, help_text="A symbol (BTC), an id (bitcoin) or a pair (BTCUSDT).")
    asset = serializers.CharField(source="asset_id", read_only=True, help_text="The coin's id.")
    symbol = serializers.CharField(source="asset.symbol", read_only=True)
    direction = choice(Direction)
    threshold = AmountField()
    quote = choice(
        QUOTES, default=ANY_DOLLAR, help_text="* is the US dollar or the dollar stablecoin that the source quotes in."
    )
    state = choice(
        AlertState,
        read_only=True,
        help_text="waiting: the price has not been seen on the far side of the threshold yet; armed: the next crossing "
        "fires; fired: it crossed and has not gone back past the hysteresis of 0.2 %.",
    )
    last_price = Money(read_only=True, allow_null=True, help_text="The last price that counted.")

    class Meta:
        model = PriceAlert
        fields = (
            "id",
            "coin",
            "asset",
            "symbol",
            "quote",
            "direction",
            "threshold",
            "note",
            "enabled",
            "state",
            "fires",
            "fired_at",
            "last_price",
            "last_at",
            "created_at",
            "edited_at",
        )
        read_only_fields = ("id", "fires", "fired_at", "last_at", "created_at", "edited_at")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Resolve the coin to its id; a pair also sets the quote currency, unless ``quote`` is given.

        Raises ValidationError for a pair in a currency without alerts.
        """
        if (instrument := attrs.pop("coin", None)) is not None:
            attrs["asset_id"] = instrument.asset
            try:
                quote = quote_of_pair(instrument, None, QUOTES)
            except DjangoValidationError as error:
                raise serializers.ValidationError({"coin": error.messages}) from None
            if quote is not None and "quote" not in self.initial_data:
                attrs["quote"] = quote
        return attrs


class EventSerializer(serializers.ModelSerializer[AlertEvent]):
    """A crossing, with the price that crossed."""

    symbol = serializers.CharField(source="asset.symbol", read_only=True)
    asset = serializers.CharField(source="asset_id", read_only=True, help_text="The coin's id.")
    threshold = Money(read_only=True)
    price = Money(read_only=True)

    class Meta:
        model = AlertEvent
        fields = (
            "id",
            "alert",
            "asset",
            "symbol",
            "direction",
            "threshold",
            "note",
            "price",
            "currency",
            "source",
            "endpoint",
            "as_of",
            "fetched_at",
            "verified",
            "decision",
            "created_at",
            "read_at",
        )
        read_only_fields = fields
