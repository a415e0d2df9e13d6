"""CoinGecko's candles: no volumes, stamped with their end, the length decided by the days."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.domain.adapter import Lookup
from providers.domain.market_data import INTERVALS, Candle, CandleQuery
from providers.domain.outcomes import Failure, Outcome
from tests.providers.adapters.handler_cases import NO_HOURS
from tests.providers.adapters.mutations import checked, damaged, mutated
from tests.providers.adapters.support import NOW, candle_handler, candles, hours, no_candles, payload, utc

D = Decimal
FOUR, EIGHT, TWELVE, SIXTEEN = (utc(2026, 11, 23, hour) for hour in (4, 8, 12, 16))
HALF, FOUR_HOURS = timedelta(minutes=30), timedelta(hours=4)


def span(limit: int = 42, interval: str = "4h", quote: str = "*", end: datetime | None = None) -> Lookup[CandleQuery]:
    return hours("bitcoin", limit, end, interval, quote)


def rows(*stamps: datetime) -> bytes:
    """Rows with these stamps, each a little dearer than the one before."""
    result = [[round(at.timestamp() * 1000), 100 + n, 110 + n, 90, 105] for n, at in enumerate(stamps)]
    return json.dumps(result).encode()


def openings(body: bytes, asked: Lookup[CandleQuery] | None = None, at: datetime = NOW) -> list[tuple[datetime, bool]]:
    """When each candle opens, and whether it has closed."""
    result = candles("coingecko", body, asked or span(), at)
    return [(candle.opens, candle.closed) for candle in result.candles] if result else []


def test_a_stamp_is_the_end_of_its_candle_and_volumes_are_unknown() -> None:
    result = candles("coingecko", "ohlc_7.json", span())
    assert result is not None
    assert (result.asset, result.currency, result.interval) == ("bitcoin", "USD", "4h")
    assert result.candles == (
        Candle(FOUR, D("83100.1"), D("83420.5"), D(83010), D("83350.2"), None, None, True),
        Candle(EIGHT, D("83350.2"), D("83377.7"), D("82900.4"), D(82950), None, None, True),
        Candle(TWELVE, D(82950), D("83310.9"), D("82944.3"), D("83301.000000000000012"), None, None, False),
    )


@pytest.mark.parametrize(
    ("interval", "limit", "days"),
    [("30m", 1, 1), ("30m", 48, 1), ("4h", 1, 7), ("4h", 42, 7), ("4h", 43, 14), ("4h", 84, 14), ("4h", 180, 30)],
)
def test_the_fewest_days_that_hold_so_many_candles_are_asked_for(interval: str, limit: int, days: int) -> None:
    request = candle_handler("coingecko").request([span(limit, interval, "EUR")])
    assert request.path == "/api/v3/coins/bitcoin/ohlc"
    assert request.params == (("vs_currency", "eur"), ("days", str(days)), ("precision", "full"))


@pytest.mark.parametrize("interval", INTERVALS)
def test_half_hours_of_a_day_and_four_hours_of_a_month_are_accepted_up_to_now(interval: str) -> None:
    handler, most = candle_handler("coingecko"), {"30m": 48, "4h": 180}.get(interval, 0)
    assert [limit for limit in (0, 1, most, most + 1) if handler.accepts(span(limit, interval))] == [1, most][:most]
    assert not handler.accepts(span(1, interval, end=NOW))
    assert handler.max_items == 1
    assert handler.accepts(hours("bitcoin", 1)) == ("coingecko" not in NO_HOURS)


def test_its_candles_are_in_the_currencies_of_its_prices() -> None:
    handler = candle_handler("coingecko")
    quotes = ("*", "USD", "EUR", "USDT", "BTC")
    assert [quote for quote in quotes if handler.accepts(span(quote=quote))] == ["*", "USD", "EUR"]
    assert not handler.accepts(hours("../x", interval="4h"))


def test_a_candle_is_closed_once_no_answer_can_be_older_than_its_end() -> None:
    body = rows(TWELVE, SIXTEEN)
    for late, closed in ((0, False), (14, False), (15, True)):
        assert openings(body, at=TWELVE + timedelta(minutes=late)) == [(EIGHT, closed), (TWELVE, False)]


def test_the_newest_may_be_stamped_in_its_midst_and_is_then_forming_whenever_it_is_read() -> None:
    body = rows(TWELVE, NOW - timedelta(minutes=3))
    assert openings(body) == [(EIGHT, True), (TWELVE, False)]
    assert openings(body, at=NOW + timedelta(hours=5)) == [(EIGHT, True), (TWELVE, False)]


def test_any_other_stamp_off_the_grid_or_in_the_future_is_implausible() -> None:
    assert no_candles("coingecko", rows(TWELVE - HALF, SIXTEEN), span()) is Outcome.IMPLAUSIBLE
    assert no_candles("coingecko", rows(TWELVE, SIXTEEN, SIXTEEN + FOUR_HOURS), span()) is Outcome.IMPLAUSIBLE
    assert no_candles("coingecko", rows(TWELVE, SIXTEEN + timedelta(hours=1)), span()) is Outcome.IMPLAUSIBLE


def test_two_rows_of_one_time_are_broken() -> None:
    assert no_candles("coingecko", rows(SIXTEEN, SIXTEEN, TWELVE), span()) is Outcome.BROKEN


def test_candles_of_another_length_are_refused() -> None:
    assert no_candles("coingecko", rows(TWELVE, TWELVE + HALF), span()) is Outcome.IMPLAUSIBLE


def test_a_candle_that_the_days_cut_off_is_left_out() -> None:
    first = utc(2026, 11, 16, 16)
    assert openings(rows(first, first + FOUR_HOURS, SIXTEEN)) == [(first, True), (TWELVE, False)]


def test_no_rows_are_an_honest_nothing_and_so_are_those_of_a_coin_that_died() -> None:
    assert candles("coingecko", b"[]", span()) is None
    assert candles("coingecko", rows(utc(2025, 1, 1), utc(2025, 1, 1, 4)), span()) is None


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ("error_coin.json", 404, Outcome.UNKNOWN_ASSET),
        ("error_429_status.json", 429, Outcome.RATE_LIMITED),
        ("error_429_status.json", 200, Outcome.RATE_LIMITED),
        ("error_ids.json", 422, Outcome.BAD_REQUEST),
        ("error_500.json", 200, Outcome.BROKEN),
        ("simple.json", 200, Outcome.BROKEN),
    ],
)
def test_its_errors_have_the_outcomes_they_have_for_prices(body: str, status: int, outcome: Outcome) -> None:
    assert no_candles("coingecko", body, span(), status=status) is outcome


@pytest.mark.parametrize(
    "row",
    [b"[1795435200000,1,1,1]", b"[null,1,1,1,1]", b'["",1,1,1,1]', b"[1795435200000,null,1,1,1]", b"{}", b"5"],
)
def test_a_row_that_lacks_something_is_broken(row: bytes) -> None:
    assert no_candles("coingecko", b"[" + row + b"]", span()) is Outcome.BROKEN


@pytest.mark.parametrize("prices", [(100, 104, 90, 105), (100, 110, 101, 105), (0, 110, 0, 105)])
def test_prices_that_cannot_be_are_implausible(prices: tuple[int, ...]) -> None:
    body = json.dumps([[round(SIXTEEN.timestamp() * 1000), *prices]]).encode()
    assert no_candles("coingecko", body, span()) is Outcome.IMPLAUSIBLE


@given(data=st.data())
def test_whatever_comes_is_candles_on_the_grid_or_a_failure(data: st.DataObject) -> None:
    spoil = data.draw(st.sampled_from([mutated, damaged]))
    try:
        result = candles("coingecko", spoil(payload("coingecko", "ohlc_7.json"), data), span())
    except Failure as failure:
        checked(failure)
        return
    for candle in result.candles if result else ():
        assert candle.opens.timestamp() % FOUR_HOURS.total_seconds() == 0
        assert 0 < candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= candle.high
        assert (candle.volume, candle.quote_volume) == (None, None)


@given(body=st.binary(max_size=200), status=st.integers(100, 599))
@settings(max_examples=20)
def test_noise_is_a_failure(body: bytes, status: int) -> None:
    with pytest.raises(Failure):
        candles("coingecko", body, span(), status=status)
