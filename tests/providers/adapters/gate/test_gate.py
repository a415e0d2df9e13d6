"""Gate: an array even for one pair, labels for errors, no time."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from providers.adapters import ADAPTERS
from providers.domain.adapter import Usage
from providers.domain.market_data import Quote
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import (
    book,
    candles,
    hours,
    no_candles,
    one,
    read,
    refused,
    requested,
    utc,
)


def test_one_pair_is_asked_alone_and_several_with_all_tickers() -> None:
    assert requested("gate", "BTC").path == "/api/v4/spot/tickers"
    assert requested("gate", "BTC").params == (("currency_pair", "BTC_USDT"),)
    assert requested("gate", "BTC", "ETH").params == ()


def test_percent_stays_percent_and_no_time_is_made_up() -> None:
    assert one("gate", "ticker.json", "BTC") == Quote(
        asset="BTC",
        currency="USDT",
        price=Decimal("83298.2"),
        change_24h=Decimal("1.49"),
        volume_24h=Decimal("424113092.0912331"),
        volume_scope="venue",
    )


def test_every_digit_of_a_volume_is_kept() -> None:
    quotes = read("gate", "tickers.json", "BTC", "ETH", "NOPE")
    assert [quote.volume_24h for quote in quotes.values()] == [
        Decimal("424113092.091233100000000012"),
        Decimal("246912200.41"),
    ]


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("error_currency.json", 400, Outcome.UNKNOWN_ASSET),
        ("error_pair.json", 400, Outcome.UNKNOWN_ASSET),
        ("error_param.json", 400, Outcome.BAD_REQUEST),
        ("error_many.json", 429, Outcome.RATE_LIMITED),
        ("error_many.json", 200, Outcome.RATE_LIMITED),
        ("error_unlabelled.json", 200, Outcome.BROKEN),
        ("error_unlabelled.json", 500, Outcome.BROKEN),
        ("error_currency.json", 502, Outcome.BROKEN),
        (b"{}", 200, Outcome.BROKEN),
    ],
)
def test_its_errors_have_their_outcomes(body: str | bytes, status: int, outcome: Outcome) -> None:
    assert refused("gate", body, "BTC", status=status).outcome is outcome


def test_the_window_says_how_much_is_used_and_when_it_ends() -> None:
    headers = {
        "x-gate-ratelimit-limit": "200",
        "x-gate-ratelimit-requests-remain": "50",
        "x-gate-ratelimit-reset-timestamp": "1795436405",
    }
    assert ADAPTERS["gate"].usage(headers) == Usage(0.75, 10.0)
    failure = refused("gate", "error_many.json", "BTC", status=429, headers=headers)
    assert failure.retry_at == utc(2026, 11, 23, 12, 20, 5)


def test_all_digits_of_a_quote_volume_are_kept() -> None:
    result = candles("gate", "candlesticks.json")
    assert result is not None
    assert result.candles[0].quote_volume == Decimal("10030450.118204000000000019")


def test_a_candle_row_without_a_flag_is_read_and_an_unknown_flag_is_broken() -> None:
    row = ["1795435200", "100", "105", "110", "90", "100", "1"]
    result = candles("gate", json.dumps([row]).encode())
    assert result is not None
    assert not result.candles[0].closed
    assert no_candles("gate", json.dumps([[*row, "maybe"]]).encode()) is Outcome.BROKEN


def test_candles_that_are_too_old_are_not_supported() -> None:
    assert (
        no_candles("gate", "error_too_old.json", hours(end=utc(2026, 11, 20, 9, 30)), status=400)
        is Outcome.NOT_SUPPORTED
    )


def test_an_empty_book_is_an_inactive_market() -> None:
    assert book("gate", "order_book_empty.json") is None
