"""Order books recorded from the real services: the best levels their index names, sorted and cut."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest

from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import book, levels, no_book, utc

D = Decimal
Recorded = Callable[[str], bytes]
Best = tuple[Decimal, Decimal]

# file, coin, currency; then the best bid, the best ask, how many levels a side (20 asked for), its time
CASES: list[tuple[str, str, str, Best, Best, int, datetime | None]] = [
    (
        "binance/depth_BTCUSDT_limit5.json",
        "BTC",
        "*",
        (D("56902.15"), D("0.003715")),
        (D("56905.88"), D("0.012152")),
        5,
        None,
    ),
    ("kraken/depth_XBTUSDT.json", "XBT", "USDT", (D("105944.2"), D("0.002")), (D("105944.3"), D("0.136")), 5, None),
    (
        "coinbase/book_ETH-USDT_level2_trim50.json",
        "ETH",
        "USDT",
        (D("2608.79"), D("0.75328")),
        (D("2609.33"), D("0.13003187")),
        20,
        None,
    ),
    (
        "kucoin/level2_BCHSV-USDT_trim50.json",
        "BCHSV",
        "*",
        (D("242.649"), D(5)),
        (D("242.951"), D("4.51280965")),
        20,
        utc(2021, 4, 25, 19, 18, 46, 628_000),
    ),
    (
        "gate/order_book_BTC_USDC.json",
        "BTC",
        "USDC",
        (D("54272.19"), D("0.0589")),
        (D("55070.74"), D("0.05822")),
        20,
        None,
    ),
    (
        "bitstamp/order_book_ethusd_trim50.json",
        "ETH",
        "*",
        (D("3802.90"), D("0.6")),
        (D("3805.47"), D("8.26964788")),
        20,
        utc(2022, 1, 5, 0, 48, 15, 681_418),
    ),
]


@pytest.mark.parametrize(("file", "coin", "currency", "bid", "ask", "count", "as_of"), CASES)
def test_a_recorded_book_has_the_best_levels_its_index_names(
    recorded: Recorded, file: str, coin: str, currency: str, bid: Best, ask: Best, count: int, as_of: datetime | None
) -> None:
    result = book(file.partition("/")[0], recorded(file), levels(coin, quote=currency))
    assert result is not None
    assert (result.bids[0], result.asks[0], result.as_of) == (bid, ask, as_of)
    assert (len(result.bids), len(result.asks)) == (count, count)
    assert list(result.bids) == sorted(result.bids, reverse=True)
    assert list(result.asks) == sorted(result.asks)


def test_the_recorded_asks_that_came_worst_first_are_turned_round(recorded: Recorded) -> None:
    result = book("kucoin", recorded("kucoin/level2_SNX-BTC_trim50.json"), levels("SNX", quote="BTC"))
    assert result is not None
    assert (result.bids[0][0], result.asks[0][0]) == (D("0.00028678"), D("0.00028717"))


@pytest.mark.parametrize(
    ("file", "status", "outcome"),
    [
        ("binance/error_400_invalid_symbol.json", 400, Outcome.UNKNOWN_ASSET),
        ("gate/error_400_invalid_currency.json", 400, Outcome.UNKNOWN_ASSET),
        ("kucoin/error_200_900001_symbol.json", 200, Outcome.UNKNOWN_ASSET),
        ("okx/error_200_51001_instrument.json", 200, Outcome.UNKNOWN_ASSET),
        ("bybit/error_200_10001_symbol.json", 200, Outcome.UNKNOWN_ASSET),
        ("kraken/error_200_too_many_requests.json", 200, Outcome.RATE_LIMITED),
        ("binance/error_418_ip_banned.json", 418, Outcome.BANNED),
    ],
)
def test_a_recorded_error_has_its_outcome_for_books_too(
    recorded: Recorded, file: str, status: int, outcome: Outcome
) -> None:
    assert no_book(file.partition("/")[0], recorded(file), status=status) is outcome
