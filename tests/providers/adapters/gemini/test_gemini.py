"""Gemini: a volume that is an object, of 38 digits."""

from __future__ import annotations

from decimal import Decimal

import pytest

from providers.domain.market_data import Quote
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import handler, lookup_of, one, refused, requested, utc


def test_the_symbol_is_lower_case() -> None:
    assert requested("gemini", "BTC").path == "/v1/pubticker/btcusd"
    assert handler("gemini").max_items == 1


def test_the_quote_volume_is_kept_to_the_last_digit_with_its_time() -> None:
    assert one("gemini", "pubticker.json", "BTC") == Quote(
        asset="BTC",
        currency="USD",
        price=Decimal("83301.77"),
        volume_24h=Decimal("25701120.330912000000000000000000000012"),
        volume_scope="venue",
        as_of=utc(2026, 11, 23, 12, 15),
    )


def test_a_volume_in_another_currency_is_another_pairs() -> None:
    assert refused("gemini", "pubticker.json", lookup_of("BTC", "EUR")).outcome is Outcome.BROKEN


def test_the_newer_ticker_has_a_change_and_no_volume() -> None:
    quote = one("gemini", "ticker_v2.json", "BTC")
    assert (quote.price, quote.change_24h, quote.volume_24h, quote.as_of) == (
        Decimal("83301.77"),
        Decimal("1.463788"),
        None,
        None,
    )


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("error_symbol.json", 400, Outcome.UNKNOWN_ASSET),
        ("error_bad_request.json", 400, Outcome.UNKNOWN_ASSET),
        ("error_limit.json", 429, Outcome.RATE_LIMITED),
        ("error_limit.json", 200, Outcome.RATE_LIMITED),
        ("error_maintenance.json", 503, Outcome.BROKEN),
        ("error_maintenance.json", 200, Outcome.BROKEN),
        ("error_symbol.json", 500, Outcome.BROKEN),
    ],
)
def test_its_errors_have_their_outcomes(body: str, status: int, outcome: Outcome) -> None:
    assert refused("gemini", body, "BTC", status=status).outcome is outcome
