"""Reads query parameters strictly: what is not understood is refused with what would be."""

from __future__ import annotations

from django.http import QueryDict
from rest_framework.exceptions import ValidationError

TRUE, FALSE = {"1", "true", "yes"}, {"0", "false", "no", ""}


def only(query: QueryDict, *allowed: str) -> None:
    """Refuse unknown names and names given twice. Raises ValidationError with one entry per parameter."""
    known = ", ".join(allowed) or "none"
    wrong = {name: f"There is no such parameter here. Allowed: {known}." for name in query if name not in allowed}
    twice = {name: "Given more than once." for name in allowed if len(query.getlist(name)) > 1}
    if wrong or twice:
        raise ValidationError(wrong | twice)


def boolean(query: QueryDict, name: str) -> bool:
    """A switch, off when it is not given."""
    given = query.get(name, "").lower()
    if given not in TRUE | FALSE:
        raise ValidationError({name: "Allowed: 1 or 0."})
    return given in TRUE


def whole(query: QueryDict, name: str, default: int, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``, or the default when it is not given."""
    given = query.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdecimal() and len(given) <= 9 and low <= int(given) <= high):
        raise ValidationError({name: f"Allowed: a whole number from {low} to {high}."})
    return int(given)


def one_of(query: QueryDict, name: str, allowed: list[str]) -> str | None:
    """One of a few words, any case, or None when it is not given."""
    given = query.get(name)
    if given is None:
        return None
    if given.upper() not in allowed:
        raise ValidationError({name: f"Allowed: {', '.join(allowed)}."})
    return given.upper()
