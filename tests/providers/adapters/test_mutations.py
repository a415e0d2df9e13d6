"""Whatever the bytes: an answer is possible quotes of what was asked, or a Failure. Nothing else ever comes out."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.adapters.shared import parsing
from providers.domain.adapter import Lookup
from providers.domain.market_data import Instrument, Quote
from providers.domain.outcomes import Failure, Outcome
from tests.providers.adapters.mutations import Raw, checked, damaged, mutated, places, render
from tests.providers.adapters.support import NOW, handler, lookup_of, lookups_of, payload, respond

ANSWERS: dict[str, list[tuple[str, list[Lookup[Instrument]]]]] = {
    "binance": [
        ("ticker_one.json", lookups_of("BTC")),
        ("ticker_several.json", lookups_of("ETH", "PEPE", lookup_of("BTC", "EUR"))),
        ("error_banned.json", lookups_of("BTC")),
    ],
    "bitstamp": [("ticker.json", lookups_of("BTC"))],
    "bybit": [("ticker.json", lookups_of("BTC")), ("tickers.json", lookups_of("BTC", "ETH"))],
    "coinbase": [("ticker.json", lookups_of("BTC")), ("stats.json", lookups_of("BTC"))],
    "coincap": [("assets.json", lookups_of("bitcoin", "xrp")), ("asset.json", lookups_of("bitcoin"))],
    "coingecko": [
        ("simple.json", lookups_of("bitcoin", "pepe", "status")),
        ("markets.json", lookups_of("bitcoin", "solana")),
        ("detail.json", lookups_of(lookup_of("ethereum", "EUR"))),
        ("error_401_nested.json", lookups_of("bitcoin")),
    ],
    "coinmarketcap": [("quotes_v3.json", lookups_of("1", "1027")), ("quotes_v1.json", lookups_of("1"))],
    "coinpaprika": [("ticker.json", lookups_of("btc-bitcoin")), ("tickers.json", lookups_of("btc-bitcoin", "hex-hex"))],
    "cryptocompare": [
        ("full.json", lookups_of("BTC", "ETH", lookup_of("BTC", "EUR"))),
        ("multi.json", lookups_of("BTC")),
    ],
    "defillama": [("current.json", lookups_of("bitcoin", "shiba-inu"))],
    "gate": [("ticker.json", lookups_of("BTC")), ("tickers.json", lookups_of("BTC", "ETH"))],
    "gemini": [("pubticker.json", lookups_of("BTC")), ("ticker_v2.json", lookups_of("BTC"))],
    "kraken": [
        ("ticker_display.json", lookups_of("BTC", "XDG", lookup_of("ETH", "BTC"))),
        ("ticker_old_names.json", lookups_of("XBT", "SOL")),
        ("error_throttled.json", lookups_of("BTC")),
    ],
    "kucoin": [("stats.json", lookups_of("BTC")), ("all_tickers.json", lookups_of("BTC", "ETH", "QUIET"))],
    "okx": [("ticker.json", lookups_of("BTC")), ("tickers.json", lookups_of("BTC", "ETH", "OLD"))],
    "render": [("price.json", lookups_of("bitcoin", "ethereum"))],
}
CASES = [(slug, name, expected) for slug, answers in ANSWERS.items() for name, expected in answers]


def outcome_of(slug: str, expected: list[Lookup[Instrument]], body: bytes, status: int = 200) -> Outcome:
    """How the adapter's reading ended; only OK after possible quotes of what was asked."""
    try:
        quotes = handler(slug).parse(expected, respond(body, status, {"retry-after": "5"}))
    except Failure as failure:
        return checked(failure)
    assert quotes.keys() <= {one.item for one in expected}
    for item, quote in quotes.items():
        assert quote.asset == item.asset
        assert_possible(quote, item)
    return Outcome.OK


