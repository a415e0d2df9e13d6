"""Kraken: three spellings of a name, today beside 24 hours, errors inside HTTP 200."""

from __future__ import annotations

from decimal import Decimal

import pytest

from providers.domain.market_data import Candle, Instrument, Quote
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import (
    accepts,
    book_handler,
    candles,
    levels,
    lookup_of,
    lookups_of,
    one,
    read,
    refused,
    requested,
    utc,
)


def test_pairs_are_asked_by_display_name_whatever_the_alias_says() -> None:
    request = requested("kraken", "XBT", "BTC", "XDG", lookup_of("ETH", "BTC"))
    assert request.path == "/0/public/Ticker"
    assert request.params == (("pair", "BTC/USD,DOGE/USD,ETH/BTC"), ("assetVersion", "1"))


def test_the_volume_is_that_of_24_hours_times_its_average_price_and_there_is_no_change() -> None:
    assert one("kraken", "ticker_display.json", "BTC") == Quote(
        asset="BTC",
        currency="USD",
        price=Decimal("83301.0"),
        volume_24h=Decimal("2200.25") * Decimal("82500.4"),
        volume_scope="venue",
    )


@pytest.mark.parametrize("body", ["ticker_display.json", "ticker_old_names.json"])
def test_answers_are_matched_under_new_and_old_names(body: str) -> None:
    quotes = read("kraken", body, "XBT", "BTC", "XDG", "DOGE", lookup_of("ETH", "BTC"))
    assert [quote.price for quote in quotes.values()] == [
        Decimal(83301),
        Decimal(83301),
        Decimal("0.09121"),
        Decimal("0.09121"),
        Decimal("0.03282"),
    ]


def test_names_of_four_letters_and_plain_new_ones_are_found_too() -> None:
    quotes = read("kraken", "ticker_old_names.json", "USDT", "SOL")
    assert [quote.price for quote in quotes.values()] == [Decimal("0.99981"), Decimal("118.11")]


def test_the_only_pair_of_an_answer_is_not_taken_for_another() -> None:
    only = b'{"error":[],"result":{"XETHZUSD":{"c":["2733.1","1"],"v":["1","2"],"p":["1","2"]}}}'
    assert one("kraken", only, "ETH").price == Decimal("2733.1")
    assert read("kraken", only, "BTC") == {}


def test_bitcoin_has_no_price_in_itself_under_either_name() -> None:
    assert accepts("kraken", "XBT")
    assert not accepts("kraken", "XBT", "BTC")
    assert not accepts("kraken", "BTC", "BTC")
    assert accepts("kraken", "USDT")
    assert accepts("kraken", "BTC", "USDT")


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("error_pair.json", Outcome.UNKNOWN_ASSET),
        ("error_limit.json", Outcome.RATE_LIMITED),
        ("error_many.json", Outcome.RATE_LIMITED),
        ("error_throttled.json", Outcome.RATE_LIMITED),
        ("error_down.json", Outcome.BROKEN),
        ("error_internal.json", Outcome.BROKEN),
        ("error_arguments.json", Outcome.BAD_REQUEST),
        ("null_result.json", Outcome.BROKEN),
    ],
)
def test_errors_in_a_200_have_their_outcomes(body: str, outcome: Outcome) -> None:
    assert refused("kraken", body, "BTC").outcome is outcome


@pytest.mark.parametrize("body", [b'{"error":[5],"result":{}}', b'{"error":[]}', b"[]", b"{}"])
def test_an_answer_without_a_readable_error_or_result_is_broken(body: bytes) -> None:
    assert refused("kraken", body, "BTC").outcome is Outcome.BROKEN


def test_a_throttle_names_its_end_and_a_long_url_is_our_bug() -> None:
    assert refused("kraken", "error_throttled.json", "BTC").retry_at == utc(2026, 11, 23, 12, 21)
    assert refused("kraken", b"<html>Request-URI Too Large", "BTC", status=414).outcome is Outcome.BAD_REQUEST


def test_a_warning_is_no_error() -> None:
    assert one("kraken", "warning.json", "BTC").price == Decimal(83301)


def test_an_empty_result_knows_none_of_what_was_asked() -> None:
    assert read("kraken", b'{"error":[],"result":{}}', *lookups_of("BTC", "ETH")) == {}
    assert list(read("kraken", "ticker_display.json", "BTC", "SOL")) == [Instrument("BTC")]


def test_flat_candles_are_kept_and_their_average_of_zero_is_not_a_price() -> None:
    flat = b'[1795431600,"100.0","100.0","100.0","100.0","0.0","0.00000000",0]'
    result = candles("kraken", b'{"error":[],"result":{"XXBTZUSD":[' + flat + b'],"last":1795431600}}')
    assert result is not None
    assert result.candles == (
        Candle(
            utc(2026, 11, 23, 11), Decimal(100), Decimal(100), Decimal(100), Decimal(100), Decimal(0), Decimal(0), True
        ),
    )


def test_its_own_field_says_which_candle_is_closed() -> None:
    row = b'[1795435200,"100.0","100.0","100.0","100.0","100.0","1.0",1]'
    for last, closed in ((b"1795431600", False), (b"1795435200", True), (b"null", False)):
        result = candles("kraken", b'{"error":[],"result":{"BTC/USD":[' + row + b'],"last":' + last + b"}}")
        assert result is not None
        assert result.candles[0].closed is closed


def test_candles_of_another_pair_are_ignored() -> None:
    assert candles("kraken", b'{"error":[],"result":{"XETHZUSD":[],"last":1}}') is None


def test_bitcoin_has_no_book_in_itself() -> None:
    assert not book_handler("kraken").accepts(levels("XBT", quote="BTC"))
