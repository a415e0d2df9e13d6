"""Order books: ten exchanges' levels, sorted and cut, and what a book cannot be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal

import pytest

from providers.adapters import ADAPTERS
from providers.domain.categories import Category
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import book, book_handler, levels, no_book, utc

D = Decimal
PAYLOADS = {
    "binance": "depth.json",
    "bitget": "same_book.json",
    "bitstamp": "order_book.json",
    "bybit": "orderbook.json",
    "coinbase": "book.json",
    "gate": "order_book.json",
    "gemini": "book.json",
    "kraken": "depth.json",
    "kucoin": "level2.json",
    "okx": "books.json",
}
"""The same book in every venue's own format."""
BIDS = ((D("83300.2"), D("0.5")), (D("83299.8"), D("1.25")), (D(83290), D(3)))
ASKS = ((D(83301), D("0.75")), (D("83303.5"), D(2)), (D(83310), D("0.1")))
MILLISECOND = utc(2026, 11, 23, 12, 19, 59, 700_000)
TIMES = {
    "binance": None,
    "gemini": None,
    "kraken": None,
    "coinbase": MILLISECOND.replace(microsecond=700_123),
}


def depth(bids: Sequence[object] | None, asks: Sequence[object] | None) -> bytes:
    """A book in Binance's format."""
    return json.dumps({"lastUpdateId": 1, "bids": bids, "asks": asks}).encode()


def test_ten_exchanges_have_books() -> None:
    assert {slug for slug, adapter in ADAPTERS.items() if Category.MARKET_ORDERBOOK in adapter.handlers} == set(
        PAYLOADS
    )


@pytest.mark.parametrize("slug", PAYLOADS)
def test_the_same_book_in_every_format_is_the_same_book(slug: str) -> None:
    result = book(slug, PAYLOADS[slug])
    assert result is not None
    assert (result.asset, result.currency[:3], result.bids, result.asks) == ("BTC", "USD", BIDS, ASKS)
    assert result.as_of == TIMES.get(slug, MILLISECOND)


@pytest.mark.parametrize("slug", PAYLOADS)
def test_a_book_is_cut_to_the_best_levels(slug: str) -> None:
    result = book(slug, PAYLOADS[slug], levels(count=2))
    assert result is not None
    assert (result.bids, result.asks) == (BIDS[:2], ASKS[:2])


@pytest.mark.parametrize(
    ("slug", "path", "params"),
    [
        ("binance", "/api/v3/depth", "symbol=BTCUSDT limit=20"),
        ("bitget", "/api/v2/spot/market/orderbook", "symbol=BTCUSDT type=step0 limit=20"),
        ("kraken", "/0/public/Depth", "pair=BTC/USD count=20"),
        ("coinbase", "/products/BTC-USD/book", "level=2"),
        ("okx", "/api/v5/market/books", "instId=BTC-USDT sz=20"),
        ("bybit", "/v5/market/orderbook", "category=spot symbol=BTCUSDT limit=20"),
        ("kucoin", "/api/v1/market/orderbook/level2_20", "symbol=BTC-USDT"),
        ("gate", "/api/v4/spot/order_book", "currency_pair=BTC_USDT limit=20"),
        ("bitstamp", "/api/v2/order_book/btcusd/", ""),
        ("gemini", "/v1/book/btcusd", "limit_bids=20 limit_asks=20"),
    ],
)
def test_a_book_is_asked_for_in_each_venues_words(slug: str, path: str, params: str) -> None:
    request = book_handler(slug).request([levels()])
    assert (request.path, " ".join(f"{name}={value}" for name, value in request.params)) == (path, params)


