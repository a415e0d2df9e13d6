"""Strict parsing of query parameters: each error says what is allowed."""

from __future__ import annotations

from django.http import QueryDict
from rest_framework.exceptions import ValidationError

TRUE, FALSE = {"1", "true", "yes"}, {"0", "false", "no", ""}
LISTS = {"symbols"}
"""Parameters that hold a list: separated by commas, given several times, or both."""


def reject_unknown(query: QueryDict, *allowed: str) -> None:
    """Raise ValidationError for unknown names and names given more than once, with one entry per parameter."""
    known = ", ".join(allowed) or "none"
    unknown = {name: f"There is no such parameter here. Allowed: {known}." for name in query if name not in allowed}
    repeated = {name: "Given more than once." for name in allowed if name not in LISTS and len(query.getlist(name)) > 1}
    if unknown or repeated:
        raise ValidationError(unknown | repeated)


def boolean(query: QueryDict, name: str) -> bool:
    """Return a boolean, False if not given; raises ValidationError."""
    text = query.get(name, "").lower()
    if text not in TRUE | FALSE:
        raise ValidationError({name: "Allowed: 1 or 0."})
    return text in TRUE


def integer(query: QueryDict, name: str, default: int, minimum: int, maximum: int) -> int:
    """Return an integer from ``minimum`` to ``maximum``, or the default if not given; raises ValidationError."""
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and minimum <= int(text) <= maximum):
        raise ValidationError({name: f"Allowed: a whole number from {minimum} to {maximum}."})
    return int(text)


def choice(query: QueryDict, name: str, allowed: list[str]) -> str | None:
    """Return one of the allowed values, given in any case, or None if not given; raises ValidationError."""
    text = query.get(name)
    if text is None:
        return None
    if text.upper() not in allowed:
        raise ValidationError({name: f"Allowed: {', '.join(allowed)}."})
    return text.upper()
