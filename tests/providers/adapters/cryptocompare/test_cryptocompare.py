"""CryptoCompare: the RAW part, every error inside HTTP 200."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from providers.domain.market_data import Quote
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import (
    NOW,
    accepts,
    candles,
    lookup_of,
    no_candles,
    one,
    read,
    refused,
    requested,
    utc,
)


def test_coins_and_currencies_are_lists() -> None:
    request = requested("cryptocompare", "BTC", "ETH", lookup_of("BTC", "EUR"))
    assert (request.path, request.params) == ("/data/pricemultifull", (("fsyms", "BTC,ETH"), ("tsyms", "USD,EUR")))


def test_raw_is_read_and_the_volume_is_the_one_in_the_currency() -> None:
    assert one("cryptocompare", "full.json", "BTC") == Quote(
        asset="BTC",
        currency="USD",
        price=Decimal("83302.6"),
        change_24h=Decimal("1.4641509283746"),
        volume_24h=Decimal("3390112233.50912"),
        volume_scope="market",
        as_of=utc(2026, 11, 23, 12, 19, 50),
    )


@pytest.mark.parametrize("body", ["full.json", "multi.json"])
def test_each_pair_has_its_own_price_and_absent_ones_are_absent(body: str) -> None:
    quotes = read("cryptocompare", body, "BTC", lookup_of("BTC", "EUR"), "ETH", lookup_of("ETH", "EUR"), "NOPE")
    assert [(quote.currency, quote.price) for quote in quotes.values()] == [
        ("USD", Decimal("83302.6")),
        ("EUR", Decimal("70081.2")),
        ("USD", Decimal("2733.9")),
    ]


def test_text_for_people_is_never_taken_for_data() -> None:
    assert refused("cryptocompare", b'{"DISPLAY":{"BTC":{"USD":{"PRICE":"1"}}}}', "BTC").outcome is Outcome.BROKEN


def test_tether_and_dollar_are_different_currencies() -> None:
    assert accepts("cryptocompare", "BTC", "USDT")
    assert not accepts("cryptocompare", "USDT", "USDT")
    assert accepts("cryptocompare", "USDT")


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("error_99.json", 200, Outcome.RATE_LIMITED),
        ("error_2.json", 200, Outcome.UNKNOWN_ASSET),
        ("error_1.json", 200, Outcome.BAD_REQUEST),
        ("error_key.json", 200, Outcome.UNAUTHORIZED),
        ("error_key.json", 401, Outcome.UNAUTHORIZED),
        ("error_other.json", 200, Outcome.BROKEN),
        ("error_data_api.json", 404, Outcome.NOT_SUPPORTED),
        ("error_data_api.json", 200, Outcome.BROKEN),
        ("error_2.json", 500, Outcome.BROKEN),
    ],
)
def test_its_errors_have_their_outcomes(body: str, status: int, outcome: Outcome) -> None:
    assert refused("cryptocompare", body, "BTC", status=status).outcome is outcome


def test_an_inconsistent_forming_candle_and_rows_of_zeros_are_left_out() -> None:
    result = candles("cryptocompare", "histohour_torn.json")
    assert result is not None
    assert [candle.opens for candle in result.candles] == [utc(2026, 11, 23, 11)]


def test_an_inconsistent_closed_candle_is_implausible() -> None:
    assert no_candles("cryptocompare", "histohour_torn.json", at=NOW + timedelta(hours=1)) is Outcome.IMPLAUSIBLE
