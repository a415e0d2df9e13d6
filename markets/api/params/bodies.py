"""Bodies of POST requests, read strictly: unknown members are refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from markets.api.params.symbols import LONGEST

MOST_NAMED = 10
"""Unknown members that an error names."""
MOST_MONEY = Decimal("1E15")
FIRST_DAY = datetime(2009, 1, 3, tzinfo=UTC)
"""The day of the first block: nothing was traded before."""


class Body(serializers.Serializer[Any]):
    """The members of a request. An unknown one is refused with the list of those allowed."""

    def to_internal_value(self, data: Any) -> Any:
        """Validate. Raises ValidationError for unknown members."""
        if isinstance(data, Mapping):
            known = ", ".join(self.fields)
            unknown = islice((str(name)[:LONGEST] for name in data if name not in self.fields), MOST_NAMED)
            errors = {name: [f"There is no such member. Allowed: {known}."] for name in unknown}
            if errors:
                raise serializers.ValidationError(errors)
        return super().to_internal_value(data)


def choice(words: Sequence[str], **kwargs: Any) -> serializers.ChoiceField:
    """A field with a few allowed words, which the error lists.

    Each has its own type, because drf-spectacular documents fields of one name and type with one set of words.
    """
    message = f"Allowed: {', '.join(words)}."
    documented = extend_schema_field({"type": "string", "enum": list(words)})
    kind: type[serializers.ChoiceField] = documented(type("Choice", (serializers.ChoiceField,), {}))
    return kind(choices=list(words), error_messages={"invalid_choice": message}, **kwargs)


def name(**kwargs: Any) -> serializers.CharField:
    """A coin's symbol, id or pair."""
    return serializers.CharField(max_length=LONGEST, help_text="A symbol, an id or a pair.", **kwargs)


@extend_schema_field({"oneOf": [{"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}, {"type": "number"}]})
class Amount(serializers.DecimalField):
    """A positive amount, as a decimal string or a number, with every digit it came with."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=33, decimal_places=18, **kwargs)

    def validate_precision(self, value: Decimal) -> Decimal:
        """Check the number of digits and the range."""
        checked = super().validate_precision(value)
        if not 0 < checked <= MOST_MONEY:
            raise serializers.ValidationError(f"Must be more than 0 and at most {MOST_MONEY:f}.")
        return checked

    def quantize(self, value: Decimal) -> Decimal:
        """Return the value with the digits it came with."""
        return value


@extend_schema_field({"type": "string", "example": "2026-01-31"})
class Moment(serializers.Field[datetime, str, str, Any]):
    """A day, or a time with its offset. As an end, a day counts to the next midnight, UTC."""

    def __init__(self, *, ends: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ends = ends

    def to_internal_value(self, data: Any) -> datetime:
        """Parse the text. Raises ValidationError."""
        at = _moment(data, self.ends) if isinstance(data, str) and len(data) <= LONGEST else None
        if at is None:
            raise serializers.ValidationError("Allowed: a day as 2026-01-31, or ISO 8601 with an offset.")
        if not FIRST_DAY <= at <= datetime(2200, 1, 1, tzinfo=UTC):
            raise serializers.ValidationError("Allowed: from 2009-01-03 on.")
        return at

    def to_representation(self, value: datetime) -> str:
        """Return ISO 8601."""
        return value.isoformat()


def _moment(text: str, ends: bool) -> datetime | None:
    try:
        if len(text) == len("2026-01-31"):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=ends)
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
