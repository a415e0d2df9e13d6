"""The shapes of answers about news, for the OpenAPI document. Nothing is parsed here."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers

from markets.api.schemas.common import Meta, Shape

__all__ = ["COIN", "EVENT_COIN", "EVENT_DAYS", "EVENT_TYPE", "LIMIT", "Events", "News"]


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class Texts(serializers.ListField):
    """A list of texts."""


class ToneWord(Shape):
    word = serializers.CharField()
    value = serializers.FloatField(help_text="From -5 to 5; the other way round after a negation.")


class Tone(Shape):
    score = serializers.FloatField(help_text="From -1 to 1.")
    label = serializers.CharField(help_text="positive, neutral or negative.")  # type: ignore[assignment]  # the contract's name
    words = ToneWord(many=True, help_text="The words it is made of.")


class Article(Shape):
    id = serializers.CharField(help_text="The same for the same page, whoever carries it.")
    title = serializers.CharField()
    summary = serializers.CharField(allow_null=True)
    url = serializers.CharField(help_text="Canonical: without tracking.")
    image = serializers.CharField(allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True)
    source = serializers.CharField(help_text="The provider it is told by.")  # type: ignore[assignment]  # the contract's name
    sources = Texts(help_text="All providers that carried it.")
    publisher = serializers.CharField(help_text="Who wrote it.")
    authors = Texts()
    categories = Texts()
    tags = Texts()
    sentiment = Tone(allow_null=True, help_text="null: no word of the lexicon is in it.")


class Outlet(Shape):
    outlet = serializers.CharField(help_text="Whose articles they are.")
    source = serializers.CharField(help_text="The provider they came from.")  # type: ignore[assignment]  # the contract's name
    articles = serializers.IntegerField()
    endpoint = serializers.CharField(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True)
    fetched_at = serializers.DateTimeField(allow_null=True)
    stale = serializers.BooleanField()
    stale_reason = serializers.CharField(allow_null=True)
    missing = serializers.CharField(allow_null=True, help_text="Why nothing of it is here.")


class News(Shape):
    """Articles, newest first, and how each outlet is."""

    success = serializers.BooleanField()
    coin = serializers.CharField(allow_null=True, help_text="The coin's id; null for all news.")
    count = serializers.IntegerField(help_text="Articles in this answer.")
    total = serializers.IntegerField(help_text="Articles there are.")
    articles = Article(many=True)
    reason = serializers.CharField(allow_null=True, help_text="Why there are none.")
    sources = Outlet(many=True)
    meta = Meta()


class EventFilters(Shape):
    coin = serializers.CharField(allow_null=True)
    type = serializers.CharField(allow_null=True)
    days = serializers.IntegerField()


class CoinEvent(Shape):
    id = serializers.CharField()
    title = serializers.CharField()
    type = serializers.CharField()
    coin = serializers.CharField()
    date = serializers.DateField()
    description = serializers.CharField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]  # the contract's name
    url = serializers.CharField(allow_null=True)


class NoSourceMeta(Meta):
    reason = serializers.CharField(help_text="Why nobody was asked.")


class Events(Shape):
    """An empty list, and why."""

    success = serializers.BooleanField()
    count = serializers.IntegerField()
    filters = EventFilters()
    events = CoinEvent(many=True)
    reason = serializers.CharField()
    meta = NoSourceMeta()


LIMIT = OpenApiParameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
    description="How many articles at most.",
)
COIN = OpenApiParameter(
    "coin",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="A coin by symbol (BTC, any case), id (bitcoin) or pair (BTCUSDT).",
)
EVENT_COIN = OpenApiParameter("coin", OpenApiTypes.STR, description="Only this coin's.")
EVENT_TYPE = OpenApiParameter("type", OpenApiTypes.STR, description="Only this kind.")
EVENT_DAYS = OpenApiParameter(
    "days", {"type": "integer", "minimum": 1, "maximum": 90, "default": 30}, description="How many days ahead."
)
