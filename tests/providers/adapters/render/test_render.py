"""Render: CoinGecko's prices in an envelope of its own."""

from __future__ import annotations

from decimal import Decimal

import pytest

from providers.domain.market_data import Quote
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import (
    candle_handler,
    hours,
    one,
    read,
    refused,
    requested,
)


def test_it_is_asked_as_coingecko_is() -> None:
    request = requested("render", "bitcoin", "ethereum")
    assert request.path == "/api/v1/coingecko/price"
    assert request.params == (("ids", "bitcoin,ethereum"), ("vs_currencies", "usd"))


def test_the_envelopes_own_time_is_not_passed_off_as_the_prices() -> None:
    assert one("render", "price.json", "bitcoin") == Quote(
        asset="bitcoin",
        currency="USD",
        price=Decimal(83309),
        change_24h=Decimal("1.44"),
        volume_24h=Decimal("41200455000.1"),
        volume_scope="market",
    )
    assert len(read("render", "price.json", "bitcoin", "ethereum", "nope")) == 2


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("failed.json", 200, Outcome.BROKEN),
        ("detail.json", 503, Outcome.BROKEN),
        ("detail.json", 200, Outcome.BROKEN),
        (b"<html>Service waking up</html>", 200, Outcome.BROKEN),
        (b'{"success":"true","data":{}}', 200, Outcome.BROKEN),
        (b'{"success":true}', 200, Outcome.BROKEN),
    ],
)
def test_its_errors_have_their_outcomes(body: str | bytes, status: int, outcome: Outcome) -> None:
    assert refused("render", body, "bitcoin", status=status).outcome is outcome


def test_candles_are_requested_by_binance_tickers_of_the_largest_coins() -> None:
    handler = candle_handler("render")
    assert handler.request([hours("avalanche-2")]).params[0] == ("symbol", "AVAXUSDT")
    assert not handler.accepts(hours("fartcoin"))
