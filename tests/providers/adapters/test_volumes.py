"""Volumes: base or quote, a venue's or the market's, and never one passed off as another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.adapters import ADAPTERS
from providers.adapters.shared import parsing
from providers.domain.adapter import Lookup
from providers.domain.categories import Category
from providers.domain.market_data import Instrument, Volume
from providers.domain.outcomes import Failure, Outcome
from providers.sandbox.client import Sandbox
from providers.sandbox.coins import Coin
from tests.providers.adapters.mutations import Raw, checked, mutated, places, render
from tests.providers.adapters.sandbox_calls import answered
from tests.providers.adapters.support import (
    handler,
    lookup_of,
    lookups_of,
    no_volumes,
    payload,
    respond,
    utc,
    volume_handler,
    volumes,
)

D = Decimal
VENUES = ("binance", "bitget", "bitstamp", "bybit", "coinbase", "gate", "gemini", "kraken", "kucoin", "okx")
MARKETS = ("coingecko", "coinmarketcap", "coinpaprika")
OWN: dict[str, tuple[str, str, Volume]] = {
    "binance": (
        "ticker_one.json",
        "BTC",
        Volume(
            "BTC",
            "USDT",
            D("1159737860.225143"),
            D("14021.5531"),
            "venue",
            2_286_612,
            D("1.467"),
            utc(2026, 11, 23, 12, 20, 0, 123_000),
        ),
    ),
    "bitget": (
        "ticker.json",
        "BTC",
        Volume(
            "BTC",
            "USDT",
            D("561592266.91"),
            D("6741.803921"),
            "venue",
            None,
            D("1.585"),
            utc(2026, 11, 23, 12, 19, 58),
        ),
    ),
    "kraken": (
        "ticker_display.json",
        "XBT",
        Volume("XBT", "USD", D("2200.25") * D("82500.4"), D("2200.25"), "venue", 30_110),
    ),
    "coinbase": (
        "stats.json",
        "BTC",
        Volume("BTC", "USD", None, D("7301.22045561"), "venue", None, D("1.467722")),
    ),
    "okx": (
        "ticker.json",
        "BTC",
        Volume(
            "BTC",
            "USDT",
            D("655113044.2100912"),
            D("7940.11230071"),
            "venue",
            None,
            D("1.585244"),
            utc(2026, 11, 23, 12, 19, 58, 120_000),
        ),
    ),
    "bybit": (
        "ticker.json",
        "BTC",
        Volume(
            "BTC",
            "USDT",
            D("498112330.12091"),
            D("6012.441205"),
            "venue",
            None,
            D("1.57"),
            utc(2026, 11, 23, 12, 19, 59, 210_000),
        ),
    ),
    "kucoin": (
        "stats.json",
        "BTC",
        Volume(
            "BTC",
            "USDT",
            D("258113402.110923077"),
            D("3120.55012003"),
            "venue",
            None,
            D("1.52"),
            utc(2026, 11, 23, 12, 19, 57, 700_000),
        ),
    ),
    "gate": (
        "ticker.json",
        "BTC",
        Volume("BTC", "USDT", D("424113092.0912331"), D("5120.330912"), "venue", None, D("1.49")),
    ),
    "bitstamp": (
        "ticker.json",
        "BTC",
        Volume(
            "BTC",
            "USD",
            D("900.5") * D("82600.5"),
            D("900.5"),
            "venue",
            None,
            D("1.48"),
            utc(2026, 11, 23, 12, 19, 56),
        ),
    ),
    "gemini": (
        "pubticker.json",
        "BTC",
        Volume(
            "BTC",
            "USD",
            D("25701120.330912000000000000000000000012"),
            D("310.4120991"),
            "venue",
            as_of=utc(2026, 11, 23, 12, 15),
        ),
    ),
    "coingecko": (
        "simple.json",
        "bitcoin",
        Volume(
            "bitcoin",
            "USD",
            D("41200455123.90217"),
            None,
            "market",
            None,
            D("1.4410927361"),
            utc(2026, 11, 23, 12, 18, 32),
        ),
    ),
    "coinpaprika": (
        "ticker.json",
        "btc-bitcoin",
        Volume(
            "btc-bitcoin",
            "USD",
            D("38120044510.55"),
            None,
            "market",
            None,
            D("1.43"),
            utc(2026, 11, 23, 12, 16, 21),
            D("3.11"),
        ),
    ),
    "coinmarketcap": (
        "quotes_v3.json",
        "1",
        Volume("1", "USD", D("40112233445.61"), None, "market", None, D("1.45110233"), utc(2026, 11, 23, 12, 17)),
    ),
}
Expected = tuple[str, Decimal | None, Decimal | None, str, int | None, datetime | None]

# file, coin, currency; then currency, quote volume, base volume, scope, trades, time
RECORDED: list[tuple[str, str, str, Expected]] = [
    (
        "binance/ticker_24hr_BTCUSDT_ETHUSDT.json",
        "BTC",
        "*",
        (
            "USDT",
            D("2354076638.5966079"),
            D("33278.39129"),
            "venue",
            5_019_250,
            utc(2024, 11, 1, 5, 30, 18, 472_000),
        ),
    ),
    (
        "binance/ticker_24hr_DOGEUSDT.json",
        "DOGE",
        "*",
        ("USDT", D("365772101.018268"), D("1343961239.7"), "venue", 383_971, utc(2021, 8, 27, 5, 33, 42, 749_000)),
    ),
    (
        "kraken/ticker_XXBTZUSD.json",
        "XBT",
        "*",
        ("USD", D("2063.49222799") * D("78503.12107"), D("2063.49222799"), "venue", 94_838, None),
    ),
    ("coinbase/stats_ETH-USDT.json", "ETH", "USDT", ("USDT", None, D("7753.46569761"), "venue", None, None)),
    (
        "okx/ticker_BTC-USDT.json",
        "BTC",
        "*",
        (
            "USDT",
            D("86702682.03645192"),
            D("5150.98223027"),
            "venue",
            None,
            utc(2023, 1, 4, 20, 19, 20, 203_000),
        ),
    ),
    (
        "bybit/tickers_spot_trim.json",
        "BTC",
        "*",
        (
            "USDT",
            D("107304628.41249692"),
            D("3665.191609"),
            "venue",
            None,
            utc(2023, 8, 16, 5, 19, 22, 284_000),
        ),
    ),
    (
        "kucoin/allTickers_trim.json",
        "NKN",
        "*",
        ("USDT", D("5582.1354108166"), D("70811.9958"), "venue", None, utc(2023, 1, 1, 15, 6, 35, 1_000)),
    ),
    (
        "gate/tickers_BTC_USDT.json",
        "BTC",
        "*",
        ("USDT", D("55137098.012875"), D("3331.1019407569"), "venue", None, None),
    ),
    (
        "bitstamp/ticker_btcusd_2017.json",
        "BTC",
        "*",
        (
            "USD",
            D("7913.73600771") * D("4396.32"),
            D("7913.73600771"),
            "venue",
            None,
            utc(2017, 10, 3, 4, 4, 5),
        ),
    ),
    (
        "bitstamp/ticker_btcusdt.json",
        "BTC",
        "USDT",
        ("USDT", D("135.29692054") * 70853, D("135.29692054"), "venue", None, utc(2024, 3, 13, 11, 10, 41)),
    ),
    (
        "gemini/pubticker_BTCUSD.json",
        "BTC",
        "*",
        (
            "USD",
            D("10394749.066094351423000000000000000095"),
            D("915.6534281291"),
            "venue",
            None,
            utc(2019, 8, 12, 5, 30),
        ),
    ),
    (
        "coingecko/markets_usd_3coins_2026-09-22.json",
        "bitcoin",
        "*",
        ("USD", D(60751563558), None, "market", None, utc(2026, 9, 22, 2, 34)),
    ),
    (
        "coinpaprika/ticker_btc-bitcoin.json",
        "btc-bitcoin",
        "*",
        ("USD", D("16010948942.9"), None, "market", None, utc(2022, 1, 30, 18, 23, 8)),
    ),
    (
        "coinmarketcap/v1_listings_latest_trim10.json",
        "1",
        "*",
        ("USD", D("17121455404.06376"), None, "market", None, utc(2022, 1, 29, 23, 26)),
    ),
]


def test_ten_exchanges_and_three_markets_have_volumes() -> None:
    having = {slug for slug, adapter in ADAPTERS.items() if Category.MARKET_VOLUME in adapter.handlers}
    assert having == {*VENUES, *MARKETS} == set(OWN)


@pytest.mark.parametrize("slug", OWN)
def test_a_volume_is_told_in_full_with_its_scope(slug: str) -> None:
    body, name, expected = OWN[slug]
    assert volumes(slug, body, name) == {Instrument(name): expected}


@pytest.mark.parametrize(("file", "name", "quote", "expected"), RECORDED)
def test_a_recorded_volume_has_the_values_its_index_names(
    recorded: Callable[[str], bytes], file: str, name: str, quote: str, expected: Expected
) -> None:
    (result,) = volumes(file.partition("/")[0], recorded(file), lookup_of(name, quote)).values()
    assert (result.currency, result.quoted, result.base, result.scope, result.trades, result.as_of) == expected


@pytest.mark.parametrize("slug", sorted(set(OWN) - {"coinbase"}))
def test_volumes_are_asked_for_as_prices_are(slug: str) -> None:
    requested = lookups_of(OWN[slug][1])
    assert volume_handler(slug).request(requested) == handler(slug).request(requested)
    assert volume_handler(slug).max_items == handler(slug).max_items
    assert volume_handler(slug).accepts(requested[0])
    assert not volume_handler(slug).accepts(lookup_of(OWN[slug][1], "XYZ"))


def test_several_coins_come_in_one_answer() -> None:
    assert len(volumes("binance", "ticker_several.json", lookup_of("BTC", "EUR"))) == 1
    assert len(volumes("coingecko", "simple.json", "bitcoin", "ethereum", "dead-coin", "nope")) == 2


def replaced(slug: str, old: str, new: str) -> bytes:
    """A venue's answer with one number put in another's place."""
    body = payload(slug, OWN[slug][0])
    assert body.count(old.encode()) == 1
    return body.replace(old.encode(), new.encode())


@pytest.mark.parametrize("new", ["NaN", "-1", "Infinity", "1e999999", "9" * 500])
@pytest.mark.parametrize(("slug", "old"), [("binance", "14021.55310000"), ("okx", "655113044.2100912")])
def test_a_volume_that_cannot_be_is_implausible(slug: str, old: str, new: str) -> None:
    assert no_volumes(slug, replaced(slug, old, new), "BTC") is Outcome.IMPLAUSIBLE


@pytest.mark.parametrize(
    ("slug", "base", "quoted"),
    [
        ("binance", '"volume":"14021.55310000"', '"quoteVolume":"1159737860.22514300"'),
        ("okx", '"vol24h":"7940.11230071"', '"volCcy24h":"655113044.2100912"'),
        ("gate", '"base_volume":"5120.330912"', '"quote_volume":"424113092.0912331"'),
        ("kucoin", '"vol":"3120.55012003"', '"volValue":"258113402.110923077"'),
        ("bybit", '"volume24h":"6012.441205"', '"turnover24h":"498112330.12091"'),
    ],
)
def test_swapped_volumes_are_found_out(slug: str, base: str, quoted: str) -> None:
    body = payload(slug, OWN[slug][0]).decode()
    (base_name, base_text), (quoted_name, quoted_text) = base.split(":"), quoted.split(":")
    swapped = body.replace(base, f"{base_name}:{quoted_text}").replace(quoted, f"{quoted_name}:{base_text}")
    assert no_volumes(slug, swapped.encode(), "BTC") is Outcome.IMPLAUSIBLE


def test_no_trade_in_a_day_is_a_volume_of_zero_and_none_told_is_none() -> None:
    row = b'[{"currency_pair":"X_USDT","last":"5","base_volume":"%s","quote_volume":"%s"}]'
    (result,) = volumes("gate", row % (b"0", b"0"), "X").values()
    assert (result.base, result.quoted) == (D(0), D(0))
    assert volumes("gate", row % (b"", b""), "X") == {}
    assert volumes("kucoin", "stats_unknown.json", "NOPE") == {}


def test_an_answer_without_the_field_is_broken() -> None:
    assert no_volumes("gate", b'[{"currency_pair":"X_USDT","last":"5"}]', "X") is Outcome.BROKEN
    assert no_volumes("gemini", b'{"last":"5"}', "X") is Outcome.BROKEN
    assert no_volumes("gemini", b'{"last":"5","volume":{"Y":"1","USD":"5"}}', "X") is Outcome.BROKEN
    assert no_volumes("kraken", b'{"error":[],"result":{"X/USD":{"c":["5","1"]}}}', "X") is Outcome.BROKEN


def outcome_of(slug: str, body: bytes, status: int = 200) -> Outcome:
    """How the reading ended; only OK after possible volumes of what was asked."""
    requested = lookups_of(OWN[slug][1])
    try:
        result = volume_handler(slug).parse(requested, respond(body, status))
    except Failure as failure:
        return checked(failure)
    for volume in result.values():
        assert volume.scope == ("market" if slug in MARKETS else "venue")
        figures = [figure for figure in (volume.base, volume.quoted) if figure is not None]
        assert figures
        assert all(0 <= figure <= parsing.HIGHEST_AMOUNT**2 for figure in figures)
        assert volume.trades is None or volume.trades >= 0
    return Outcome.OK


@pytest.mark.parametrize("slug", OWN)
@given(data=st.data())
def test_a_mutated_answer_is_possible_volumes_or_a_failure(slug: str, data: st.DataObject) -> None:
    outcome_of(slug, mutated(payload(slug, OWN[slug][0]), data))


@pytest.mark.parametrize("slug", OWN)
def test_a_truncated_answer_and_a_server_error_are_broken(slug: str) -> None:
    body = payload(slug, OWN[slug][0]).strip()
    assert {outcome_of(slug, body[:end]) for end in range(0, len(body), 9)} == {Outcome.BROKEN}
    assert outcome_of(slug, body, 502) is Outcome.BROKEN


@pytest.mark.parametrize("slug", sorted(set(VENUES) - {"coinbase"}))
def test_a_price_of_zero_is_an_inactive_market_without_a_volume(slug: str) -> None:
    name = OWN[slug][1]
    (price,) = (
        quote.price for quote in handler(slug).parse(lookups_of(name), respond(payload(slug, OWN[slug][0]))).values()
    )
    tree: Any = parsing.decode(payload(slug, OWN[slug][0]))
    for container, key in list(places(tree)):
        held = container[key]
        if isinstance(held, str) and held.replace(".", "").isdigit() and D(held) == price:
            container[key] = Raw("0") if isinstance(held, parsing.Numeral) else "0"
    assert outcome_of(slug, render(tree).encode()) is Outcome.OK


@pytest.mark.parametrize("slug", OWN)
def test_a_fake_tells_volumes_of_several_coins_over_http(sandbox: Sandbox, coins: dict[str, Coin], slug: str) -> None:
    requested = [Lookup(Instrument(name), coins[name].name_at(slug)) for name in ("bitcoin", "ethereum", "solana")]
    result = answered(sandbox, slug, Category.MARKET_VOLUME, requested[: volume_handler(slug).max_items])
    assert list(result) == [one.item for one in requested[: volume_handler(slug).max_items]]
    for volume in result.values():
        assert volume.scope == ("market" if slug in MARKETS else "venue")
        if volume.base is not None and volume.quoted is not None:
            fair = sandbox.price(coins[volume.asset].symbol, volume.currency)
            assert volume.quoted / volume.base / fair == pytest.approx(1, rel=D("0.2"))


@pytest.mark.parametrize("slug", OWN)
@pytest.mark.parametrize(
    ("kind", "options", "outcome"),
    [
        ("status", {"status": 429, "retry_after": 30}, Outcome.RATE_LIMITED),
        ("error200", {}, Outcome.BROKEN),
        ("html200", {}, Outcome.BROKEN),
        ("empty", {}, Outcome.BROKEN),
    ],
)
def test_every_fault_has_its_outcome_for_volumes(
    sandbox: Sandbox, coins: dict[str, Coin], slug: str, kind: str, options: dict[str, Any], outcome: Outcome
) -> None:
    sandbox.fault(slug, kind, **options)
    with pytest.raises(Failure) as caught:
        answered(sandbox, slug, Category.MARKET_VOLUME, [Lookup(Instrument("bitcoin"), coins["bitcoin"].name_at(slug))])
    assert caught.value.outcome is outcome
