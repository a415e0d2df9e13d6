"""Values on the wire are exact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.domain import wire_format


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_money_is_the_same_decimal_without_an_exponent(amount: Decimal) -> None:
    answer = wire_format.money(amount)
    assert answer is not None
    assert "E" not in answer
    assert Decimal(answer) == amount


def test_money_keeps_the_zeros_its_source_gave() -> None:
    assert wire_format.money(Decimal("64123.45000000")) == "64123.45000000"


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        (datetime(2026, 1, 1, 12, tzinfo=UTC), "2026-01-01T12:00:00Z"),
        (datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC), "2026-01-01T12:00:00.123Z"),
        (datetime(2026, 1, 1, 13, tzinfo=timezone(timedelta(hours=1))), "2026-01-01T12:00:00Z"),
        (None, None),
    ],
)
def test_times_are_utc_with_a_z(at: datetime | None, answer: str | None) -> None:
    assert wire_format.moment(at) == answer


def test_an_age_is_never_negative() -> None:
    assert wire_format.seconds(-0.4) == 0
