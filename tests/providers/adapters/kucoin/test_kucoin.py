"""KuCoin: a code in every answer, a fraction for a percentage, its window in headers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from providers.adapters import ADAPTERS
from providers.domain.adapter import Usage
from providers.domain.market_data import Quote
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import (
    book_handler,
    levels,
    one,
    read,
    refused,
    requested,
    utc,
)


def test_one_pair_is_asked_alone_and_several_with_all_tickers() -> None:
    assert requested("kucoin", "BTC").path == "/api/v1/market/stats"
    assert requested("kucoin", "BTC").params == (("symbol", "BTC-USDT"),)
    assert requested("kucoin", "BTC", "ETH").path == "/api/v1/market/allTickers"


@pytest.mark.parametrize(("body", "second", "ms"), [("stats.json", 57, 700), ("all_tickers.json", 55, 1)])
def test_both_answers_give_the_same_quote_with_their_time(body: str, second: int, ms: int) -> None:
    assert one("kucoin", body, "BTC") == Quote(
        asset="BTC",
        currency="USDT",
        price=Decimal("83300.2"),
        change_24h=Decimal("1.52"),
        volume_24h=Decimal("258113402.110923077"),
        volume_scope="venue",
        as_of=utc(2026, 11, 23, 12, 19, second, ms * 1000),
    )


def test_level_1_has_a_price_and_a_time_only() -> None:
    quote = one("kucoin", "level1.json", "BTC")
    assert (quote.price, quote.change_24h, quote.volume_24h) == (Decimal("83300.3"), None, None)


def test_nulls_and_no_data_are_an_unknown_pair_and_never_a_zero_price() -> None:
    assert read("kucoin", "stats_unknown.json", "NOPE") == {}
    assert read("kucoin", "no_data.json", "NOPE") == {}
    assert len(read("kucoin", "all_tickers.json", "BTC", "ETH", "QUIET", "NOPE")) == 2


def test_statistics_of_another_pair_are_not_the_ones_asked_for() -> None:
    assert read("kucoin", "stats.json", "ETH") == {}
    assert refused("kucoin", "stats.json", "ETH", "BTC").outcome is Outcome.BROKEN


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("error_900001.json", 200, Outcome.UNKNOWN_ASSET),
        ("error_429000.json", 200, Outcome.RATE_LIMITED),
        ("error_429000.json", 429, Outcome.RATE_LIMITED),
        ("error_400302.json", 200, Outcome.GEO_BLOCKED),
        ("error_400302.json", 403, Outcome.GEO_BLOCKED),
        ("error_500000.json", 200, Outcome.BROKEN),
        ("error_900001.json", 500, Outcome.BROKEN),
        (b'{"data":{}}', 200, Outcome.BROKEN),
        (b'{"code":"200000"}', 200, Outcome.BROKEN),
    ],
)
def test_its_errors_have_their_outcomes(body: str | bytes, status: int, outcome: Outcome) -> None:
    assert refused("kucoin", body, "BTC", status=status).outcome is outcome


def test_the_window_says_how_much_is_used_and_when_it_ends() -> None:
    headers = {"gw-ratelimit-limit": "2000", "gw-ratelimit-remaining": "500", "gw-ratelimit-reset": "1500"}
    assert ADAPTERS["kucoin"].usage(headers) == Usage(0.75, 30.0)
    failure = refused("kucoin", "error_429000.json", "BTC", status=429, headers=headers)
    assert failure.retry_at == utc(2026, 11, 23, 12, 20, 1, 500000)
    assert refused("kucoin", "error_500000.json", "BTC", headers=headers).retry_at is None


def test_the_smallest_book_that_is_deep_enough_is_requested() -> None:
    paths = [book_handler("kucoin").request([levels(count=count)]).path for count in (1, 20, 21, 100)]
    assert [path.rpartition("_")[2] for path in paths] == ["20", "20", "100", "100"]
