"""Numbers as people type them are read rightly, or asked back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from alerts.amounts import AmbiguousNumber, read_amount


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("70000", "70000"),
        ("70,000.50", "70000.50"),
        ("70.000,50", "70000.50"),
        ("1,234,567", "1234567"),
        ("1.234.567,8", "1234567.8"),
        ("70 000,5", "70000.5"),
        ("70\u202f000", "70000"),
        ("70'000.5", "70000.5"),
        ("0,500", "0.500"),
        ("0,095", "0.095"),
        ("0.500", "0.500"),
        (",5", "0.5"),
        ("12,34", "12.34"),
        ("2.6000", "2.6000"),
        ("1234.567", "1234.567"),
        ("1e5", "1e5"),
    ],
)
def test_a_number_is_read_by_its_separators(text: str, number: str) -> None:
    assert read_amount(text) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "readings"),
    [("2.600", ("2600", "2.6000")), ("1,234", ("1234", "1.2340")), ("70,000", ("70000", "70.0000"))],
)
def test_a_number_that_can_mean_two_things_is_asked_back_with_both(text: str, readings: tuple[str, str]) -> None:
    with pytest.raises(AmbiguousNumber) as asked:
        read_amount(text)
    assert asked.value.readings == readings
    for reading in readings:
        assert read_amount(reading) == Decimal(reading)


@pytest.mark.parametrize("text", ["", "abc", "1,2,3", "1.2.3", "12,34,567", "9" * 100, "1..2", "."])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        read_amount(text)
