"""A decimal field that keeps every digit in every database; SQLite's own decimals pass through a float."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

if TYPE_CHECKING:
    _Decimals = models.DecimalField[Decimal | str | int, Decimal]
else:
    _Decimals = models.DecimalField


def positive(value: Decimal) -> None:
    """Validate that a number is above zero; raises ValidationError."""
    if value <= 0:
        raise ValidationError("Enter a number above zero.", code="not_positive")


class ExactDecimalField(_Decimals):
    """A DecimalField that stores plain text. Compare and sort in Python: the database sees a string."""

    description = "Decimal number, exact"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 40)
        kwargs.setdefault("decimal_places", 18)
        kwargs.setdefault("max_length", kwargs["max_digits"] + 2)
        super().__init__(*args, **kwargs)

    def get_internal_type(self) -> str:
        """Return the type of the column: text."""
        return "CharField"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Decimal | None:
        """Parse the stored text."""
        return None if value is None else Decimal(value)

    def get_prep_value(self, value: Any) -> str | None:
        """Return the text to store, in plain notation."""
        number = self.to_python(value)
        return None if number is None else f"{number:f}"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Return the text to store; DecimalField would adapt the number to the database's own type."""
        return value if prepared else self.get_prep_value(value)

    def value_to_string(self, obj: models.Model) -> str:
        """Return the value as text for serialisers."""
        return self.get_prep_value(self.value_from_object(obj)) or ""
