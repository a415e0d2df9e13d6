"""Validation errors of the domain as the API's errors, and the problem responses that the routes document."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework.exceptions import ValidationError

from providers.api.schemas import problems

INVALID = problems(s400="A field is missing, wrong or not allowed; errors[] says which and what is.")
NOT_FOUND = problems(s404="It does not exist, or it is not yours.")


@contextmanager
def validation_errors() -> Iterator[None]:
    """Convert Django's ValidationError into a 400 with its messages, by field if it names fields."""
    try:
        yield
    except DjangoValidationError as error:
        fields = error.message_dict if hasattr(error, "error_dict") else {"non_field_errors": error.messages}
        raise ValidationError(fields, code="refused") from None
