"""Schemas of provenance, problems and common parameters, for the OpenAPI document only."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    inline_serializer,
)
from rest_framework import serializers

from providers.domain.categories import Category

Shape = serializers.Serializer[Any]


class FieldProblem(Shape):
    """An error in one parameter or field of the request."""

    field = serializers.CharField(help_text="The parameter or field it is about; empty for the request as a whole.")
    detail = serializers.CharField(help_text="What is wrong, and what is allowed.")
    code = serializers.CharField()


class Attempt(Shape):
    """An upstream call."""

    provider = serializers.CharField()
    endpoint = serializers.CharField(help_text="Host only.")
    outcome = serializers.CharField(help_text="ok, or the kind of failure.")
    status = serializers.IntegerField(allow_null=True, help_text="The HTTP status, if there was one.")
    ms = serializers.FloatField(allow_null=True)
    why = serializers.CharField(help_text="Why it was called at this point.")


class Problem(Shape):
    """An error as RFC 9457 problem details."""

    type = serializers.CharField(help_text="Names the kind of problem; about:blank for plain HTTP errors.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    request_id = serializers.CharField(help_text="The same as in X-Request-ID: quote it when you report this.")
    errors = FieldProblem(many=True, required=False, help_text="For bad parameters.")  # type: ignore[assignment]  # RFC 9457's name
    attempts = Attempt(many=True, required=False, help_text="For upstream failures: the calls and their outcomes.")


def problems(**by_status: str) -> dict[tuple[int, str], Any]:
    """Return problem responses for ``extend_schema``: ``problems(s404="Unknown coin.")``."""
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


def by_category(name: str, row: type[Shape], *, many: bool, **more: Shape) -> Any:
    """Return an object with a member per category, each a row or a list of rows, and ``more`` members."""
    rows = {category.value: row(many=many, required=False) for category in Category}
    return inline_serializer(name, {**rows, **more})
