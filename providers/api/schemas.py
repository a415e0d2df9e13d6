"""The shapes of system routes, of provenance and of problems, for the OpenAPI document. Nothing is parsed here."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema_field,
    inline_serializer,
)
from rest_framework import serializers

from providers.domain.categories import Category
from providers.resilience.breaker import BreakerState
from providers.status.link_status import Status

Shape = serializers.Serializer[Any]


class Meta(Shape):
    """Where the answer as a whole comes from: the oldest and worst of its rows."""

    source = serializers.CharField(  # type: ignore[assignment]  # the contract's name
        allow_null=True, help_text="The provider, or several, separated by commas."
    )
    endpoint = serializers.CharField(allow_null=True, help_text="Host only.")
    as_of = serializers.DateTimeField(allow_null=True)
    fetched_at = serializers.DateTimeField(allow_null=True)
    age_s = serializers.FloatField(allow_null=True)
    stale = serializers.BooleanField()
    stale_reason = serializers.CharField(allow_null=True)
    verified = serializers.BooleanField()
    cache = serializers.CharField(help_text="How it was made: miss, revalidated or last_known_good.")
    chain = serializers.CharField(allow_null=True, help_text="The category; null where no chain is behind it.")
    attempts = serializers.IntegerField(help_text="Upstream calls it took.")
    decision = serializers.CharField(allow_null=True)
    asset = serializers.DictField(child=serializers.CharField(), help_text="The coin taken for each name asked.")


class FieldProblem(Shape):
    """One thing wrong with the request."""

    field = serializers.CharField(help_text="The parameter or field it is about; empty for the request as a whole.")
    detail = serializers.CharField(help_text="What is wrong, and what is allowed.")
    code = serializers.CharField()


class Attempt(Shape):
    """One call to one upstream endpoint."""

    provider = serializers.CharField()
    endpoint = serializers.CharField(help_text="Host only.")
    outcome = serializers.CharField(help_text="ok, or a word for what went wrong.")
    status = serializers.IntegerField(allow_null=True, help_text="The HTTP status, if there was one.")
    ms = serializers.FloatField(allow_null=True)
    why = serializers.CharField(help_text="Why it was asked at this point.")


class Problem(Shape):
    """What went wrong, as RFC 9457 problem details."""

    type = serializers.CharField(help_text="Names the kind of problem; about:blank for plain HTTP errors.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    request_id = serializers.CharField(help_text="The same as in X-Request-ID: quote it when you report this.")
    errors = FieldProblem(many=True, required=False, help_text="For bad parameters.")  # type: ignore[assignment]  # RFC 9457's name
    attempts = Attempt(many=True, required=False, help_text="For upstream failure: who was asked, and what came.")


def problems(**by_status: str) -> dict[tuple[int, str], Any]:
    """Problem responses for ``extend_schema``: ``problems(s404="Unknown coin.")``."""
    return {
        (int(status.lstrip("s")), "application/problem+json"): OpenApiResponse(Problem, description=text)
        for status, text in by_status.items()
    }


CATEGORY_PARAMETER = OpenApiParameter(
    "category",
    OpenApiTypes.STR,
    enum=[category.value for category in Category],
    description="Only this category.",
    examples=[OpenApiExample("Prices only", value=Category.MARKET_PRICE.value)],
)


@extend_schema_field({"type": "string", "enum": [status.value for status in Status]})
class StatusField(serializers.CharField):
    """How a link or an endpoint is."""


@extend_schema_field({"type": "string", "enum": [state.value for state in BreakerState]})
class CircuitField(serializers.CharField):
    """A breaker's state."""


class ProviderHealth(Shape):
    name = serializers.CharField(help_text="The provider's slug.")
    priority = serializers.IntegerField(help_text="Its place in the chain, from 1.")
    status = StatusField(help_text="unknown means never asked; degraded means that part of it fails.")
    available = serializers.BooleanField(help_text="Whether it is asked in its turn now.")
    success_rate = serializers.FloatField(allow_null=True, help_text="Percent of all calls; null before the first.")
    consecutive_failures = serializers.IntegerField()
    response_time_ms = serializers.FloatField(allow_null=True, help_text="Median of its busiest endpoint.")
    last_check = serializers.DateTimeField(allow_null=True, help_text="When it was last called, by users or probes.")
    retry_at = serializers.DateTimeField(allow_null=True, help_text="When it is tried again, if it is kept out.")
    reason = serializers.CharField(allow_null=True, help_text="Why it is in that state, where there is a reason.")