def assert_possible(quote: Quote, item: Instrument) -> None:
    assert item.quote in ("*", quote.currency)
    assert parsing.LOWEST_PRICE <= quote.price <= parsing.HIGHEST_PRICE
    assert quote.change_24h is None or Decimal(-100) <= quote.change_24h <= parsing.HIGHEST_PERCENT
    assert quote.volume_24h is None or quote.volume_24h >= 0
    assert (quote.volume_scope is None) == (quote.volume_24h is None)
    assert quote.as_of is None or quote.as_of.utcoffset() == NOW.utcoffset()


@pytest.mark.parametrize(("slug", "name", "expected"), CASES)
@given(data=st.data())
def test_a_mutated_answer_is_possible_quotes_or_a_failure(
    slug: str, name: str, expected: list[Lookup[Instrument]], data: st.DataObject
) -> None:
    outcome_of(slug, expected, mutated(payload(slug, name), data))


@pytest.mark.parametrize(("slug", "name", "expected"), CASES)
@given(data=st.data())
@settings(max_examples=20)
def test_damaged_bytes_are_possible_quotes_or_a_failure(
    slug: str, name: str, expected: list[Lookup[Instrument]], data: st.DataObject
) -> None:
    body = damaged(payload(slug, name), data)
    outcome_of(slug, expected, body, data.draw(st.sampled_from([200, 200, 204, 400, 403, 404, 429])))


@pytest.mark.parametrize(("slug", "name", "expected"), CASES)
def test_a_truncated_answer_is_broken_wherever_it_ends(
    slug: str, name: str, expected: list[Lookup[Instrument]]
) -> None:
    body = payload(slug, name).strip()
    for end in range(0, len(body), 7):
        assert outcome_of(slug, expected, body[:end]) is Outcome.BROKEN


@pytest.mark.parametrize("slug", ANSWERS)
@given(body=st.binary(max_size=200), status=st.integers(100, 599))
def test_noise_with_any_status_is_a_failure(slug: str, body: bytes, status: int) -> None:
    outcome = outcome_of(slug, ANSWERS[slug][0][1], body, status)
    if not 200 <= status < 300:
        assert outcome not in (Outcome.OK, Outcome.UNKNOWN_ASSET)
    if status >= 500:
        assert outcome is Outcome.BROKEN


@pytest.mark.parametrize(("slug", "name", "expected"), CASES)
@pytest.mark.parametrize("status", [500, 503])
def test_a_server_error_is_an_outage_whatever_its_body_says(
    slug: str, name: str, expected: list[Lookup[Instrument]], status: int
) -> None:
    assert outcome_of(slug, expected, payload(slug, name), status) is Outcome.BROKEN


@pytest.mark.parametrize("slug", ANSWERS)
@pytest.mark.parametrize("price", ["0", "-3", "NaN", "Infinity", "1e999999", "9" * 5000])
def test_a_price_that_cannot_be_is_implausible_everywhere_and_one_of_zero_an_inactive_market(
    slug: str, price: str
) -> None:
    name, expected = ANSWERS[slug][0]
    tree = parsing.decode(payload(slug, name))
    quotes = handler(slug).parse(expected, respond(payload(slug, name)))
    for container, key in list(places(tree)):
        held = container[key]
        if isinstance(held, str) and any(_is(held, quote.price) for quote in quotes.values()):
            container[key] = Raw(price) if isinstance(held, parsing.Numeral) else price
    assert outcome_of(slug, expected, render(tree).encode()) is (Outcome.OK if price == "0" else Outcome.IMPLAUSIBLE)


def _is(text: str, price: Decimal) -> bool:
    try:
        return parsing.price(text) == price
    except Failure:
        return False


@pytest.mark.parametrize("slug", ANSWERS)
@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe\x00", b"", b"<!DOCTYPE html><html></html>"]
)
def test_a_page_a_flood_of_brackets_and_nothing_are_broken(slug: str, body: bytes) -> None:
    assert outcome_of(slug, ANSWERS[slug][0][1], body) is Outcome.BROKEN
