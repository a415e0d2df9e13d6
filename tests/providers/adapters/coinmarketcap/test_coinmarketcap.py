"""CoinMarketCap keyless: an error code in every answer, as a number or a text; lists where there were maps."""

from __future__ import annotations

from decimal import Decimal

import pytest

from providers.domain.market_data import Instrument, Quote
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import accepts, lookup_of, one, read, refused, requested, utc


def test_coins_are_asked_by_number_and_unknown_ones_may_be_skipped() -> None:
    request = requested("coinmarketcap", "1", "1027", lookup_of("1", "EUR"))
    assert request.path == "/public-api/v3/cryptocurrency/quotes/latest"
    assert request.params == (("id", "1,1027"), ("convert", "USD,EUR"), ("skip_invalid", "true"))
    assert not accepts("coinmarketcap", "bitcoin")


@pytest.mark.parametrize("body", ["quotes_v3.json", "quotes_v1.json"])
def test_lists_and_maps_give_the_same_quote(body: str) -> None:
    assert one("coinmarketcap", body, "1") == Quote(
        asset="1",
        currency="USD",
        price=Decimal("83300.22810029384"),
        change_24h=Decimal("1.45110233"),
        volume_24h=Decimal("40112233445.61"),
        volume_scope="market",
        as_of=utc(2026, 11, 23, 12, 17),
    )


def test_rows_are_matched_by_id_never_by_place_and_absent_ones_are_absent() -> None:
    quotes = read("coinmarketcap", "quotes_v3.json", "1", "1027", "74")
    assert quotes[Instrument("1027")].price == Decimal("2733.2019283746554")
    assert Instrument("74") not in quotes


def test_the_currency_is_the_one_the_answer_names() -> None:
    assert one("coinmarketcap", "quotes_euro.json", lookup_of("1", "EUR")).currency == "EUR"
    assert read("coinmarketcap", "quotes_euro.json", "1") == {}


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("error_1001.json", 401, Outcome.UNAUTHORIZED),
        ("error_1006.json", 403, Outcome.NOT_SUPPORTED),
        ("error_1006.json", 200, Outcome.NOT_SUPPORTED),
        ("error_1008.json", 429, Outcome.RATE_LIMITED),
        ("error_1008_number.json", 200, Outcome.RATE_LIMITED),
        ("error_1011.json", 200, Outcome.RATE_LIMITED),
        ("error_400_id.json", 400, Outcome.UNKNOWN_ASSET),
        ("error_400.json", 400, Outcome.BAD_REQUEST),
        ("error_500.json", 200, Outcome.BROKEN),
        ("error_500.json", 500, Outcome.BROKEN),
        (b'{"data":[]}', 200, Outcome.BROKEN),
        (b'{"data":[],"status":{"error_code":null}}', 200, Outcome.BROKEN),
    ],
)
def test_its_errors_have_their_outcomes(body: str | bytes, status: int, outcome: Outcome) -> None:
    assert refused("coinmarketcap", body, "1", status=status).outcome is outcome
