"""Render: CoinGecko's prices and Binance's candles in rows and an envelope of its own."""

from __future__ import annotations

from decimal import Decimal

import pytest

from providers.domain.market_data import Quote
from providers.domain.outcomes import Failure, Outcome
from tests.providers.adapters.support import (
    candle_handler,
    candles,
    hours,
    no_candles,
    one,
    read,
    refused,
    requested,
    respond,
)


def test_the_largest_coins_are_requested_as_the_service_ignores_ids_and_currencies() -> None:
    request = requested("render", "bitcoin", "ethereum")
    assert request.path == "/api/v1/coingecko/price"
    assert request.params == (("limit", "250"),)


def test_rows_are_matched_by_id_and_the_responses_own_time_is_no_time_of_a_price() -> None:
    assert one("render", "price.json", "bitcoin") == Quote(
        asset="bitcoin",
        currency="USD",
        price=Decimal(83309),
        change_24h=Decimal("1.44"),
        volume_24h=Decimal("41200455000.1"),
        volume_scope="market",
    )


def test_a_figure_of_zero_is_unknown() -> None:
    assert one("render", "price.json", "ethereum") == Quote("ethereum", "USD", Decimal("2734.05"))
    assert read("render", "price.json", "dead-coin") == {}


def test_a_coin_outside_the_list_and_another_coin_of_the_same_symbol_are_unknown() -> None:
    assert len(read("render", "price.json", "bitcoin", "ethereum", "nope", "btc")) == 2


def test_candles_of_another_interval_are_not_supported() -> None:
    lookup = hours("bitcoin", interval="15m")
    assert no_candles("render", "klines.json", lookup) is Outcome.NOT_SUPPORTED


def test_a_single_candle_is_requested_with_its_neighbour_to_show_the_interval() -> None:
    assert candle_handler("render").request([hours("bitcoin", limit=1)]).params[2] == ("limit", "2")
    found = candles("render", "klines.json", hours("bitcoin", limit=1))
    assert found is not None
    assert len(found.candles) == 1


def test_a_refused_pair_looks_like_an_outage_and_counts_against_the_pair_first() -> None:
    with pytest.raises(Failure) as caught:
        candle_handler("render").parse([hours("bitcoin")], respond(b'{"detail":"Binance API error"}', 503))
    assert caught.value.outcome is Outcome.BROKEN
    assert caught.value.of_item


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
