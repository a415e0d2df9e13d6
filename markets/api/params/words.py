"""Query parameters with a few allowed values, and times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from django.http import QueryDict
from rest_framework.exceptions import ValidationError

_UNIX_MS = re.compile(r"[0-9]{1,14}")
_WRONG_TIME = "Allowed: unix milliseconds, or ISO 8601 with an offset, as 2026-01-31T12:00:00Z."


def word(query: QueryDict, name: str, allowed: Sequence[str], default: str) -> str:
    """One of the allowed words as they are written, or the default. Raises ValidationError."""
    given = query.get(name, default)
    if given not in allowed:
        raise ValidationError({name: f"Allowed: {', '.join(allowed)}."})
    return given


def time(query: QueryDict, name: str) -> datetime | None:
    """A time as unix milliseconds or ISO 8601 with its offset, None if it is not given. Raises ValidationError."""
    given = query.get(name)
    if given is None:
        return None
    try:
        is_unix = _UNIX_MS.fullmatch(given)
        at = datetime.fromtimestamp(int(given) / 1000, UTC) if is_unix else datetime.fromisoformat(given)
    except (ValueError, OverflowError):
        raise ValidationError({name: _WRONG_TIME}) from None
    if at.tzinfo is None or not 2009 <= at.year <= 2200:
        raise ValidationError({name: _WRONG_TIME})
    return at.astimezone(UTC)
