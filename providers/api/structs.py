"""Response bodies as typed structs: one definition renders a body and documents it in OpenAPI.

A body is a subclass of ``Body``. Its fields are rendered in the order in which they are declared, those of a base class
first; the annotations are its schema, ``Annotated[..., Doc(description="…")]`` the descriptions. Name the class in
``extend_schema(responses={200: ...})`` as one would a serializer.

Values are put in as they are to be read: money as text (``wire_format.money``), times as text (``wire_format.moment``).
A ``Decimal`` field would be rendered in scientific notation (1E-7), so there is none.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, cast, dataclass_transform

import msgspec
from django.http import HttpResponse
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from msgspec import UNSET, UnsetType

from providers.domain.categories import Category

__all__ = [
    "UNSET",
    "Body",
    "Doc",
    "Meta",
    "Moment",
    "Money",
    "UnknownReasons",
    "UnsetType",
    "by_category",
    "encode",
    "respond",
]

Doc = msgspec.Meta
Schema = dict[str, Any]

Money = Annotated[str, Doc(pattern=r"^-?[0-9]+(\.[0-9]+)?$", examples=["64123.45000000"])]
"""A decimal string with every digit of its source, as ``wire_format.money`` writes it."""
Moment = Annotated[str, Doc(extra_json_schema={"format": "date-time"})]
"""A time as ISO 8601 in UTC, as ``wire_format.moment`` writes it."""
UnknownReasons = Annotated[dict[str, str], Doc(description="The reason for each member that is null.")]


class BodyType(msgspec.StructMeta):
    """Makes every body take its fields by name, so that one with a default may come first."""

    def __new__(mcls, name: str, bases: tuple[type, ...], fields: dict[str, Any], **options: Any) -> Any:
        return super().__new__(mcls, name, bases, fields, **{"kw_only": True, **options})


@dataclass_transform(kw_only_default=True)
class Body(msgspec.Struct, metaclass=BodyType):
    """A JSON object of a response. A field that defaults to ``UNSET`` is left out unless it is given."""


class Answer(Body):
    """The whole body of a response that is not an error: begins with ``success``."""

    success: bool = True


class Meta(Body):
    """Provenance of the answer as a whole: the oldest and worst of its rows."""

    source: Annotated[str | None, Doc(description="The provider, or several, separated by commas.")]
    endpoint: Annotated[str | None, Doc(description="Host only.")]
    as_of: Moment | None
    fetched_at: Moment | None
    age_s: float | None
    stale: bool
    stale_reason: str | None
    verified: bool
    cache: Annotated[str, Doc(description="How the answer was obtained: miss, revalidated or last_known_good.")]
    chain: Annotated[str | None, Doc(description="The category; null where no chain is behind the answer.")]
    attempts: Annotated[int, Doc(description="Number of upstream calls.")]
    decision: str | None
    asset: Annotated[dict[str, str], Doc(description="The coin taken for each name requested.")]


def by_category(name: str, row: Any, **more: Any) -> type[Body]:
    """A struct with an optional field of type ``row`` per category; ``more`` are further fields and their types."""
    categories = [category.value for category in Category]
    types = dict.fromkeys(categories, row | UnsetType) | more
    fields = {"__annotations__": types, "__module__": __name__, **dict.fromkeys(categories, UNSET)}
    return cast("type[Body]", BodyType(name, (Body,), fields))


encode = msgspec.json.Encoder().encode
"""Render a body as JSON bytes, without spaces, in UTF-8."""


def respond(body: Body) -> HttpResponse:
    """The response with this body, which no cache stores."""
    return HttpResponse(encode(body), content_type="application/json", headers={"Cache-Control": "no-store"})


class BodyExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # it ships no types
    """Tells drf-spectacular the schema of a ``Body`` and of all structs in it."""

    target_class = Body
    match_subclasses = True

    def get_name(self, auto_schema: AutoSchema, direction: str) -> str:
        """The component's name: the class's own."""
        return str(self.target.__name__)

    def get_identity(self, auto_schema: AutoSchema, direction: str) -> str:
        """The name as well: nested structs are known by it alone."""
        return str(self.target.__name__)

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> Schema:
        """The schema of the struct. Those of the structs in it become components of the document."""
        found = schemas(self.target)
        for name, schema in found.items():
            if name != self.target.__name__:
                component = ResolvedComponent(name, ResolvedComponent.SCHEMA, schema, object=name)  # type: ignore[no-untyped-call]  # no types
                auto_schema.registry.register_on_missing(component)
        return found[self.target.__name__]


@cache
def schemas(body: type[Body]) -> dict[str, Schema]:
    """The JSON schemas of a struct and of all structs in it, by name."""
    _, components = msgspec.json.schema_components([body], ref_template="#/components/schemas/{name}")
    return {name: _as_rendered(schema) for name, schema in components.items()}


def _as_rendered(schema: Any) -> Any:
    """The schema as of what is rendered: fields with a default are always there, and null is one of a field's types."""
    if isinstance(schema, list):
        return [_as_rendered(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {
        name: _as_rendered(part) for name, part in schema.items() if name not in ("title", "default", "properties")
    }
    if properties := schema.get("properties"):
        always = {name for name, part in properties.items() if "default" in part} | set(schema["required"])
        parts["required"] = [name for name in properties if name in always]
        parts["properties"] = {name: _as_rendered(part) for name, part in properties.items()}
    if "enum" in parts and all(isinstance(value, str) for value in parts["enum"]):
        parts["type"] = "string"
    return _one_type(parts)


def _one_type(schema: Schema) -> Schema:
    """``anyOf`` a plain type and null, as one schema whose type is either."""
    first: Schema
    first, *others = schema.get("anyOf", [{}])
    if others != [{"type": "null"}] or not isinstance(first.get("type"), str) or "enum" in first:
        return schema
    rest = {name: part for name, part in schema.items() if name != "anyOf"}
    return first | rest | {"type": [first["type"], "null"]}