class MirrorSummary(Shape):
    total_endpoints = serializers.IntegerField()
    available_endpoints = serializers.IntegerField()
    unavailable_endpoints = serializers.IntegerField()


def by_category(name: str, row: type[Shape], *, many: bool, **more: Shape) -> Any:
    """An object with a member per category, each a row or a list of rows, and what more it holds."""
    rows = {category.value: row(many=many, required=False) for category in Category}
    return inline_serializer(name, {**rows, **more})


class HealthSummary(Shape):
    total = serializers.IntegerField(help_text="Links in all chains shown.")
    available = serializers.IntegerField()
    failing = serializers.IntegerField(help_text="Links that should be working and are not.")
    by_status = serializers.DictField(child=serializers.IntegerField())


class ProvidersHealth(Shape):
    """How every provider is, in every category's order."""

    success = serializers.BooleanField()
    providers = by_category("ProvidersByCategory", ProviderHealth, many=True, binance_dns=MirrorSummary())
    summary = HealthSummary()
    meta = Meta()


class MirrorHealth(Shape):
    url = serializers.CharField()
    available = serializers.BooleanField(help_text="Whether it can be asked in every category it serves.")
    unavailable_in = serializers.ListField(child=serializers.CharField(), help_text="Categories.")
    status = StatusField()
    consecutive_failures = serializers.IntegerField()
    success_rate = serializers.FloatField(allow_null=True, help_text="Percent of all calls; null before the first.")
    total_requests = serializers.IntegerField(help_text="All calls, probes included.")
    avg_response_time_ms = serializers.FloatField(allow_null=True)
    last_success = serializers.DateTimeField(allow_null=True)
    last_failure = serializers.DateTimeField(allow_null=True)
    backoff_until = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_null=True)


class Mirrors(Shape):
    connector_type = serializers.CharField()
    total_endpoints = serializers.IntegerField()
    endpoints = MirrorHealth(many=True)


class BinanceHealth(Shape):
    """How each of Binance's mirrors is."""

    success = serializers.BooleanField()
    binance_health = Mirrors()
    summary = MirrorSummary()
    meta = Meta()


class CircuitBreaker(Shape):
    provider = serializers.CharField()
    endpoint = serializers.CharField(help_text="Host only.")
    circuit_open = serializers.BooleanField(help_text="Whether users' traffic stays away.")
    state = CircuitField()
    consecutive_failures = serializers.IntegerField()
    status = StatusField()
    available = serializers.BooleanField()
    priority = serializers.IntegerField()
    retry_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_null=True)


class BreakerSummary(Shape):
    total = serializers.IntegerField()
    open = serializers.IntegerField()
    available = serializers.IntegerField()
    parked = serializers.IntegerField(help_text="Left alone until a time the upstream named, or a usual one.")
    by_state = serializers.DictField(child=serializers.IntegerField())


class CircuitBreakers(Shape):
    """The breaker over every endpoint, by category."""

    success = serializers.BooleanField()
    circuit_breakers = by_category("BreakersByCategory", CircuitBreaker, many=True)
    summary = BreakerSummary()
    meta = Meta()


class ProviderShare(Shape):
    name = serializers.CharField()
    priority = serializers.IntegerField()
    requests = serializers.IntegerField(help_text="Users' calls in this category; probes are not counted.")
    share = serializers.FloatField(allow_null=True, help_text="Percent of the category's requests.")
    success_rate = serializers.FloatField(allow_null=True)
    p50_ms = serializers.FloatField(allow_null=True)
    p95_ms = serializers.FloatField(allow_null=True)


class CategoryStats(Shape):
    providers = ProviderShare(many=True)
    total_providers = serializers.IntegerField()
    requests = serializers.IntegerField()
    avg_success_rate = serializers.FloatField(allow_null=True)
    p50_ms = serializers.FloatField(allow_null=True, help_text="Of the providers' own medians, by how much they serve.")
    p95_ms = serializers.FloatField(allow_null=True, help_text="The same of their 95th percentiles.")


class ProvidersStats(Shape):
    """Who answered how much, how well and how fast."""

    success = serializers.BooleanField()
    statistics = by_category("StatsByCategory", CategoryStats, many=False)
    meta = Meta()
