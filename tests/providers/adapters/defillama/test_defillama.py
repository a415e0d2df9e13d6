"""DefiLlama: keys with a prefix, a price and a time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from providers.domain.market_data import Instrument, Quote
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import accepts, one, read, refused, requested, utc

TETHER = "ethereum:0xdAC17F958D2ee523a2206206994597C13D831ec7"


def test_coingecko_ids_get_their_prefix_and_other_names_keep_theirs() -> None:
    assert requested("defillama", "bitcoin", "shiba-inu", TETHER).path == (
        f"/prices/current/coingecko:bitcoin,coingecko:shiba-inu,{TETHER}"
    )


def test_a_quote_is_a_price_and_its_time() -> None:
    assert one("defillama", "current.json", "bitcoin") == Quote(
        asset="bitcoin", currency="USD", price=Decimal("83310.91028374651"), as_of=utc(2026, 11, 23, 12, 18, 8)
    )


def test_integers_and_scientific_notation_are_read_and_unknown_coins_are_absent() -> None:
    quotes = read("defillama", "current.json", "shiba-inu", TETHER, "coingecko:bitcoin", "nope")
    assert [quote.price for quote in quotes.values()] == [
        Decimal("0.000011029"),
        Decimal(1),
        Decimal("83310.91028374651"),
    ]
    assert Instrument("nope") not in quotes
    assert read("defillama", "none.json", "bitcoin") == {}


def test_it_prices_in_dollars_alone() -> None:
    assert accepts("defillama", "tether")
    assert not accepts("defillama", "bitcoin", "EUR")


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("error.json", 500, Outcome.BROKEN),
        ("error.json", 200, Outcome.BROKEN),
        (b"", 429, Outcome.RATE_LIMITED),
        (b'{"coins":[]}', 200, Outcome.BROKEN),
    ],
)
def test_its_errors_have_their_outcomes(body: str | bytes, status: int, outcome: Outcome) -> None:
    assert refused("defillama", body, "bitcoin", status=status).outcome is outcome
