"""What our own rules refuse, as the API's validation errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError as Refused
from rest_framework.exceptions import ValidationError


@contextmanager
def validation_errors() -> Iterator[None]:
    """Say what was refused with 400 and the reason, by field where there is one."""
    try:
        yield
    except Refused as refused:
        fields = refused.message_dict if hasattr(refused, "error_dict") else {"non_field_errors": refused.messages}
        raise ValidationError(fields, code="refused") from None
