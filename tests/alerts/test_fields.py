"""Decimals come back from the database digit by digit."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from alerts.fields import ExactDecimalField, positive
from alerts.models import PriceAlert


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["0.000000000000000001", "1234567890123456789012.123456789012345678", "70000.50", "100", "0.1"]
)
def test_a_threshold_comes_back_as_it_was_given(make_alert: Callable[..., Any], text: str) -> None:
    alert = make_alert(threshold=Decimal(text))
    assert f"{PriceAlert.objects.get(pk=alert.pk).threshold:f}" == text
    assert PriceAlert.objects.filter(threshold=Decimal(text)).exists()


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**12, places=18))
def test_decimals_are_stored_as_plain_text_of_the_same_value(number: Decimal) -> None:
    field = ExactDecimalField()
    text = field.get_prep_value(number)
    assert text is not None
    assert "E" not in text
    assert field.from_db_value(text, None, None) == number


@pytest.mark.parametrize("wrong", ["abc", "", "NaN", "Infinity"])
def test_text_that_is_no_number_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        ExactDecimalField().to_python(wrong)


@pytest.mark.parametrize("wrong", ["0", "-1"])
def test_a_threshold_is_above_zero(wrong: str) -> None:
    with pytest.raises(ValidationError, match="above zero"):
        positive(Decimal(wrong))
