"""The shapes of answers about what platforms say, for the OpenAPI document. Nothing is parsed here."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from markets.api.schemas.common import Meta, Shape
from markets.api.schemas.news import Texts
from providers.api.schemas import problems

FAILURES = problems(
    s400="A parameter is unknown or not allowed; errors[] says which and what is.",
    s404="No coin of this name is known.",
    s503="No platform could be read and nothing was known. Retry-After says when to ask again.",
    s504="No platform answered within the deadline and nothing was known.",
)
LIMIT = OpenApiParameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": 50, "default": 10}, description="How many topics at most."
)
COIN = OpenApiParameter("coin", OpenApiTypes.STR, description="A coin by symbol, id or pair; without it the market.")
TIMEFRAME = OpenApiParameter(
    "timeframe", {"type": "string", "enum": ["1h", "24h", "7d"], "default": "24h"}, description="Of which posts."
)


class TrendingTopic(Shape):
    rank = serializers.IntegerField()
    topic = serializers.CharField()
    symbol = serializers.CharField()
    mention_count = serializers.IntegerField(allow_null=True, help_text="Posts that name it.")
    sentiment = serializers.CharField(allow_null=True)
    sentiment_score = serializers.FloatField(allow_null=True)
    related_coins = Texts()
    source = serializers.CharField(help_text="Who has it as a topic.")  # type: ignore[assignment]  # the contract's name
    source_rank = serializers.IntegerField(allow_null=True, help_text="Its place there; null where only posts name it.")
    reason = serializers.CharField(allow_null=True, help_text="Why there is no score.")


class Platform(Shape):
    source = serializers.CharField()  # type: ignore[assignment]  # the contract's name
    count = serializers.IntegerField(help_text="Topics or posts it had.")
    as_of = serializers.DateTimeField(allow_null=True)
    stale = serializers.BooleanField()
    stale_reason = serializers.CharField(allow_null=True)
    missing = serializers.CharField(allow_null=True, help_text="Why nothing of it is here.")


class Trending(Shape):
    success = serializers.BooleanField()
    trending_topics = TrendingTopic(many=True)
    sources = Platform(many=True)
    meta = Meta()


class Voice(Shape):
    kind = serializers.CharField(help_text="posts or votes.")
    score = serializers.FloatField(allow_null=True)
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # the contract's name
    count = serializers.IntegerField(allow_null=True, help_text="Posts read; null for votes, which are not counted.")
    positive = serializers.IntegerField(allow_null=True)
    neutral = serializers.IntegerField(allow_null=True)
    negative = serializers.IntegerField(allow_null=True)
    votes_up_percent = serializers.FloatField(allow_null=True, help_text="Of members' votes; null for posts.")
    forum_subscribers = serializers.IntegerField(allow_null=True, help_text="As the platform counts its own forum.")
    forum_active_48h = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(allow_null=True)


class KeyTopic(Shape):
    topic = serializers.CharField()
    mention_count = serializers.IntegerField()


class SocialSentiment(Shape):
    success = serializers.BooleanField()
    coin = serializers.CharField(allow_null=True)
    timeframe = serializers.CharField()
    overall_sentiment = serializers.CharField(allow_null=True)
    overall_score = serializers.FloatField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    by_platform = serializers.DictField(child=Voice(), help_text="Platforms that were asked and answered.")
    missing = serializers.DictField(child=serializers.CharField(), help_text="Those that did not, and why.")
    historical = serializers.ListField(child=serializers.DictField(), help_text="Empty; historical_reason says why.")
    historical_reason = serializers.CharField()
    key_topics = KeyTopic(many=True)
    methodology = serializers.CharField()
    meta = Meta()
