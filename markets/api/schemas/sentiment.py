"""The shapes of answers about sentiment, for the OpenAPI document. Nothing is parsed here."""

from __future__ import annotations

from rest_framework import serializers

from markets.api.schemas.common import Meta, Money, Shape


class Part(Shape):
    score = serializers.FloatField(allow_null=True, help_text="From -1 to 1; null where there is not enough to say.")
    label = serializers.CharField(allow_null=True, help_text="positive, neutral or negative.")  # type: ignore[assignment]  # the contract's name
    count = serializers.IntegerField(help_text="What was read: articles, posts, closed days.")
    reason = serializers.CharField(allow_null=True, help_text="Why there is no score.")
    inputs = serializers.ListField(child=serializers.DictField(), help_text="What the score is made of.")


class NewsPart(Part):
    scored = serializers.IntegerField(required=False, help_text="Articles with a word that says anything.")
    positive = serializers.IntegerField(required=False)
    neutral = serializers.IntegerField(required=False)
    negative = serializers.IntegerField(required=False)


class Breakdown(Shape):
    news = NewsPart()
    social_media = Part()
    market_momentum = Part()


class MarketMood(Shape):
    index = serializers.CharField(help_text="Whose index it is: those of several makers differ.")
    value = serializers.IntegerField(help_text="0 is fear, 100 greed.")
    label = serializers.CharField(help_text="The maker's own word.")  # type: ignore[assignment]  # the contract's name
    as_of = serializers.DateTimeField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]  # the contract's name
    stale = serializers.BooleanField()
    stale_reason = serializers.CharField(allow_null=True)


class SentimentInput(Shape):
    chain = serializers.CharField()
    source = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # the contract's name
    as_of = serializers.DateTimeField(allow_null=True)
    fetched_at = serializers.DateTimeField(allow_null=True)
    stale = serializers.BooleanField()


class SentimentMeta(Meta):
    """The lexicon as the source, and what was asked upstream as inputs; ages are those of the oldest."""

    inputs = SentimentInput(many=True)


class CoinSentiment(Shape):
    """How a coin is written about and moves; nothing here is a recommendation."""

    success = serializers.BooleanField()
    symbol = serializers.CharField()
    current_price = Money(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    overall_sentiment = serializers.CharField(allow_null=True, help_text="positive, neutral or negative.")
    overall_score = serializers.FloatField(allow_null=True)
    confidence = serializers.FloatField(allow_null=True, help_text="From 0 to 1.")
    reason = serializers.CharField(allow_null=True, help_text="Why there is no overall score.")
    breakdown = Breakdown()
    market_mood = MarketMood(allow_null=True)
    unknown = serializers.DictField(child=serializers.CharField(), help_text="Why a member is null.")
    methodology = serializers.CharField()
    meta = SentimentMeta()
