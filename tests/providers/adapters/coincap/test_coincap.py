"""CoinCap v3: every number a text, one time for all, a notice that is no answer."""

from __future__ import annotations

from decimal import Decimal

import pytest

from providers.domain.market_data import Instrument, Quote
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import accepts, one, read, refused, requested, utc


def test_all_slugs_go_in_one_call() -> None:
    request = requested("coincap", "bitcoin", "xrp")
    assert (request.path, request.params) == ("/v3/assets", (("ids", "bitcoin,xrp"),))


@pytest.mark.parametrize("body", ["assets.json", "asset.json"])
def test_a_list_and_a_single_asset_give_the_same_quote(body: str) -> None:
    assert one("coincap", body, "bitcoin") == Quote(
        asset="bitcoin",
        currency="USD",
        price=Decimal("83297.1029384756102938"),
        change_24h=Decimal("1.4401928374650192"),
        volume_24h=Decimal("15402211033.1190283746510293"),
        volume_scope="market",
        as_of=utc(2026, 11, 23, 12, 19, 58, 3000),
    )


def test_a_null_volume_is_unknown_and_an_absent_asset_is_absent() -> None:
    quotes = read("coincap", "assets.json", "xrp", "nope")
    assert list(quotes) == [Instrument("xrp")]
    assert (quotes[Instrument("xrp")].volume_24h, quotes[Instrument("xrp")].volume_scope) == (None, None)


def test_it_prices_in_dollars_alone() -> None:
    assert accepts("coincap", "bitcoin", "USD")
    assert not accepts("coincap", "bitcoin", "EUR")


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("notice.json", 200, Outcome.BROKEN),
        ("error_401.json", 401, Outcome.UNAUTHORIZED),
        ("error_401.json", 403, Outcome.UNAUTHORIZED),
        ("error_404.json", 404, Outcome.UNKNOWN_ASSET),
        ("error_404.json", 200, Outcome.BROKEN),
        ("error_404.json", 500, Outcome.BROKEN),
        (b"{}", 429, Outcome.RATE_LIMITED),
    ],
)
def test_its_errors_have_their_outcomes(body: str | bytes, status: int, outcome: Outcome) -> None:
    assert refused("coincap", body, "bitcoin", status=status).outcome is outcome
