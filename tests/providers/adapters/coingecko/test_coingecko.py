"""CoinGecko: ids dropped in silence, two error envelopes, texts that are no JSON."""

from __future__ import annotations

from decimal import Decimal

import pytest

from providers.domain.market_data import Instrument, Quote
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import accepts, lookup_of, one, read, refused, requested, utc


def test_coins_and_currencies_are_asked_once_each_with_time_change_and_volume() -> None:
    request = requested("coingecko", "bitcoin", lookup_of("bitcoin", "EUR"), "ethereum")
    assert request.path == "/api/v3/simple/price"
    assert request.params == (
        ("ids", "bitcoin,ethereum"),
        ("vs_currencies", "usd,eur"),
        ("include_24hr_vol", "true"),
        ("include_24hr_change", "true"),
        ("include_last_updated_at", "true"),
        ("precision", "full"),
    )


def test_a_quote_has_market_volume_percent_and_a_time_in_seconds() -> None:
    assert one("coingecko", "simple.json", "bitcoin") == Quote(
        asset="bitcoin",
        currency="USD",
        price=Decimal(83311),
        change_24h=Decimal("1.4410927361"),
        volume_24h=Decimal("41200455123.90217"),
        volume_scope="market",
        as_of=utc(2026, 11, 23, 12, 18, 32),
    )


def test_scientific_notation_is_read_to_the_digit() -> None:
    quote = one("coingecko", "simple.json", "pepe")
    assert quote.price == Decimal("0.00000293")
    assert quote.change_24h is None


def test_each_currency_has_its_own_price_volume_and_change() -> None:
    quotes = read("coingecko", "simple_two_currencies.json", "bitcoin", lookup_of("bitcoin", "EUR"))
    assert [(q.currency, q.price, q.volume_24h, q.change_24h) for q in quotes.values()] == [
        ("USD", Decimal("83311.4"), Decimal("41200455123.9"), Decimal("1.441")),
        ("EUR", Decimal("70088.02"), Decimal("34661220100.4"), Decimal("1.298")),
    ]


def test_a_dropped_id_a_null_price_and_an_empty_object_are_absent_and_never_zero() -> None:
    quotes = read("coingecko", "simple.json", "bitcoin", "nope", "dead-coin", "new-coin", lookup_of("bitcoin", "EUR"))
    assert list(quotes) == [Instrument("bitcoin")]
    assert read("coingecko", b"{}", "bitcoin") == {}
    assert read("coingecko", b'{"bitcoin":{}}', "bitcoin") == {}


def test_the_coin_called_status_is_a_coin() -> None:
    assert one("coingecko", "simple.json", "status").price == Decimal("0.02411")


def test_markets_rows_are_read_in_the_currency_asked_for() -> None:
    quotes = read("coingecko", "markets.json", "bitcoin", "solana", "nope")
    assert [(q.asset, q.price, q.change_24h) for q in quotes.values()] == [
        ("bitcoin", Decimal(83311), Decimal("1.44109")),
        ("solana", Decimal("118.02"), None),
    ]
    assert quotes[Instrument("bitcoin")].as_of == utc(2026, 11, 23, 12, 18, 32, 114000)
    assert refused("coingecko", "markets.json", "bitcoin", lookup_of("bitcoin", "EUR")).outcome is Outcome.BROKEN


def test_a_coins_detail_has_a_change_per_currency() -> None:
    quote = one("coingecko", "detail.json", lookup_of("ethereum", "EUR"))
    assert (quote.price, quote.change_24h, quote.volume_24h) == (
        Decimal("2300.11"),
        Decimal("-0.8141"),
        Decimal(15818331020),
    )


def test_it_has_dollars_but_no_dollar_stablecoins_as_currency() -> None:
    assert accepts("coingecko", "bitcoin")
    assert accepts("coingecko", "tether")
    assert not accepts("coingecko", "bitcoin", "USDT")


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("error_429_status.json", 429, Outcome.RATE_LIMITED),
        ("error_429_status.json", 200, Outcome.RATE_LIMITED),
        ("throttled.txt", 429, Outcome.RATE_LIMITED),
        ("throttled.txt", 200, Outcome.RATE_LIMITED),
        ("throttled.txt", 503, Outcome.BROKEN),
        ("cloudflare_1015.html", 403, Outcome.RATE_LIMITED),
        ("cloudflare_1015.html", 200, Outcome.RATE_LIMITED),
        ("error_401_nested.json", 401, Outcome.NOT_SUPPORTED),
        ("error_key.json", 400, Outcome.UNAUTHORIZED),
        ("error_coin.json", 404, Outcome.UNKNOWN_ASSET),
        ("error_coin.json", 500, Outcome.BROKEN),
        ("error_ids.json", 422, Outcome.BAD_REQUEST),
        ("error_500.json", 500, Outcome.BROKEN),
        ("error_500.json", 200, Outcome.BROKEN),
    ],
)
def test_its_errors_have_their_outcomes(body: str, status: int, outcome: Outcome) -> None:
    assert refused("coingecko", body, "bitcoin", status=status).outcome is outcome


def test_retry_after_is_kept() -> None:
    failure = refused("coingecko", "error_429_status.json", "bitcoin", status=429, headers={"retry-after": "119"})
    assert failure.retry_at == utc(2026, 11, 23, 12, 21, 59)
