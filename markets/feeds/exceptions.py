"""What a market question can end in besides an answer; cryptohub/errors.py turns these into problem+json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException

Attempts = Sequence[Mapping[str, Any]]


class Unanswered(APIException):
    """Nothing valid could be had and nothing was known.

    ``attempts`` are the upstream calls made for it, each already free of URLs, keys and exception text.
    """

    def __init__(self, detail: str | None = None, attempts: Attempts = ()) -> None:
        super().__init__(detail)
        self.attempts = tuple(attempts)


class Unavailable(Unanswered):
    """503: every source failed or is being left alone. ``retry_after`` is whole seconds, at least one."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = "No source could answer, and no earlier answer is known."
    default_code = "unavailable"

    def __init__(self, retry_after: int, attempts: Attempts = (), detail: str | None = None) -> None:
        super().__init__(detail, attempts)
        self.retry_after = max(1, retry_after)


class DeadlinePassed(Unanswered):
    """504: the chain's deadline passed before any source had answered, and nothing was known."""

    status_code = status.HTTP_504_GATEWAY_TIMEOUT
    default_detail = "No source answered within the deadline, and no earlier answer is known."
    default_code = "deadline_passed"

    def __init__(self, attempts: Attempts = (), detail: str | None = None) -> None:
        super().__init__(detail, attempts)
