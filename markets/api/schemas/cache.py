"""The shape of what the caches tell of themselves, for the OpenAPI document. Nothing is parsed here."""

from __future__ import annotations

from rest_framework import serializers

from markets.api.schemas.common import Meta, Shape
from providers.api.schemas import by_category

UNKNOWN = serializers.DictField(child=serializers.CharField(), help_text="Why each member that is null is.")


class Kept(Shape):
    """What is held, and how often it was there when it was looked for."""

    entries = serializers.IntegerField(allow_null=True, help_text="Held in this process's memory now.")
    lookups = serializers.IntegerField(allow_null=True, help_text="hits + misses.")
    hits = serializers.IntegerField(allow_null=True, help_text="Answered from memory, without waiting for anybody.")
    misses = serializers.IntegerField(allow_null=True, help_text="Waited for.")
    hit_rate = serializers.FloatField(allow_null=True, help_text="Hits in percent of lookups.")
    since = serializers.DateTimeField(allow_null=True, help_text="When the counting began.")
    unknown = UNKNOWN


class CacheFigures(Kept):
    """A category's values, or those of all."""

    stale_served = serializers.IntegerField(allow_null=True, help_text="Misses that got the last known good.")
    unanswered = serializers.IntegerField(allow_null=True, help_text="Misses that got nothing.")
    revalidations = serializers.IntegerField(
        allow_null=True, help_text="Values fetched anew behind an answer that was served meanwhile."
    )


class KeptAnswers(Kept):
    """Whole answers, kept as the bytes that are sent."""

    bytes = serializers.IntegerField(help_text="Compressed forms and some for each answer's keeping counted in.")
    most_bytes = serializers.IntegerField(help_text="What was not asked for longest goes when there are more.")


class OverallStatistics(CacheFigures):
    """All categories together."""

    scope = serializers.CharField(help_text="process: of the process that answered, alone.")
    kept_answers = KeptAnswers()


class CacheTimes(Shape):
    """What the operator has set for a category, in seconds since a value was fetched."""

    fresh_s = serializers.FloatField(help_text="Served as it is.")
    revalidate_until_s = serializers.FloatField(help_text="Served while a newer one is fetched behind it.")
    stale_until_s = serializers.FloatField(help_text="Served, marked stale, where no newer one can be had.")


class CacheConfig(Shape):
    """How long values are kept, and how many."""

    categories = by_category("CacheTimesByCategory", CacheTimes, many=False)
    most_entries_per_category = serializers.IntegerField()
    soft_deadline_s = serializers.FloatField(
        help_text="How long an answer waits for a fresh value where a last known one is at hand."
    )
    most_waiting = serializers.IntegerField(help_text="Requests that may wait for upstreams at a time.")


class CacheStats(Shape):
    """What the caches hold and were good for."""

    success = serializers.BooleanField()
    overall_statistics = OverallStatistics()
    cache_breakdown = by_category("CacheFiguresByCategory", CacheFigures, many=False)
    cache_config = CacheConfig()
    meta = Meta()