@pytest.mark.parametrize(
    ("slug", "most"),
    [
        ("binance", 5000),
        ("bitget", 150),
        ("kraken", 500),
        ("coinbase", 5000),
        ("okx", 400),
        ("bybit", 200),
        ("kucoin", 100),
        ("gate", 100),
        ("bitstamp", 1000),
        ("gemini", 500),
    ],
)
def test_a_venue_takes_no_more_levels_than_it_has(slug: str, most: int) -> None:
    handler = book_handler(slug)
    assert handler.max_items == 1
    assert [handler.accepts(levels(count=count)) for count in (0, 1, most, most + 1)] == [False, True, True, False]
    assert not handler.accepts(levels("a,b"))
    assert not handler.accepts(levels("BTC", quote="XYZ"))


@pytest.mark.parametrize(
    ("bids", "asks", "outcome"),
    [
        ([["101", "1"]], [["100", "1"]], Outcome.IMPLAUSIBLE),
        ([["100", "1"]], [["100", "1"]], Outcome.IMPLAUSIBLE),
        ([["99", "-1"]], [["100", "1"]], Outcome.IMPLAUSIBLE),
        ([["99", "NaN"]], [["100", "1"]], Outcome.IMPLAUSIBLE),
        ([["0", "1"]], [["100", "1"]], Outcome.IMPLAUSIBLE),
        ([["-99", "1"]], [["100", "1"]], Outcome.IMPLAUSIBLE),
        ([["99", "1"], ["99.0", "2"]], [["100", "1"]], Outcome.BROKEN),
        ([["99"]], [["100", "1"]], Outcome.BROKEN),
        ([["", "1"]], [["100", "1"]], Outcome.BROKEN),
        ([["99", None]], [["100", "1"]], Outcome.BROKEN),
        ([{"price": "99"}], [["100", "1"]], Outcome.BROKEN),
    ],
)
def test_a_book_that_cannot_be_is_refused(bids: Sequence[object], asks: Sequence[object], outcome: Outcome) -> None:
    assert no_book("binance", depth(bids, asks)) is outcome


@pytest.mark.parametrize(
    ("bids", "asks"),
    [([], [["100", "1"]]), ([["99", "1"]], []), ([["99", "0"]], [["100", "1"]]), ([], []), (None, None)],
)
def test_a_book_with_an_empty_side_is_an_inactive_market_and_nobodys_fault(
    bids: Sequence[object] | None, asks: Sequence[object] | None
) -> None:
    assert book("binance", depth(bids, asks)) is None


def test_a_level_that_is_gone_is_left_out_and_the_rest_is_sorted() -> None:
    result = book("binance", depth([["97", "1"], ["99", "0.00"], ["98", "2"]], [["103", "1"], ["102", "2"]]))
    assert result is not None
    assert [level[0] for level in result.bids] == [98, 97]
    assert [level[0] for level in result.asks] == [102, 103]


def test_a_book_crossed_below_the_levels_asked_for_is_still_refused() -> None:
    crossed = depth([["99", "1"], ["105", "1"]], [["100", "1"]])
    assert no_book("binance", crossed, levels(count=1)) is Outcome.IMPLAUSIBLE


@pytest.mark.parametrize(
    ("slug", "body", "status"),
    [
        ("binance", "error_symbol.json", 400),
        ("coinbase", "error_404.json", 404),
        ("kraken", "error_pair.json", 200),
        ("bybit", "error_10001_symbol.json", 200),
        ("bitstamp", "error_pair.json", 404),
    ],
)
def test_a_pair_that_is_refused_is_unknown(slug: str, body: str, status: int) -> None:
    assert no_book(slug, body, status=status) is Outcome.UNKNOWN_ASSET


@pytest.mark.parametrize(
    ("slug", "body"),
    [
        ("okx", b'{"code":"0","msg":"","data":[]}'),
        ("kucoin", b'{"code":"200000","data":null}'),
        ("kraken", b'{"error":[],"result":{}}'),
        ("bybit", b'{"retCode":0,"retMsg":"OK","result":{},"time":1}'),
    ],
)
def test_no_book_at_all_is_an_unknown_pair(slug: str, body: bytes) -> None:
    assert book(slug, body) is None
