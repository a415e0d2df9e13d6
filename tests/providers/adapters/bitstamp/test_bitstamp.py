"""Bitstamp: two opening prices, a slash that belongs, a page that is not an unknown pair."""

from __future__ import annotations

from decimal import Decimal

import pytest

from providers.domain.market_data import Quote
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import handler, lookup_of, one, refused, requested, utc


def test_the_pair_is_lower_case_and_the_slash_stays() -> None:
    assert requested("bitstamp", "BTC").path == "/api/v2/ticker/btcusd/"
    assert requested("bitstamp", lookup_of("btc", "EUR")).path == "/api/v2/ticker/btceur/"
    assert handler("bitstamp").max_items == 1


def test_the_change_is_that_of_24_hours_and_the_volume_is_worth_its_average_price() -> None:
    assert one("bitstamp", "ticker.json", "BTC") == Quote(
        asset="BTC",
        currency="USD",
        price=Decimal(83302),
        change_24h=Decimal("1.48"),
        volume_24h=Decimal("900.5") * Decimal("82600.5"),
        volume_scope="venue",
        as_of=utc(2026, 11, 23, 12, 19, 56),
    )


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("error_pair.json", 404, Outcome.UNKNOWN_ASSET),
        ("error_limit.json", 400, Outcome.RATE_LIMITED),
        ("error_limit.json", 200, Outcome.RATE_LIMITED),
        ("error_pair.json", 200, Outcome.BROKEN),
        ("error_pair.json", 500, Outcome.BROKEN),
        ("not_found.html", 404, Outcome.BROKEN),
        (b'{"message":"no route"}', 404, Outcome.BROKEN),
        (b"[]", 200, Outcome.BROKEN),
    ],
)
def test_its_errors_have_their_outcomes(body: str | bytes, status: int, outcome: Outcome) -> None:
    assert refused("bitstamp", body, "BTC", status=status).outcome is outcome
