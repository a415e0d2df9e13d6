"""Coinbase Exchange: one product a call, a price with its time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from providers.domain.market_data import Quote
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import (
    accepts,
    handler,
    lookup_of,
    lookups_of,
    no_volumes,
    one,
    refused,
    requested,
    utc,
    volume_handler,
)


def test_a_product_is_a_path() -> None:
    assert requested("coinbase", "BTC").path == "/products/BTC-USD/ticker"
    assert requested("coinbase", lookup_of("BTC", "USDT")).path == "/products/BTC-USDT/ticker"
    assert handler("coinbase").max_items == 1


def test_nanoseconds_are_read_and_base_volume_is_not_passed_off_as_quote_volume() -> None:
    assert one("coinbase", "ticker.json", "BTC") == Quote(
        asset="BTC", currency="USD", price=Decimal(83305), as_of=utc(2026, 11, 23, 12, 19, 58, 292764)
    )


def test_stats_have_a_change_since_24_hours_ago_and_no_time() -> None:
    quote = one("coinbase", "stats.json", "BTC")
    assert (quote.price, quote.change_24h, quote.as_of) == (Decimal(83305), Decimal("1.467722"), None)


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("error_404.json", 404, Outcome.UNKNOWN_ASSET),
        ("error_429.json", 429, Outcome.RATE_LIMITED),
        ("error_404.json", 200, Outcome.BROKEN),
        ("error_404.json", 502, Outcome.BROKEN),
        (b'{"message":"no route"}', 404, Outcome.BROKEN),
        (b"<html>Not Found</html>", 404, Outcome.BROKEN),
        (b'{"message":"Forbidden"}', 403, Outcome.UNAUTHORIZED),
        (b"{}", 200, Outcome.BROKEN),
    ],
)
def test_its_errors_have_their_outcomes(body: str | bytes, status: int, outcome: Outcome) -> None:
    assert refused("coinbase", body, "BTC", status=status).outcome is outcome


def test_dollar_and_stablecoins_are_different_currencies_there() -> None:
    assert accepts("coinbase", "USDT")
    assert accepts("coinbase", "BTC", "USDC")
    assert not accepts("coinbase", "USDC", "USDC")


def test_volumes_come_from_the_statistics() -> None:
    assert volume_handler("coinbase").request(lookups_of("BTC")).path == "/products/BTC-USD/stats"
    assert not volume_handler("coinbase").accepts(lookup_of("BTC", "XYZ"))
    assert no_volumes("coinbase", "error_404.json", "BTC", status=404) is Outcome.UNKNOWN_ASSET
