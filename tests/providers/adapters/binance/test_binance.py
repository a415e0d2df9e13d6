"""Binance: the rolling ticker, its weight, its bans."""

from __future__ import annotations

from decimal import Decimal

import pytest

from providers.adapters import ADAPTERS
from providers.domain.adapter import Usage
from providers.domain.market_data import Instrument, Quote
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import accepts, lookup_of, one, payload, read, refused, requested, utc


def test_one_pair_is_asked_by_symbol_and_several_as_a_json_list() -> None:
    assert requested("binance", "BTC").params == (("symbol", "BTCUSDT"),)
    assert requested("binance", "BTC", "ETH").params == (("symbols", '["BTCUSDT","ETHUSDT"]'),)
    assert requested("binance", "BTC", lookup_of("BTC", "USDT")).params == (("symbol", "BTCUSDT"),)
    assert requested("binance", "BTC").path == "/api/v3/ticker/24hr"


def test_a_quote_has_the_percent_the_quote_volume_and_the_close_time() -> None:
    assert one("binance", "ticker_one.json", "BTC") == Quote(
        asset="BTC",
        currency="USDT",
        price=Decimal("83300.71"),
        change_24h=Decimal("1.467"),
        volume_24h=Decimal("1159737860.225143"),
        volume_scope="venue",
        as_of=utc(2026, 11, 23, 12, 20, 0, 123000),
    )


def test_rows_are_matched_by_symbol_and_each_says_its_currency() -> None:
    quotes = read("binance", "ticker_several.json", lookup_of("BTC", "EUR"), "PEPE", "ETH", lookup_of("ETH", "USDT"))
    assert {(item.asset, item.quote): (quote.currency, quote.price) for item, quote in quotes.items()} == {
        ("BTC", "EUR"): ("EUR", Decimal(70070)),
        ("PEPE", "*"): ("USDT", Decimal("0.00000293")),
        ("ETH", "*"): ("USDT", Decimal("2733.79")),
        ("ETH", "USDT"): ("USDT", Decimal("2733.79")),
    }


def test_a_pair_the_answer_lacks_is_merely_absent() -> None:
    assert list(read("binance", "ticker_several.json", "ETH", "SOL")) == [Instrument("ETH")]
    assert read("binance", "ticker_several.json", "SOL") == {}


def test_an_answer_about_another_pair_is_not_the_one_asked_for() -> None:
    assert read("binance", "ticker_one.json", "ETH") == {}


def test_a_dead_listing_is_left_out_alone_and_in_a_batch() -> None:
    assert list(read("binance", "ticker_dead_listing.json", "ETH", "LUNA")) == [Instrument("ETH")]
    assert read("binance", "ticker_dead_listing.json", "LUNA") == {}


def test_it_quotes_in_tether_and_has_no_us_dollar() -> None:
    assert accepts("binance", "BTC")
    assert accepts("binance", "USDT", "EUR")
    assert not accepts("binance", "BTC", "USD")
    assert not accepts("binance", "USDT")
    assert not accepts("binance", "USDT", "USDT")


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("error_symbol.json", 400, Outcome.UNKNOWN_ASSET),
        ("error_interval.json", 400, Outcome.BAD_REQUEST),
        ("error_characters.json", 400, Outcome.BAD_REQUEST),
        ("error_weight.json", 429, Outcome.RATE_LIMITED),
        ("error_weight.json", 200, Outcome.RATE_LIMITED),
        ("error_banned.json", 418, Outcome.BANNED),
        ("error_banned.json", 429, Outcome.BANNED),
        ("error_place.json", 451, Outcome.GEO_BLOCKED),
        ("error_place.json", 403, Outcome.GEO_BLOCKED),
        ("firewall.html", 403, Outcome.RATE_LIMITED),
        ("firewall.html", 200, Outcome.BROKEN),
        ("error_internal.json", 200, Outcome.BROKEN),
        ("error_internal.json", 500, Outcome.BROKEN),
        ("error_symbol.json", 503, Outcome.BROKEN),
    ],
)
def test_its_errors_have_their_outcomes(body: str, status: int, outcome: Outcome) -> None:
    assert refused("binance", body, "BTC", status=status).outcome is outcome


def test_a_ban_names_its_end_in_epoch_milliseconds() -> None:
    assert refused("binance", "error_banned.json", "BTC", status=418).retry_at == utc(2026, 11, 23, 12, 28, 0, 456000)


def test_a_limit_names_its_end_in_retry_after() -> None:
    failure = refused("binance", "error_weight.json", "BTC", status=429, headers={"retry-after": "30"})
    assert failure.retry_at == utc(2026, 11, 23, 12, 20, 30)


def test_two_rows_that_disagree_about_one_pair_are_broken() -> None:
    row = payload("binance", "ticker_one.json").strip()
    other = row.replace(b"83300.71", b"93300.71")
    assert len(read("binance", b"[%s,%s]" % (row, row), "BTC")) == 1
    assert refused("binance", b"[%s,%s]" % (row, other), "BTC").outcome is Outcome.BROKEN


def test_the_used_weight_is_a_share_of_six_thousand_a_minute() -> None:
    assert ADAPTERS["binance"].usage({"x-mbx-used-weight-1m": "5700"}) == Usage(0.95, 60.0)
