"""Pagination of lists by ``limit`` and ``offset``, which are validated strictly."""

from __future__ import annotations

from typing import Any

from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request

from providers.api import query_params as parameters

DEFAULT_LIMIT, MAX_LIMIT = 100, 500
MAX_OFFSET = 999_999_999
PAGING_PARAMETERS = ("limit", "offset")


class StrictPagination(LimitOffsetPagination):
    """Limit-offset pagination that refuses a malformed number instead of ignoring it, as DRF does."""

    default_limit = DEFAULT_LIMIT
    max_limit = MAX_LIMIT

    def get_limit(self, request: Request) -> int:
        """Return the limit; raises ValidationError outside 1 to 500."""
        return parameters.integer(request.query_params, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT)

    def get_offset(self, request: Request) -> int:
        """Return the offset; raises ValidationError for a bad one."""
        return parameters.integer(request.query_params, "offset", 0, 0, MAX_OFFSET)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Add the bounds and defaults to the OpenAPI document."""
        limit, offset = super().get_schema_operation_parameters(view)
        limit["schema"] |= {"minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
        offset["schema"] |= {"minimum": 0, "maximum": MAX_OFFSET, "default": 0}
        return [limit, offset]
