"""The shapes of candles, books and volumes, for the OpenAPI document. Nothing is parsed here."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from markets.api.schemas.common import Meta, Money
from providers.domain.market_data import INTERVALS

Shape = serializers.Serializer[Any]

COIN = OpenApiParameter("coin", OpenApiTypes.STR, OpenApiParameter.PATH, description="A symbol, an id or a pair.")
COIN_ID = OpenApiParameter("coin", OpenApiTypes.STR, OpenApiParameter.PATH, description="The coin's id, or a symbol.")
INTERVAL = OpenApiParameter("interval", {"type": "string", "enum": list(INTERVALS), "default": "1h"})
LIMIT = OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100})
END = OpenApiParameter(
    "end", OpenApiTypes.STR, description="Only candles that open before: unix ms, or ISO 8601 with an offset."
)
DAYS = OpenApiParameter("days", {"type": "integer", "minimum": 1, "maximum": 365, "default": 30})
STEP = OpenApiParameter(
    "interval",
    {"type": "string", "enum": ["hourly", "daily"], "default": "daily"},
)
TIMEFRAME = OpenApiParameter(
    "timeframe", {"type": "string", "enum": ["1h", "24h", "7d", "30d", "1y"], "default": "24h"}
)


class CandleRow(Shape):
    t = serializers.IntegerField(help_text="When it opens, in unix milliseconds.")
    time = serializers.DateTimeField(help_text="When it opens.")
    open = Money()
    high = Money()
    low = Money()
    close = Money()
    volume = Money(allow_null=True, help_text="In the coin; null where the source does not say it.")
    closed = serializers.BooleanField(help_text="False for the one that is still forming.")
    source = serializers.CharField(help_text="The venue it is of, or CoinGecko.")  # type: ignore[assignment]  # the contract's name


class Ohlcv(Shape):
    success = serializers.BooleanField()
    symbol = serializers.CharField()
    interval = serializers.CharField()
    currency = serializers.CharField(help_text="What all of them are quoted in.")
    built_from = serializers.CharField(
        allow_null=True, help_text="The shorter interval they were put together from, where no venue has this one."
    )
    candles = CandleRow(many=True)
    unknown = serializers.DictField(child=serializers.CharField(), help_text="Why a member is null in some.")
    meta = Meta()


class HistoryRow(Shape):
    timestamp = serializers.IntegerField(help_text="Unix milliseconds.")
    date = serializers.DateTimeField()
    price = Money(help_text="The close.")
    open = Money()
    high = Money()
    low = Money()
    close = Money()
    volume = Money(allow_null=True)
    closed = serializers.BooleanField()
    source = serializers.CharField(help_text="The venue it is of, or CoinGecko.")  # type: ignore[assignment]  # the contract's name
    market_cap = Money(allow_null=True)


class History(Shape):
    success = serializers.BooleanField()
    coin_id = serializers.CharField()
    days = serializers.IntegerField()
    interval = serializers.CharField()
    currency = serializers.CharField()
    count = serializers.IntegerField()
    note = serializers.CharField(allow_null=True, help_text="Where the past asked for is not all known.")
    data = HistoryRow(many=True)  # type: ignore[assignment]  # the contract's name
    unknown = serializers.DictField(child=serializers.CharField(), help_text="Why a member is null everywhere.")
    meta = Meta()


class Line(Shape):
    labels = serializers.ListField(child=serializers.DateTimeField())
    prices = serializers.ListField(child=Money())


class Stats(Shape):
    high = Money()
    low = Money()
    avg = Money(help_text="The mean of the closes.")
    change = serializers.FloatField(help_text="Percent, from the first candle's open to the last price.")


class Chart(Shape):
    success = serializers.BooleanField()
    coin_id = serializers.CharField()
    timeframe = serializers.CharField()
    currency = serializers.CharField()
    chart = Line()
    stats = Stats()
    meta = Meta()


class BookMetrics(Shape):
    bid_volume = Money(help_text="In the coin, over the levels given.")
    ask_volume = Money()
    bid_ask_ratio = serializers.FloatField()
    spread = Money()
    spread_percent = serializers.FloatField(help_text="Of the middle between best bid and best ask.")
    best_bid = Money()
    best_ask = Money()


class OrderBook(Shape):
    success = serializers.BooleanField()
    symbol = serializers.CharField()
    currency = serializers.CharField()
    bids = serializers.ListField(child=serializers.ListField(child=Money()), help_text="[price, quantity], best first.")
    asks = serializers.ListField(child=serializers.ListField(child=Money()))
    metrics = BookMetrics()
    update_time = serializers.DateTimeField(allow_null=True, help_text="The venue's own time, where it gives one.")
    unknown = serializers.DictField(child=serializers.CharField(), help_text="Why each member that is null is.")
    meta = Meta()


class VolumeRow(Shape):
    symbol = serializers.CharField()
    exchange = serializers.CharField(help_text="The venue, or market for all of them together.")
    currency = serializers.CharField()
    volume_24h = Money(allow_null=True, help_text="In `currency`.")
    volume_base = Money(allow_null=True, help_text="In the coin.")
    volume_scope = serializers.CharField()
    volume_change = serializers.FloatField(allow_null=True)
    trades_count = serializers.IntegerField(allow_null=True)
    price_change_percent = serializers.FloatField(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]  # the contract's name
    stale = serializers.BooleanField()
    unknown = serializers.DictField(child=serializers.CharField(), help_text="Why each member that is null is.")


class MissingVolume(Shape):
    symbol = serializers.CharField()
    reason = serializers.CharField()
    code = serializers.CharField()


class Volumes(Shape):
    success = serializers.BooleanField()
    symbol = serializers.CharField(allow_null=True, help_text="The one asked for; null for the top coins.")
    total_volume = Money(allow_null=True, help_text="Null where rows differ in currency or scope: they do not add up.")
    currency = serializers.CharField(allow_null=True, help_text="Of the total.")
    volume_scope = serializers.CharField(allow_null=True, help_text="Of the total: venue or market.")
    count = serializers.IntegerField()
    data = VolumeRow(many=True)  # type: ignore[assignment]  # the contract's name
    missing = MissingVolume(many=True)
    unknown = serializers.DictField(child=serializers.CharField(), help_text="Why there is no total.")
    meta = Meta()
