"""CoinPaprika: irregular ids, no slash at the end, times of its own."""

from __future__ import annotations

from decimal import Decimal

import pytest

from providers.domain.market_data import Quote
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import accepts, lookup_of, one, read, refused, requested, utc


def test_one_coin_is_a_path_without_a_slash_and_several_are_all_tickers() -> None:
    assert requested("coinpaprika", "btc-bitcoin").path == "/v1/tickers/btc-bitcoin"
    request = requested("coinpaprika", "btc-bitcoin", lookup_of("aave-new", "EUR"))
    assert (request.path, request.params) == ("/v1/tickers", (("quotes", "USD,EUR"),))


def test_a_quote_has_market_volume_and_the_time_of_its_last_update() -> None:
    assert one("coinpaprika", "ticker.json", "btc-bitcoin") == Quote(
        asset="btc-bitcoin",
        currency="USD",
        price=Decimal("83298.10293847561"),
        change_24h=Decimal("1.43"),
        volume_24h=Decimal("38120044510.55"),
        volume_scope="market",
        as_of=utc(2026, 11, 23, 12, 16, 21),
    )


def test_several_are_picked_by_id() -> None:
    quotes = read("coinpaprika", "tickers.json", "btc-bitcoin", "eth-ethereum", "nope-nope", "hex-hex")
    assert [(quote.price, quote.change_24h) for quote in quotes.values()] == [
        (Decimal("83298.10293847561"), Decimal("1.43")),
        (Decimal("2733.1102938475"), Decimal("-0.69")),
        (Decimal("0.0012"), None),
    ]


def test_a_currency_the_answer_lacks_is_absent() -> None:
    assert read("coinpaprika", "ticker.json", lookup_of("btc-bitcoin", "EUR")) == {}
    assert not accepts("coinpaprika", "btc-bitcoin", "USDT")


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("error_404.json", 404, Outcome.UNKNOWN_ASSET),
        ("deprecated.txt", 404, Outcome.BROKEN),
        ("moved.html", 301, Outcome.BROKEN),
        ("error_402.json", 402, Outcome.NOT_SUPPORTED),
        ("error_429.json", 429, Outcome.RATE_LIMITED),
        ("error_404.json", 500, Outcome.BROKEN),
        ("error_404.json", 200, Outcome.BROKEN),
    ],
)
def test_its_errors_have_their_outcomes(body: str, status: int, outcome: Outcome) -> None:
    assert refused("coinpaprika", body, "btc-bitcoin", status=status).outcome is outcome
