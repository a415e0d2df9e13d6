"""The ``?explain=1`` parameter of routes that ask upstreams: list the attempts behind the answer, and cache nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from markets.feeds.provenance import explain_context
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
    """Give a view's ``get`` or ``post`` the ``explain`` parameter, which is removed from the query it sees."""

    @wraps(method)
    def call(view: Any, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> R:
        plain = request._request
        if NAME not in plain.META.get("QUERY_STRING", "") or not _pop_switch(plain):
            return method(view, request, *args, **kwargs)
        with explain_context():
            return method(view, request, *args, **kwargs)

    documented: Callable[Concatenate[Any, Request, P], R] = extend_schema(parameters=[PARAMETER])(call)
    return documented


def _pop_switch(request: Any) -> bool:
    """Remove the parameter from the query and return its value. Raises ValidationError."""
    query = request.GET.copy()
    given = QueryDict(mutable=True)
    if NAME in query:
        given.setlist(NAME, query.pop(NAME))
        query_params.reject_unknown(given, NAME)
        request.GET = query
    return query_params.boolean(given, NAME)


def describe(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add ``attempts`` to the documented answers of explainable routes (a drf-spectacular postprocessing hook)."""
    schemas = result["components"]["schemas"]
    for path in result["paths"].values():
        for operation in path.values():
            if any(parameter.get("name") == NAME for parameter in operation.get("parameters", ())):
                answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
                schemas[answer["$ref"].rpartition("/")[2]]["properties"]["attempts"] = ATTEMPTS
    return result
