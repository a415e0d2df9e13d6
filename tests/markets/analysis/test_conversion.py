"""Amounts are converted at observed rates, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from markets.analysis.conversion import Converted, NotConverted, Rate, convert

NOW = datetime(2026, 10, 9, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def rate(base: str, quote: str, value: str, minutes: int = 1, source: str = "kraken") -> Rate:
    return Rate(base, quote, Decimal(value), source, NOW - timedelta(minutes=minutes))


def converted(amount: str, base: str, target: str, *rates: Rate) -> Converted | NotConverted:
    return convert(Decimal(amount), base, target, rates, now=NOW, max_age=HOUR)


def test_an_amount_is_multiplied_by_the_rate_and_names_it() -> None:
    observed = rate("USDT", "USD", "0.9975")
    assert converted("87779.96", "USDT", "USD", observed) == Converted(Decimal("87560.510100"), "USD", (observed,))


def test_a_rate_is_used_in_the_other_direction_too() -> None:
    observed = rate("EUR", "USD", "1.25")
    assert converted("10", "USD", "EUR", observed) == Converted(Decimal(8), "EUR", (observed,))


def test_two_currencies_are_joined_by_a_third_with_both_rates_named() -> None:
    tether, euro = rate("USDT", "USD", "0.99"), rate("EUR", "USD", "1.1")
    assert converted("100", "USDT", "EUR", euro, tether) == Converted(Decimal(90), "EUR", (tether, euro))


def test_a_direct_rate_is_preferred_to_a_chain_of_rates() -> None:
    direct = rate("USDT", "EUR", "0.91", minutes=30)
    assert converted("100", "USDT", "EUR", rate("USDT", "USD", "1"), rate("EUR", "USD", "1.1"), direct) == Converted(
        Decimal(91), "EUR", (direct,)
    )


def test_the_newest_rate_of_a_pair_counts() -> None:
    new = rate("USDT", "USD", "0.95", minutes=1)
    assert converted("1", "USDT", "USD", rate("USDT", "USD", "1", minutes=9), new) == Converted(
        Decimal("0.95"), "USD", (new,)
    )


def test_a_stablecoin_without_a_rate_is_not_converted() -> None:
    assert converted("1", "USDT", "USD") == NotConverted("no source gives the rate of USDT to USD")


def test_a_rate_too_old_or_of_the_future_is_not_used() -> None:
    reason = NotConverted("the observed rate of USDT to USD is too old")
    assert converted("1", "USDT", "USD", rate("USDT", "USD", "1", minutes=61)) == reason
    assert converted("1", "USDT", "USD", rate("USDT", "USD", "1", minutes=-61)) == reason


def test_a_rate_of_zero_or_no_number_is_none() -> None:
    reason = NotConverted("no source gives the rate of USDT to USD")
    assert converted("1", "USDT", "USD", rate("USDT", "USD", "0"), rate("USDT", "USD", "NaN")) == reason


def test_an_amount_in_its_own_currency_needs_no_rate() -> None:
    assert converted("5", "USD", "USD") == Converted(Decimal(5), "USD")
