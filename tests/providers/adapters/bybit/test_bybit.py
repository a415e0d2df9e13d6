"""Bybit: a fraction for a percentage, an empty list for an unknown symbol, a 403 for a country."""

from __future__ import annotations

from decimal import Decimal

import pytest

from providers.domain.market_data import Quote
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import (
    no_book,
    one,
    read,
    refused,
    requested,
    utc,
)


def test_the_category_is_always_spot() -> None:
    assert requested("bybit", "BTC").params == (("category", "spot"), ("symbol", "BTCUSDT"))
    assert requested("bybit", "BTC", "ETH").params == (("category", "spot"),)


def test_the_fraction_becomes_percent_and_the_time_is_the_answers() -> None:
    assert one("bybit", "ticker.json", "BTC") == Quote(
        asset="BTC",
        currency="USDT",
        price=Decimal(83299),
        change_24h=Decimal("1.57"),
        volume_24h=Decimal("498112330.12091"),
        volume_scope="venue",
        as_of=utc(2026, 11, 23, 12, 19, 59, 210000),
    )


def test_several_are_picked_from_all() -> None:
    quotes = read("bybit", "tickers.json", "BTC", "ETH", "NOPE")
    assert [quote.price for quote in quotes.values()] == [Decimal(83299), Decimal("2733.41")]


def test_an_unknown_symbol_is_an_empty_list_and_never_a_zero_price() -> None:
    assert read("bybit", "empty.json", "NOPE") == {}


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("error_10001_symbol.json", 200, Outcome.UNKNOWN_ASSET),
        ("error_10001_category.json", 200, Outcome.BAD_REQUEST),
        ("error_10006.json", 200, Outcome.RATE_LIMITED),
        ("error_10006.json", 429, Outcome.RATE_LIMITED),
        ("error_10016.json", 200, Outcome.BROKEN),
        ("forbidden_country.txt", 403, Outcome.GEO_BLOCKED),
        ("forbidden_frequent.txt", 403, Outcome.RATE_LIMITED),
        ("forbidden_country.txt", 200, Outcome.BROKEN),
        ("error_10001_symbol.json", 502, Outcome.BROKEN),
        (b'{"retCode":0,"result":{"category":"linear","list":[]}}', 200, Outcome.BROKEN),
        (b'{"result":{"category":"spot","list":[]}}', 200, Outcome.BROKEN),
    ],
)
def test_its_errors_have_their_outcomes(body: str | bytes, status: int, outcome: Outcome) -> None:
    assert refused("bybit", body, "BTC", status=status).outcome is outcome


def test_the_end_of_the_window_is_kept_only_where_a_limit_was_hit() -> None:
    headers = {"x-bapi-limit-reset-timestamp": "1795436402500"}
    assert refused("bybit", "error_10006.json", "BTC", headers=headers).retry_at == utc(2026, 11, 23, 12, 20, 2, 500000)
    assert refused("bybit", "error_10016.json", "BTC", headers=headers).retry_at is None


def test_a_book_of_another_pair_is_broken() -> None:
    body = b'{"retCode":0,"result":{"s":"ETHUSDT","b":[["1","1"]],"a":[["2","1"]]}}'
    assert no_book("bybit", body) is Outcome.BROKEN
