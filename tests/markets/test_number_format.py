"""Figures for people are short, and never say more or less than is known."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets import number_format

AMOUNTS = st.decimals(min_value="1e-12", max_value="1e12", allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("64123.45000000", "64,123.45"),
        ("1.00030000", "1.0003"),
        ("0.000012345678", "0.000012346"),
        ("1E-8", "0.00000001"),
        ("1E+3", "1,000.00"),
        ("12.3", "12.30"),
        ("0", "0.00"),
    ],
)
def test_a_price_has_two_decimals_at_least_and_five_digits_where_the_source_gave_them(amount: str, shown: str) -> None:
    assert number_format.price(Decimal(amount)) == shown


@given(AMOUNTS)
def test_a_price_shown_is_within_a_two_thousandth_or_half_a_cent_of_the_exact_one(amount: Decimal) -> None:
    shown = Decimal(number_format.price(amount).replace(",", ""))
    assert abs(shown - amount) <= max(amount / 2000, Decimal(0)) or abs(shown - amount) <= Decimal("0.005")


@given(AMOUNTS)
def test_a_price_that_is_not_zero_is_never_shown_as_zero(amount: Decimal) -> None:
    assert Decimal(number_format.price(amount).replace(",", "")) != 0


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("28412345678.12", "28.41 B"),
        ("999999", "1.00 M"),
        ("123456789", "123.5 M"),
        ("1500", "1.50 K"),
        ("12.5", "12.50"),
        ("0.00042", "0.00042"),
    ],
)
def test_a_volume_is_shortened_to_a_unit(amount: str, shown: str) -> None:
    assert number_format.compact(Decimal(amount)).replace(number_format.THIN_SPACE, " ") == shown


@pytest.mark.parametrize(
    ("percent", "shown", "way"),
    [("1.234", "+1.23 %", "up"), ("-3.5", "−3.50 %", "down"), ("-0.004", "0.00 %", "flat"), ("0", "0.00 %", "flat")],
)
def test_a_change_has_its_sign_and_its_direction_agrees_with_the_figure(percent: str, shown: str, way: str) -> None:
    assert number_format.change(Decimal(percent)).replace(number_format.THIN_SPACE, " ") == shown
    assert number_format.direction(Decimal(percent)) == way


def test_an_unknown_value_is_a_dash_and_never_a_zero() -> None:
    assert {
        number_format.price(None),
        number_format.compact(None),
        number_format.change(None),
        number_format.duration(None),
    } == {number_format.UNKNOWN}
    assert number_format.direction(None) == "unknown"


def test_the_exact_amount_keeps_every_digit_of_its_source() -> None:
    assert number_format.exact(Decimal("64123.45000000")) == "64,123.45000000"


@pytest.mark.parametrize(("seconds", "shown"), [(0.9, "0 s"), (61, "1 min"), (7200, "2 h"), (200_000, "2 d")])
def test_a_duration_is_given_in_its_largest_unit(seconds: float, shown: str) -> None:
    assert number_format.duration(seconds).replace(number_format.THIN_SPACE, " ") == shown
