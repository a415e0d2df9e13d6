"""What is made of sources' lists: movers, results ranked before they are cut, our ids, and values kept whole."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from markets.analysis import rankings
from markets.feeds.codecs import LISTINGS, decode_value, encode_value
from providers.domain.listings import (
    CoinList,
    CoinRow,
    Details,
    DetailsQuery,
    ExchangeRow,
    Exchanges,
    ListedCoin,
    SearchQuery,
    Table,
    TableQuery,
)

D = Decimal
MOVED = Table(
    tuple(
        CoinRow(name, name.upper(), name, change_24h=change)
        for name, change in (("a", D(1)), ("b", None), ("c", D(-3)), ("d", D(9)), ("e", D(0)), ("f", D(-1)))
    )
)


def test_gainers_rose_losers_fell_and_what_is_not_known_is_neither() -> None:
    assert [row.id for row in rankings.movers(MOVED, 10, up=True)] == ["d", "a"]
    assert [row.id for row in rankings.movers(MOVED, 10, up=False)] == ["c", "f"]
    assert [row.id for row in rankings.movers(MOVED, 1, up=True)] == ["d"]


def test_results_are_ranked_before_they_are_cut_and_exact_ones_come_first() -> None:
    rows = [
        CoinRow("far", "FAR", "Eth farm", 900),
        CoinRow("none", "NONE", "Ethless"),
        CoinRow("near", "NEAR2", "Ether near", 3),
        CoinRow("eth", "ETH", "Something", 2000),
    ]
    assert [row.id for row in rankings.rank_hits(rows, "eth", 3)] == ["eth", "near", "far"]


def test_a_coin_of_another_source_that_is_not_listed_here_has_no_id_of_ours() -> None:
    paprika = rankings.ids("coinpaprika", {"bitcoin": "btc-bitcoin"})
    assert (paprika.of("btc-bitcoin"), paprika.of("hex-hex")) == ("bitcoin", None)
    gecko = rankings.ids("coingecko", {"renamed": "old-id"})
    assert (gecko.of("old-id"), gecko.of("pepe")) == ("renamed", "pepe")


def test_a_platform_finds_only_coins_that_say_it() -> None:
    coins = CoinList(
        (
            ListedCoin("a", "A", "Aa", (("ethereum", "0x1"),), True),
            ListedCoin("b", "B", "Bb", (), False),
            ListedCoin("c", "C", "Cc", None, None),
        )
    )
    assert [coin.id for coin in rankings.filter_coins(coins, None, "Ethereum")] == ["a"]
    assert [coin.id for coin in rankings.filter_coins(coins, "b", None)] == ["b"]


def test_a_total_of_nothing_known_is_not_known() -> None:
    assert rankings.sum_known([None, D(2), D(3)]) == 5
    assert rankings.sum_known([None]) is None


def test_an_exchange_without_a_trust_score_is_not_verified() -> None:
    rows = (ExchangeRow("a", "A", trust_score=7), ExchangeRow("b", "B"), ExchangeRow("c", "C", trust_score=6))
    assert rankings.trusted_positions(Exchanges(rows)) == [0]


@pytest.mark.parametrize(
    "value",
    [
        Table(
            (
                CoinRow(
                    "a", "A", "Aé", 1, D("0.10"), None, D("1E+3"), None, "https://x", datetime(2026, 1, 1, tzinfo=UTC)
                ),
            )
        ),
        Details("a", "A", "A", categories=("x",), market=(("current_price", D("1.0")), ("ath", None))),
        CoinList((ListedCoin("a", "A", "A", (("ethereum", "0x"),), True), ListedCoin("b", "B", "B"))),
    ],
)
def test_a_value_comes_back_as_it_was_kept(value: Any) -> None:
    again = decode_value(encode_value(value))
    assert again == value
    assert str(again) == str(value)


@pytest.mark.parametrize("question", [TableQuery(), SearchQuery("a|b"), DetailsQuery("bitcoin")])
def test_a_question_comes_back_from_its_key(question: Any) -> None:
    assert LISTINGS.item(question.key) == question
