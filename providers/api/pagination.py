"""Long lists by pages: so many rows (``limit``) from a place on (``offset``), read strictly."""

from __future__ import annotations

from typing import Any

from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request

from providers.api import query_params as parameters

USUAL, MOST = 100, 500
FURTHEST = 999_999_999
PAGING = ("limit", "offset")


class Pages(LimitOffsetPagination):
    """DRF's, which takes a number that is none for none; here it is refused with what is allowed."""

    default_limit = USUAL
    max_limit = MOST

    def get_limit(self, request: Request) -> int:
        return parameters.whole(request.query_params, "limit", USUAL, 1, MOST)

    def get_offset(self, request: Request) -> int:
        return parameters.whole(request.query_params, "offset", 0, 0, FURTHEST)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit, offset = super().get_schema_operation_parameters(view)
        limit["schema"] |= {"minimum": 1, "maximum": MOST, "default": USUAL}
        offset["schema"] |= {"minimum": 0, "maximum": FURTHEST, "default": 0}
        return [limit, offset]
