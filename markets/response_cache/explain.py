"""``?explain=1`` on every route whose answer is asked of upstreams: who was asked for it, in what order, and why."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from markets.feeds import explain_context
from providers.api import query_params

NAME = "explain"
PARAMETER = OpenApiParameter(
    NAME,
    {"type": "string", "enum": ["1", "0"], "default": "0"},
    description="1 asks the sources anew, adds the list of attempts, and is never cached.",
)
ATTEMPTS = {
    "type": "array",
    "items": {"$ref": "#/components/schemas/Attempt"},
    "description": "With explain=1: the upstream calls, in order.",
}

P = ParamSpec("P")
R = TypeVar("R")


def explainable(
    method: Callable[Concatenate[Any, Request, P], R],
) -> Callable[Concatenate[Any, Request, P], R]:
    """A route's ``get`` or ``post``, which need not know of the parameter: it is taken from the query before."""

    @wraps(method)
    def asked(view: Any, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> R:
        plain = request._request
        if NAME not in plain.META.get("QUERY_STRING", "") or not _taken(plain):
            return method(view, request, *args, **kwargs)
        with explain_context.explain_context():
            return method(view, request, *args, **kwargs)

    described: Callable[Concatenate[Any, Request, P], R] = extend_schema(parameters=[PARAMETER])(asked)
    return described


def _taken(request: Any) -> bool:
    """The switch, which is then no more in the query. Raises ValidationError."""
    query = request.GET.copy()
    said = QueryDict(mutable=True)
    if NAME in query:
        said.setlist(NAME, query.pop(NAME))
        query_params.reject_unknown(said, NAME)
        request.GET = query
    return query_params.boolean(said, NAME)


def describe(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add to the document that answers of such routes may have ``attempts``."""
    schemas = result["components"]["schemas"]
    for path in result["paths"].values():
        for operation in path.values():
            if any(parameter.get("name") == NAME for parameter in operation.get("parameters", ())):
                answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
                schemas[answer["$ref"].rpartition("/")[2]]["properties"]["attempts"] = ATTEMPTS
    return result
