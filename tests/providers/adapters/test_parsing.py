"""Numbers, times and structure from raw text."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.adapters.shared import parsing
from providers.domain.outcomes import Failure, Outcome


def outcome_of(read: object, *values: object) -> Outcome:
    with pytest.raises(Failure) as caught:
        read(*values)  # type: ignore[operator]  # any of the readers
    return caught.value.outcome


def test_a_number_keeps_every_digit_it_was_written_with() -> None:
    raw = b'{"last": 10394749.066094351423000000000000000095}'
    row = parsing.mapping(parsing.decode(raw))
    assert parsing.price(row["last"]) == Decimal("10394749.066094351423000000000000000095")


@given(st.decimals("1e-20", "1e12", allow_nan=False, places=18))
def test_any_price_survives_as_text_and_as_json_number(price: Decimal) -> None:
    assert parsing.price(f"{price:f}") == price
    assert parsing.price(parsing.mapping(parsing.decode(b'{"p": %s}' % f"{price:f}".encode()))["p"]) == price


@pytest.mark.parametrize("value", ["0", "0.00000000", "-1", "NaN", "-Infinity", "inf", "1e999999", "1e-30", "9" * 5000])
def test_a_price_that_cannot_be_is_implausible(value: str) -> None:
    assert outcome_of(parsing.price, value) is Outcome.IMPLAUSIBLE


@pytest.mark.parametrize("body", [b"NaN", b"Infinity", b"-Infinity", b"0", b"-0.0", b"1e999999", b"9" * 5000])
def test_a_json_number_that_cannot_be_a_price_is_implausible(body: bytes) -> None:
    assert outcome_of(parsing.price, parsing.decode(body)) is Outcome.IMPLAUSIBLE


@pytest.mark.parametrize("value", ["abc", "1,234", "1_000", " 1", "0x10", "$5", "٣", True, 5.0, [], {}])
def test_what_is_no_number_is_broken(value: object) -> None:
    assert outcome_of(parsing.price, value) is Outcome.BROKEN
    assert outcome_of(parsing.amount, value) is Outcome.BROKEN


@pytest.mark.parametrize("value", [None, ""])
def test_nothing_is_nothing_and_never_zero(value: object) -> None:
    assert parsing.price(value) is None
    assert parsing.amount(value) is None
    assert parsing.percent(value) is None
    assert parsing.fraction(value) is None
    assert parsing.from_seconds(value) is None
    assert parsing.from_iso(value) is None


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-100.01", "1e8", "1e99999"])
def test_a_change_that_cannot_be_is_left_unsaid(value: str) -> None:
    assert parsing.percent(value) is None


def test_a_negative_volume_is_left_unsaid() -> None:
    assert parsing.amount("-1") is None
    assert parsing.amount("0") == 0


def test_a_fraction_becomes_percent() -> None:
    assert parsing.fraction("-0.0059") == Decimal("-0.59")


def test_a_change_is_computed_from_the_opening_price() -> None:
    assert parsing.change(Decimal("16839.1"), "16659.1") == Decimal("1.080491")
    assert parsing.change(Decimal(5), "0") is None
    assert parsing.change(Decimal(5), None) is None
    assert parsing.change(None, "5") is None
    assert parsing.change(Decimal("1e14"), "1e-20") is None


def test_times_are_read_in_their_own_unit_as_aware_utc() -> None:
    moment = datetime(2026, 11, 23, 12, 19, 58, 292764, tzinfo=UTC)
    assert parsing.from_millis("1795436398292") == moment.replace(microsecond=292000)
    assert parsing.from_seconds("1795436398") == moment.replace(microsecond=0)
    assert parsing.from_iso("2026-11-23T12:19:58.292764026Z") == moment
    assert parsing.from_iso("2026-11-23T13:19:58.292764+01:00") == moment


@pytest.mark.parametrize("value", ["0", "1795436398292", "-5", "NaN", "1e15", "1e9999"])
def test_seconds_in_another_unit_are_no_time(value: str) -> None:
    assert parsing.from_seconds(value) is None


@pytest.mark.parametrize("value", ["yesterday", "2026-13-40T00:00:00Z", "0001-01-01T00:00:00+23:59", 5, []])
def test_what_is_no_time_is_broken(value: object) -> None:
    assert outcome_of(parsing.from_iso, value) is Outcome.BROKEN


def test_a_time_without_an_offset_is_left_unsaid() -> None:
    assert parsing.from_iso("2026-11-23T12:19:58") is None


@pytest.mark.parametrize(
    "body", [b"", b"{", b"<html>", b'{"a":1}x', b"\xff\xfe", b"\x80abc", b"[" * 200_000, b'{"a":' * 200_000, b"nil"]
)
def test_a_body_that_is_no_json_is_broken(body: bytes) -> None:
    assert outcome_of(parsing.decode, body) is Outcome.BROKEN


def test_a_missing_field_is_broken_and_an_old_name_is_taken() -> None:
    assert parsing.field({"price": "1"}, "lastPrice", "price") == "1"
    assert outcome_of(parsing.field, {}, "lastPrice", "price") is Outcome.BROKEN
