"""Errors of the market routes: 404, 503 or 504 when a question has no answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException, NotFound

from markets.feeds import provenance
from markets.feeds.candles import CandleSeries
from markets.feeds.provenance import Meta, Missing
from providers.api.schemas import problems

MIN_RETRY_S = 1

FAILURES = problems(
    s400="A parameter is missing, unknown or not allowed; errors[] says which and what is.",
    s404="No coin of this name is known, or no source in the chain has the data.",
    s503="No source could answer, and no earlier answer is known. Retry-After says when to ask again.",
    s504="No source answered within the deadline, and no earlier answer is known.",
)
"""The documented errors of a route that asks upstreams."""
BODY_FAILURES = FAILURES | problems(s415="The body is not JSON.")
"""The documented errors of a route that takes a body as well."""

Attempts = Sequence[Mapping[str, Any]]


class Unanswered(APIException):
    """No valid value could be fetched, and no earlier one is stored.

    ``attempts`` are the upstream calls made for it, each already free of URLs, keys and exception text.
    ``cryptohub.api.errors`` renders it as problem+json.
    """

    def __init__(self, detail: str | None = None, attempts: Attempts = ()) -> None:
        super().__init__(detail)
        self.attempts = tuple(attempts)


class Unavailable(Unanswered):
    """503: every source failed or is in cooldown. ``retry_after`` is in whole seconds, at least one."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "No source could answer, and no earlier answer is known."
    default_code = "unavailable"

    def __init__(self, retry_after: int, attempts: Attempts = (), detail: str | None = None) -> None:
        super().__init__(detail, attempts)
        self.retry_after = max(MIN_RETRY_S, retry_after)


class DeadlinePassed(Unanswered):
    """504: the chain's deadline passed before any source had answered, and no earlier answer is known."""

    status_code = status.HTTP_504_GATEWAY_TIMEOUT
    default_detail = "No source answered within the deadline, and no earlier answer is known."
    default_code = "deadline_passed"

    def __init__(self, attempts: Attempts = (), detail: str | None = None) -> None:
        super().__init__(detail, attempts)


def problem_for(missing: Iterable[Missing | None], meta: Meta, unknown: str | None = None) -> APIException:
    """The error for a request of which nothing could be answered.

    404 with the detail ``unknown`` if no source has any of the requested items (only where ``unknown`` is given);
    504 if the deadline passed for at least one; otherwise 503 with Retry-After. Entries that are None do not count.
    """
    codes = {entry.code for entry in missing if entry is not None}
    if codes == {"not_available"} and unknown is not None:
        return NotFound(unknown)
    if "deadline" in codes:
        return DeadlinePassed(meta.attempts_list)
    return Unavailable(meta.retry_after or MIN_RETRY_S, meta.attempts_list)


def candles_problem(series: Iterable[CandleSeries]) -> APIException:
    """The error for a request that needs candles, given the series that are missing (at least one)."""
    missing = [entry for entry in series if entry.missing is not None]
    assets = ", ".join(entry.asset for entry in missing)
    meta = provenance.combine_meta([entry.meta for entry in missing])
    unknown = f"No source in the chain has {missing[0].interval} candles of {assets} for this time."
    return problem_for((entry.missing for entry in missing), meta, unknown)


def require_candles(series: CandleSeries) -> CandleSeries:
    """Return the series. Raises ``candles_problem`` if it is missing."""
    if series.missing is not None:
        raise candles_problem([series])
    return series
