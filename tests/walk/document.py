"""The OpenAPI document as a judge of answers: exactly the documented members, of the documented types."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator, FormatChecker

METHODS = ("get", "post", "put", "patch", "delete")


@cache
def document() -> dict[str, Any]:
    """The whole document, as it is served."""
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def operations() -> set[tuple[str, str]]:
    """Method and path of everything in the document."""
    return {
        (method.upper(), path) for path, answer in document()["paths"].items() for method in answer if method in METHODS
    }


def statuses(method: str, path: str) -> set[int]:
    """The statuses an operation may answer with."""
    return {int(status) for status in document()["paths"][path][method.lower()]["responses"]}


def wrong(method: str, path: str, status: int, content_type: str, body: Any) -> list[str]:
    """What an answer has that the document does not allow."""
    validator = _validator(method.lower(), path, status, content_type)
    if validator is None:
        return [f"{status} {content_type} is not documented"]
    return [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in validator.iter_errors(body)]


@cache
def _validator(method: str, path: str, status: int, content_type: str) -> Draft202012Validator | None:
    responses = document()["paths"][path][method]["responses"]
    stored = responses.get(str(status), {}).get("content", {}).get(content_type.partition(";")[0])
    if stored is None:
        return None
    return Draft202012Validator(
        {"components": _strict()["components"], **_closed(deepcopy(stored["schema"]))}, format_checker=FormatChecker()
    )


@cache
def _strict() -> dict[str, Any]:
    found = _closed(deepcopy({"components": document()["components"]}))
    assert isinstance(found, dict)
    return found


def _closed(schema: Any) -> Any:
    """The schema with every object closed: no member but those that are named."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(part) for name, part in schema.items()}
    if isinstance(closed.get("properties"), dict) and "type" in closed:
        closed.setdefault("additionalProperties", False)
    return closed
