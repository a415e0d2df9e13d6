"""OKX: codes are text, errors come with HTTP 200, the change is computed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from providers.domain.market_data import Instrument, Quote
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import lookup_of, one, read, refused, requested, utc


def test_one_pair_is_asked_alone_and_several_with_all_tickers() -> None:
    assert requested("okx", "BTC").path == "/api/v5/market/ticker"
    assert requested("okx", "BTC").params == (("instId", "BTC-USDT"),)
    assert requested("okx", "BTC", "ETH").path == "/api/v5/market/tickers"
    assert requested("okx", "BTC", "ETH").params == (("instType", "SPOT"),)


def test_the_change_is_computed_and_the_volume_is_the_quote_one() -> None:
    assert one("okx", "ticker.json", "BTC") == Quote(
        asset="BTC",
        currency="USDT",
        price=Decimal("83299.9"),
        change_24h=Decimal("1.585244"),
        volume_24h=Decimal("655113044.2100912"),
        volume_scope="venue",
        as_of=utc(2026, 11, 23, 12, 19, 58, 120000),
    )


def test_several_are_picked_from_all_and_a_pair_that_never_traded_is_absent() -> None:
    quotes = read("okx", "tickers.json", "BTC", lookup_of("ETH", "BTC"), "OLD", "NOPE")
    assert {item: quote.price for item, quote in quotes.items()} == {
        Instrument("BTC"): Decimal("83299.9"),
        Instrument("ETH", "BTC"): Decimal("0.03282"),
    }


def test_a_swap_is_not_fed_to_a_spot_reader() -> None:
    assert refused("okx", "swap.json", "BTC").outcome is Outcome.BROKEN


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("error_51001.json", 200, Outcome.UNKNOWN_ASSET),
        ("error_50011.json", 429, Outcome.RATE_LIMITED),
        ("error_50011.json", 200, Outcome.RATE_LIMITED),
        ("error_50001.json", 200, Outcome.BROKEN),
        ("error_50001.json", 503, Outcome.BROKEN),
        ("error_51001.json", 500, Outcome.BROKEN),
        (b'{"code":"0","msg":"","data":null}', 200, Outcome.BROKEN),
        (b'{"data":[]}', 200, Outcome.BROKEN),
    ],
)
def test_its_errors_have_their_outcomes(body: str | bytes, status: int, outcome: Outcome) -> None:
    assert refused("okx", body, "BTC", status=status).outcome is outcome


def test_a_success_without_rows_knows_none_of_what_was_asked() -> None:
    assert read("okx", b'{"code":"0","msg":"","data":[]}', "BTC") == {}
