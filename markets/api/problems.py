"""The problem that a question without an answer ends in: 404, 503 or 504, with who was asked."""

from __future__ import annotations

from rest_framework.exceptions import APIException, NotFound

from markets.feeds.exceptions import DeadlinePassed, Unavailable
from markets.feeds.provenance import Meta, Missing

SOONEST_RETRY_S = 1


def problem(missing: Missing, meta: Meta, unknown: str | None = None) -> APIException:
    """``unknown`` says what no source knows, where that can be: then it is 404."""
    if missing.code == "not_available" and unknown is not None:
        return NotFound(unknown)
    if missing.code == "deadline":
        return DeadlinePassed(meta.attempts_list)
    return Unavailable(meta.retry_after or SOONEST_RETRY_S, meta.attempts_list)
