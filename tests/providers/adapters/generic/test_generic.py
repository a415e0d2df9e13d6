"""A definition asks as it says and reads what it finds: numbers as written, units as told, and never another market."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from providers.adapters.generic import adapter as generic
from providers.adapters.generic.codec import ResponseCodec
from providers.adapters.generic.definitions import DefinitionConf, RequestFormatConf
from providers.domain.adapter import Budget, KeyUse, Lookup, Request
from providers.domain.categories import Category
from providers.domain.news import NewsQuery
from providers.domain.outcomes import Outcome
from tests.providers.adapters.generic.example_definitions import (
    BARS,
    BOOK,
    CANDLES,
    HOUR_MS,
    ITEMS,
    LADDER,
    NEWEST_MS,
    NEWS,
    PRICE,
    PRICED,
    REQUEST_FORMAT,
    candle,
    handler,
    read,
    refused,
    requested,
)
from tests.providers.adapters.support import hours, levels, lookup_of, respond, utc

BTC = lookup_of("BTC")
LIST: dict[str, Any] = {
    "path": "/all",
    "shape": "list",
    "rows": "rows",
    "name": "m",
    "price": "p",
    "change": "",
    "volume": "",
    "time": "",
}


def test_a_price_is_read_as_it_was_written_with_its_change_volume_and_time() -> None:
    quote = read(handler(PRICE), PRICED, BTC)[BTC.item]
    assert str(quote.price) == "83310.90"
    assert (quote.currency, quote.change_24h) == ("USDT", Decimal("1.2400"))
    assert (quote.volume_24h, quote.volume_scope) == (Decimal("8372745.45"), "venue")
    assert quote.as_of == utc(2026, 11, 23, 12, 20, 0, 250_000)


def test_numbers_keep_every_digit_however_they_come() -> None:
    body = b'{"pair": "BTC-USDT", "trade": {"last": 0.1000000000000000055511151231257827}, "day": {}}'
    assert str(read(handler(PRICE), body, BTC)[BTC.item].price) == "0.1000000000000000055511151231257827"


def test_a_request_names_its_market_and_quotes_what_it_puts_into_a_path() -> None:
    assert requested(handler(PRICE), BTC) == Request("/open/v2/pairs/BTC-USDT/now")
    assert requested(handler(PRICE), lookup_of("BTC", "EUR")).path == "/open/v2/pairs/BTC-EUR/now"
    lower = handler(PRICE, RequestFormatConf(symbol="{base_lower}_{quote_lower}", quotes="USDT=UST"))
    assert requested(lower, BTC).path == "/open/v2/pairs/btc_ust/now"


@pytest.mark.parametrize("name", ["", "..", ".", "a/b", "a b", "a?b", "USDT", "x" * 101])
def test_a_name_that_could_leave_its_place_is_not_asked(name: str) -> None:
    assert not handler(PRICE).accepts(lookup_of(name))


def test_only_currencies_it_quotes_in_are_asked_and_the_open_dollar_is_its_first() -> None:
    assert handler(PRICE).accepts(lookup_of("BTC", "EUR"))
    assert not handler(PRICE).accepts(lookup_of("BTC", "GBP"))
    euros = handler(PRICE, replace(REQUEST_FORMAT, quotes="EUR"))
    assert not euros.accepts(BTC)


@pytest.mark.parametrize(
    ("unit", "answer", "change"),
    [("percent", "-1.5", "-1.5"), ("fraction", "-0.015", "-1.5"), ("opening", "80000", "4.138625")],
)
def test_a_change_is_in_percent_whatever_it_is_told_in(unit: str, answer: str, change: str) -> None:
    body = {**PRICED, "day": {"moved_percent": answer}}
    quote = read(handler(PRICE, change_unit=unit), body, BTC)[BTC.item]
    assert quote.change_24h == Decimal(change)


def test_a_volume_in_the_coin_is_one_in_the_currency_only_by_an_average_price() -> None:
    body = {**PRICED, "average": "80000"}
    in_coin: dict[str, Any] = {"volume": "day.turnover.coin", "volume_unit": "base"}
    assert read(handler(PRICE, **in_coin), body, BTC)[BTC.item].volume_24h is None
    assert read(handler(PRICE, **in_coin, average="average"), body, BTC)[BTC.item].volume_24h == Decimal(8_040_000)


def test_a_price_with_a_volume_serves_volumes_too() -> None:
    result = read(handler(PRICE, category=Category.MARKET_VOLUME), PRICED, BTC)[BTC.item]
    assert (result.quoted, result.base, result.scope) == (Decimal("8372745.45"), None, "venue")
    coin = handler(PRICE, category=Category.MARKET_VOLUME, volume="day.turnover.coin", volume_unit="base")
    assert read(coin, PRICED, BTC)[BTC.item].base == Decimal("100.5")


def test_the_row_of_another_market_is_refused() -> None:
    assert refused(handler(PRICE), {**PRICED, "pair": "ETH-USDT"}, BTC) is Outcome.BROKEN


def test_a_list_is_matched_by_its_rows_own_names() -> None:
    body = {"rows": [{"m": "ETH/USDT", "p": 3000.5}, {"m": "BTC/USDT", "p": "83310.9"}, {"m": "X", "p": None}]}
    lookups = [BTC, lookup_of("ETH"), lookup_of("SOL")]
    found = read(handler(PRICE, **LIST, name_is="{base}/{quote}"), body, *lookups)
    assert {item.asset: str(quote.price) for item, quote in found.items()} == {"BTC": "83310.9", "ETH": "3000.5"}


def test_a_table_is_matched_by_its_keys() -> None:
    keyed = handler(PRICE, **{**LIST, "shape": "keyed", "rows": "data", "name": "", "price": "[0]"})
    body = {"data": {"BTC-USDT": ["83310.9"], "ETH-USDT": None}}
    assert [item.asset for item in read(keyed, body, BTC, lookup_of("ETH"))] == ["BTC"]


def test_several_markets_are_asked_for_in_one_call_where_they_can_be() -> None:
    several = handler(PRICE, **{**LIST, "params": "ids={symbols}"}, most=2)
    assert several.max_items == 2
    assert requested(several, BTC, lookup_of("ETH")).params == (("ids", "BTC-USDT,ETH-USDT"),)
    assert handler(PRICE, **LIST).max_items > 100
    assert handler(PRICE).max_items == 1


def test_rows_in_which_nothing_is_found_are_broken_and_no_unknown_coin() -> None:
    """A wrong expression must be seen, not make every coin of the provider look unknown."""
    assert refused(handler(PRICE, price="trade.latest"), PRICED, BTC) is Outcome.BROKEN
    body = {"rows": [{"m": "BTC-USDT", "latest": 3}]}
    assert refused(handler(PRICE, **LIST), body, BTC) is Outcome.BROKEN


@pytest.mark.parametrize("price", ["-3", "NaN", "Infinity", "1e999999"])
def test_a_price_that_cannot_be_is_implausible(price: str) -> None:
    body = b'{"pair": "BTC-USDT", "trade": {"last": ' + price.encode() + b"}}"
    expected = Outcome.IMPLAUSIBLE
    assert refused(handler(PRICE), body, BTC) is expected


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ({"ok": False, "why": {"code": "NO_SUCH_PAIR"}}, 200, Outcome.UNKNOWN_ASSET),
        ({"ok": False, "why": {"code": "NO_SUCH_PAIR"}}, 503, Outcome.BROKEN),
        ({"ok": False, "why": {"code": "TOO_FAST"}}, 200, Outcome.RATE_LIMITED),
        ({"ok": False, "why": {"code": "ELSE"}}, 200, Outcome.BROKEN),
        ({}, 404, Outcome.BROKEN),
        ({}, 400, Outcome.BAD_REQUEST),
        ({}, 401, Outcome.UNAUTHORIZED),
        ({}, 429, Outcome.RATE_LIMITED),
        (b"<html>", 200, Outcome.BROKEN),
        (b"", 200, Outcome.BROKEN),
        (b"null", 200, Outcome.BROKEN),
    ],
)
def test_what_it_says_decides_and_an_outage_is_never_an_unknown_coin(body: Any, status: int, outcome: Outcome) -> None:
    assert refused(handler(PRICE), body, BTC, status=status) is outcome


def test_a_status_may_mean_that_it_does_not_know_the_market() -> None:
    assert (
        refused(handler(PRICE, replace(REQUEST_FORMAT, unknown_statuses="404")), b"", BTC, status=404)
        is Outcome.UNKNOWN_ASSET
    )


def test_candles_come_oldest_first_whatever_their_order_and_the_forming_one_is_marked() -> None:
    result = read(handler(CANDLES), BARS, hours())[hours().item]
    opens = [candle.opens for candle in result.candles]
    assert opens == [utc(2026, 11, 23, 10), utc(2026, 11, 23, 11), utc(2026, 11, 23, 12)]
    assert [candle.closed for candle in result.candles] == [True, True, False]
    assert (str(result.candles[0].low), result.candles[0].quote_volume) == ("99.50", Decimal("1256.0"))


def test_candles_may_come_as_lists_side_by_side() -> None:
    side = {"t": [NEWEST_MS // 1000], "o": ["1.10"], "h": [2], "l": [1], "c": [1.5], "v": [7]}
    names: dict[str, Any] = {
        "time": "t",
        "open": "o",
        "high": "h",
        "low": "l",
        "close": "c",
        "volume": "v",
        "quote_volume": "",
    }
    columns = handler(CANDLES, shape="columns", rows="", time_unit="seconds", **names)
    (result,) = read(columns, side, hours())[hours().item].candles
    assert (str(result.open), result.high, result.volume, result.quote_volume) == ("1.10", 2, 7, None)
    assert refused(columns, {**side, "c": []}, hours()) is Outcome.BROKEN


def test_an_interval_is_spelled_as_the_provider_does_and_only_those_it_has_are_asked() -> None:
    assert requested(handler(CANDLES), hours(limit=3)).params == (("length", "60m"), ("count", "3"))
    assert handler(CANDLES).accepts(hours(interval="1d"))
    assert not handler(CANDLES).accepts(hours(interval="4h"))
    assert not handler(CANDLES).accepts(hours(limit=501))


def test_a_past_range_is_asked_for_in_the_units_of_its_places() -> None:
    params = "a={start}\nb={end}\nc={start_ms}\nd={end_ms}\ne={start_iso}\nf={end_iso}\ng={interval}"
    span = hours(limit=2, end=datetime(2026, 11, 23, 12, tzinfo=UTC))
    asked = dict(requested(handler(CANDLES, params=params), span).params)
    first, last = NEWEST_MS - 2 * HOUR_MS, NEWEST_MS - HOUR_MS
    assert (asked["a"], asked["b"]) == (str(first // 1000), str(last // 1000 + 1))
    assert (asked["c"], asked["d"]) == (str(first), str(last + 1000))
    assert (asked["e"], asked["f"]) == ("2026-11-23T10:00:00Z", "2026-11-23T11:00:01Z")


def test_without_a_place_for_a_range_no_past_is_asked() -> None:
    past = hours(limit=2, end=datetime(2026, 11, 23, 12, tzinfo=UTC))
    assert not handler(CANDLES, params="length={interval}&count={limit}").accepts(past)
    assert handler(CANDLES).accepts(past)


@pytest.mark.parametrize(
    ("unit", "answer"),
    [
        ("seconds", NEWEST_MS // 1000),
        ("ms", NEWEST_MS),
        ("us", NEWEST_MS * 1000),
        ("iso", "2026-11-23T12:00:00+00:00"),
        ("iso_utc", "2026-11-23T12:00:00"),
    ],
)
def test_times_are_read_in_their_unit_and_refused_in_another(unit: str, answer: Any) -> None:
    body = {"bars": {"newest_first": [{**candle(0), "from": answer}]}}
    (result,) = read(handler(CANDLES, time_unit=unit), body, hours())[hours().item].candles
    assert result.opens == utc(2026, 11, 23, 12)
    for other in {"seconds", "ms", "us"} - {unit}:
        assert refused(handler(CANDLES, time_unit=other), body, hours()) in (Outcome.BROKEN, Outcome.IMPLAUSIBLE)


def test_swapped_columns_are_not_believed() -> None:
    assert refused(handler(CANDLES, high="price.bottom", low="price.top"), BARS, hours()) is Outcome.IMPLAUSIBLE


def test_a_book_is_sorted_cut_and_rid_of_levels_that_are_gone() -> None:
    result = read(handler(BOOK), LADDER, levels(count=1))[levels(count=1).item]
    assert result.bids == ((Decimal("100.2"), Decimal(1)),)
    assert result.asks == ((Decimal("100.3"), Decimal(3)),)
    assert result.as_of == utc(2026, 11, 23, 12, 20, 0, 250_000)
    assert refused(handler(BOOK, bids="ladder.sell", asks="ladder.buy"), LADDER, levels()) is Outcome.IMPLAUSIBLE


def test_a_book_is_asked_as_deep_as_is_wanted_and_no_deeper_than_it_is() -> None:
    assert requested(handler(BOOK), levels(count=7)).params == (("depth", "7"),)
    assert not handler(BOOK).accepts(levels(count=101))


def test_news_are_plain_text_and_clean_addresses_under_the_providers_name() -> None:
    asked = Lookup(NewsQuery("tidemark"), "")
    assert handler(NEWS).accepts(asked)
    assert not handler(NEWS).accepts(Lookup(NewsQuery("coindesk"), ""))
    (article,) = read(handler(NEWS), ITEMS, asked)[asked.item].articles
    assert (article.title, article.url, article.publisher) == ("A title", "https://example.org/a", "Tidemark")
    assert (article.tags, article.published_at) == (("BTC", "markets"), utc(2026, 11, 23, 12))


def test_a_key_goes_where_the_request_format_says() -> None:
    request = Request("/x", (("a", "b"),))
    bearer = replace(REQUEST_FORMAT, key_name="Authorization", key_value="Bearer {key}")
    assert generic.build_adapter("t", "T", bearer, ()).adapter.authorize(request, "k").headers == (
        ("Authorization", "Bearer k"),
    )
    query = replace(REQUEST_FORMAT, key_place="parameter", key_name="apikey", key_value="{key}", key_use="required")
    created = generic.build_adapter("t", "T", query, ()).adapter
    assert created.authorize(request, "k").params == (("a", "b"), ("apikey", "k"))
    assert (created.key_use, created.budget) == (KeyUse.REQUIRED, Budget(600, 60.0))


def test_one_definition_that_is_not_sound_is_left_out_and_told() -> None:
    created = generic.build_adapter("t", "T", REQUEST_FORMAT, [PRICE, replace(BOOK, bids="[[")])
    assert set(created.adapter.handlers) == {Category.MARKET_PRICE, Category.MARKET_VOLUME}
    assert created.problems[0].startswith("MARKET_ORDERBOOK: bids: Not a JMESPath expression")
    assert generic.build_adapter("t", "T", replace(REQUEST_FORMAT, quotes=""), [PRICE]).adapter.handlers == {}


@pytest.mark.parametrize(
    ("definition", "body", "found"),
    [
        (replace(PRICE, price="trade.nope"), PRICED, {"name": "BTC-USDT", "price": "nothing", "change": "1.2400"}),
        (replace(PRICE, price="trade"), PRICED, {"price": "an object of last"}),
        (CANDLES, BARS, {"rows": "a list of 3", "time": str(NEWEST_MS), "low": "99.50"}),
        (BOOK, LADDER, {"bids": "a list of 2", "asks": "a list of 3", "price": "100.1", "quantity": "2.50"}),
        (replace(PRICE, shape="keyed", rows="data", price="[0]", name=""), {"data": {"X": [7]}}, {"price": "7"}),
        (
            replace(CANDLES, shape="columns", rows="", open="o"),
            {"o": [1, 2]},
            {"open": "a list of 2", "low": "nothing"},
        ),
        (replace(PRICE, price="contains(trade, 'x')"), PRICED, {"price": "an expression does not fit the answer"}),
    ],
)
def test_findings_tell_which_expression_is_the_one_to_mend(
    definition: DefinitionConf, body: Any, found: dict[str, str]
) -> None:
    result = dict(ResponseCodec(REQUEST_FORMAT, definition).describe_fields(respond(json.dumps(body).encode())))
    assert result | found == result
