"""Candles: ten exchanges' columns, orders, units and flags, and what a candle cannot be."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from providers.adapters import ADAPTERS
from providers.adapters.shared.candles import bounds
from providers.domain.categories import Category
from providers.domain.market_data import INTERVALS, Candle, CandleQuery
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import CANDLE_NAMES, NOW, candle_handler, candles, hours, no_candles, utc

D = Decimal
END = utc(2026, 11, 20, 9, 30)
PAYLOADS = {
    "binance": "klines.json",
    "bitget": "same_candles.json",
    "bitstamp": "ohlc.json",
    "bybit": "kline.json",
    "coinbase": "candles.json",
    "cryptocompare": "histohour.json",
    "gate": "candlesticks.json",
    "gemini": "candles.json",
    "kraken": "ohlc.json",
    "kucoin": "candles.json",
    "okx": "candles.json",
    "render": "klines.json",
}
"""The same three hours in every source's own format."""
TEN, ELEVEN, TWELVE = (utc(2026, 11, 23, hour) for hour in (10, 11, 12))
SAME = [
    Candle(TEN, D("83100.1"), D("83420.5"), D(83010), D("83350.2"), D("120.50210033"), D("10030450.118204"), True),
    Candle(ELEVEN, D("83350.2"), D("83377.7"), D("82900.4"), D(82950), D("98.00031"), D("8149901.55012"), True),
    Candle(TWELVE, D(82950), D("83310.9"), D("82944.3"), D(83301), D("31.2500004"), D("2598000.990017"), False),
]
NO_QUOTE_VOLUME = {"bitstamp", "coinbase", "gemini", "render"}


def kline(opens: datetime, *prices: str, volume: str = "1", quoted: str = "100") -> list[object]:
    """A row of Binance's: open, high, low, close."""
    return [int(opens.timestamp() * 1000), *prices, volume, 0, quoted, 1, "0", "0", "0"]


def klines(*rows: list[object]) -> bytes:
    return json.dumps(rows).encode()


GOOD = kline(ELEVEN, "100", "110", "90", "105")


def test_every_venue_of_ours_and_three_more_have_candles() -> None:
    having = {slug for slug, adapter in ADAPTERS.items() if Category.MARKET_OHLCV in adapter.handlers}
    assert having == {*PAYLOADS, "coingecko"}, (
        "CoinGecko has candles of other lengths: coingecko/test_coingecko_candles.py"
    )


@pytest.mark.parametrize("slug", PAYLOADS)
def test_the_same_hours_in_every_format_are_the_same_candles(slug: str) -> None:
    result = candles(slug, PAYLOADS[slug])
    assert result is not None
    assert (result.currency[:3], result.interval) == ("USD", "1h")
    for candle, same in zip(result.candles, SAME, strict=True):
        assert (candle.opens, candle.open, candle.high, candle.low) == (same.opens, same.open, same.high, same.low)
        assert (candle.close, candle.volume, candle.closed) == (same.close, same.volume, same.closed)
        if slug in NO_QUOTE_VOLUME:
            assert candle.quote_volume is None
        else:
            assert candle.quote_volume == pytest.approx(same.quote_volume, rel=D("0.0001"))


@pytest.mark.parametrize("slug", PAYLOADS)
def test_an_answer_is_cut_to_the_newest_that_were_asked_for(slug: str) -> None:
    result = candles(slug, PAYLOADS[slug], hours(CANDLE_NAMES.get(slug, "BTC"), limit=2))
    assert result is not None
    assert [candle.opens for candle in result.candles] == [ELEVEN, TWELVE]


@pytest.mark.parametrize("slug", sorted(PAYLOADS.keys() - {"kraken", "gemini", "render"}))
def test_what_opens_at_or_after_the_end_is_left_out(slug: str) -> None:
    result = candles(slug, PAYLOADS[slug], hours(end=TWELVE))
    assert result is not None
    assert [candle.opens for candle in result.candles] == [TEN, ELEVEN]


NEWEST = [
    ("binance", "/api/v3/klines", "symbol=BTCUSDT interval=1h limit=100"),
    ("bitget", "/api/v2/spot/market/candles", "symbol=BTCUSDT granularity=1h limit=100"),
    ("coinbase", "/products/BTC-USD/candles", "granularity=3600"),
    ("kraken", "/0/public/OHLC", "pair=BTC/USD interval=60"),
    ("okx", "/api/v5/market/candles", "instId=BTC-USDT bar=1H limit=100"),
    ("bybit", "/v5/market/kline", "category=spot symbol=BTCUSDT interval=60 limit=100"),
    ("kucoin", "/api/v1/market/candles", "symbol=BTC-USDT type=1hour"),
    ("gate", "/api/v4/spot/candlesticks", "currency_pair=BTC_USDT interval=1h limit=100"),
    ("bitstamp", "/api/v2/ohlc/btcusd/", "step=3600 limit=100"),
    ("gemini", "/v2/candles/btcusd/1hr", ""),
    ("cryptocompare", "/data/v2/histohour", "fsym=BTC tsym=USD limit=99"),
    ("render", "/api/v1/binance/klines", "symbol=BTCUSDT timeframe=1h limit=100"),
]


@pytest.mark.parametrize(("slug", "path", "params"), NEWEST)
def test_the_newest_are_asked_for_in_each_venues_words(slug: str, path: str, params: str) -> None:
    request = candle_handler(slug).request([hours(CANDLE_NAMES.get(slug, "BTC"))])
    assert (request.path, " ".join(f"{name}={value}" for name, value in request.params)) == (path, params)


# Before 09:30, ten of them: from 00:00 to 09:00. 2026-11-20T00:00Z is 1795132800.
OLDER = [
    ("binance", "/api/v3/klines", "endTime=1795165200000"),
    ("coinbase", "/products/BTC-USD/candles", "start=2026-11-20T00:00:00Z end=2026-11-20T09:00:00Z"),
    ("bitget", "/api/v2/spot/market/candles", "endTime=1795165200001"),
    ("okx", "/api/v5/market/history-candles", "after=1795165200001"),
    ("bybit", "/v5/market/kline", "end=1795165200000"),
    ("kucoin", "/api/v1/market/candles", "startAt=1795132800 endAt=1795165201"),
    ("gate", "/api/v4/spot/candlesticks", "from=1795132800 to=1795165200"),
    ("bitstamp", "/api/v2/ohlc/btcusd/", "end=1795165200"),
    ("cryptocompare", "/data/v2/histohour", "toTs=1795165200"),
]


@pytest.mark.parametrize(("slug", "path", "params"), OLDER)
def test_older_ones_are_asked_for_exactly(slug: str, path: str, params: str) -> None:
    request = candle_handler(slug).request([hours(limit=10, end=END)])
    assert request.path == path
    assert " ".join(f"{name}={value}" for name, value in request.params).endswith(params)


@pytest.mark.parametrize(("slug", "path", "params"), [case for case in OLDER if case[0] in ("gate", "kucoin")])
def test_a_range_and_a_number_are_never_asked_for_together(slug: str, path: str, params: str) -> None:
    assert "limit" not in dict(candle_handler(slug).request([hours(limit=10, end=END)]).params)


@pytest.mark.parametrize(
    ("interval", "end", "last"),
    [
        ("1h", utc(2026, 11, 20, 9), utc(2026, 11, 20, 8)),
        ("1h", utc(2026, 11, 20, 9, 0, 0, 1), utc(2026, 11, 20, 9)),
        ("1d", utc(2026, 11, 20), utc(2026, 11, 19)),
        ("1w", utc(2026, 11, 22), utc(2026, 11, 16)),
        ("1w", utc(2026, 11, 23), utc(2026, 11, 16)),
    ],
)
def test_the_last_candle_is_the_last_that_opens_before_the_end(interval: str, end: datetime, last: datetime) -> None:
    first = last - timedelta(seconds=2 * INTERVALS[interval])
    span = CandleQuery("bitcoin", interval=interval, limit=3, end=end)
    assert bounds(span) == (first.timestamp(), last.timestamp())


LACKING = [
    *(("coinbase", interval) for interval in ("30m", "4h", "1w")),
    *(("gemini", interval) for interval in ("4h", "1d", "1w")),
    *(("cryptocompare", interval) for interval in ("5m", "15m", "30m", "4h", "1w")),
    *((slug, "1w") for slug in ("kraken", "kucoin", "gate", "bitstamp")),
]


@pytest.mark.parametrize("slug", PAYLOADS)
@pytest.mark.parametrize("interval", INTERVALS)
def test_an_interval_is_accepted_unless_the_venue_lacks_it_or_begins_it_elsewhere(slug: str, interval: str) -> None:
    ask = hours(CANDLE_NAMES.get(slug, "BTC"), interval=interval, limit=1)
    assert candle_handler(slug).accepts(ask) == ((slug, interval) not in LACKING)
    assert not candle_handler(slug).accepts(hours(interval="2h"))


@pytest.mark.parametrize(
    ("slug", "newest", "older"),
    [
        ("binance", 1000, 1000),
        ("bitget", 200, 200),
        ("bitstamp", 1000, 1000),
        ("bybit", 1000, 1000),
        ("coinbase", 300, 300),
        ("cryptocompare", 2000, 2000),
        ("gate", 1000, 999),
        ("gemini", 365, 0),
        ("kraken", 720, 0),
        ("kucoin", 100, 1500),
        ("okx", 300, 100),
        ("render", 1000, 0),
    ],
)
def test_a_venue_takes_no_more_than_one_answer_holds(slug: str, newest: int, older: int) -> None:
    handler, name = candle_handler(slug), CANDLE_NAMES.get(slug, "BTC")
    assert handler.max_items == 1
    for most, end in ((newest, None), (older, END)):
        assert [handler.accepts(hours(name, limit, end)) for limit in (most, most + 1)] == [most > 0, False]
        assert not handler.accepts(hours(name, 0, end))


@pytest.mark.parametrize("slug", PAYLOADS)
def test_strange_names_and_currencies_are_not_accepted_for_candles_either(slug: str) -> None:
    handler, name = candle_handler(slug), CANDLE_NAMES.get(slug, "BTC")
    assert not handler.accepts(hours("../x"))
    assert not handler.accepts(hours(name, quote="XYZ"))
    assert not handler.accepts(hours(name, quote="BTC"))


@pytest.mark.parametrize(
    ("slug", "body", "status"),
    [
        ("binance", "error_symbol.json", 400),
        ("coinbase", "error_404.json", 404),
        ("kraken", "error_pair.json", 200),
        ("bybit", "error_10001_symbol.json", 200),
        ("bitstamp", "error_pair.json", 404),
        ("cryptocompare", "error_2.json", 200),
    ],
)
def test_a_pair_that_is_refused_is_unknown(slug: str, body: str, status: int) -> None:
    assert no_candles(slug, body, status=status) is Outcome.UNKNOWN_ASSET


@pytest.mark.parametrize(
    ("slug", "body"),
    [
        ("binance", b"[]"),
        ("bitget", b'{"code":"00000","msg":"success","data":[]}'),
        ("coinbase", b"[]"),
        ("kraken", b'{"error":[],"result":{"last":0}}'),
        ("okx", b'{"code":"0","msg":"","data":[]}'),
        ("bybit", b'{"retCode":0,"retMsg":"OK","result":{"category":"spot","symbol":"BTCUSDT","list":[]},"time":1}'),
        ("kucoin", b'{"code":"200000","data":[]}'),
        ("kucoin", b'{"code":"200000","data":null}'),
        ("gate", b"[]"),
        ("bitstamp", b'{"data":{"pair":"BTC/USD","ohlc":[]}}'),
        ("gemini", b"[]"),
        ("cryptocompare", b'{"Response":"Success","Data":{"Data":[]}}'),
        ("render", b'{"success":true,"data":[]}'),
    ],
)
def test_no_candles_are_an_honest_nothing(slug: str, body: bytes) -> None:
    assert candles(slug, body) is None


def test_a_halted_pairs_last_candles_are_nothing_while_a_quiet_one_is_told() -> None:
    body = klines(GOOD)
    assert candles("binance", body, hours(limit=10), ELEVEN + timedelta(hours=24)) is not None
    assert candles("binance", body, hours(limit=10), ELEVEN + timedelta(hours=25)) is None
    assert candles("binance", body, hours(limit=30), ELEVEN + timedelta(hours=25)) is not None
    assert candles("binance", body, hours(limit=10, end=TWELVE), ELEVEN + timedelta(days=900)) is not None


@pytest.mark.parametrize(
    ("prices", "outcome"),
    [
        (("100", "104", "90", "105"), Outcome.IMPLAUSIBLE),
        (("100", "110", "101", "105"), Outcome.IMPLAUSIBLE),
        (("100", "90", "110", "105"), Outcome.IMPLAUSIBLE),
        (("0", "110", "0", "105"), Outcome.IMPLAUSIBLE),
        (("100", "NaN", "90", "105"), Outcome.IMPLAUSIBLE),
        (("-100", "110", "-200", "105"), Outcome.IMPLAUSIBLE),
        (("", "110", "90", "105"), Outcome.BROKEN),
        (("soon", "110", "90", "105"), Outcome.BROKEN),
    ],
)
def test_a_candle_that_cannot_be_spoils_the_answer(prices: tuple[str, ...], outcome: Outcome) -> None:
    assert no_candles("binance", klines(GOOD, kline(TWELVE, *prices))) is outcome


@pytest.mark.parametrize(
    ("opens", "outcome"),
    [
        (ELEVEN + timedelta(minutes=30), Outcome.IMPLAUSIBLE),
        (ELEVEN + timedelta(milliseconds=1), Outcome.IMPLAUSIBLE),
        (utc(2026, 11, 23, 13), Outcome.IMPLAUSIBLE),
        (utc(1970, 1, 1), Outcome.BROKEN),
    ],
)
def test_a_time_off_the_hour_in_the_future_or_in_another_unit_is_refused(opens: datetime, outcome: Outcome) -> None:
    assert no_candles("binance", klines(kline(opens, "100", "110", "90", "105"))) is outcome


def test_weeks_begin_on_mondays_and_nothing_else_is_a_week() -> None:
    monday, thursday = utc(2026, 11, 16), utc(2026, 11, 19)
    weeks = hours(interval="1w")
    result = candles("binance", klines(kline(monday, "100", "110", "90", "105")), weeks)
    assert result is not None
    assert [candle.closed for candle in result.candles] == [True]
    assert no_candles("binance", klines(kline(thursday, "100", "110", "90", "105")), weeks) is Outcome.IMPLAUSIBLE


def test_one_candle_told_twice_is_one_and_two_of_one_time_are_broken() -> None:
    result = candles("binance", klines(GOOD, GOOD))
    assert result is not None
    assert len(result.candles) == 1
    assert no_candles("binance", klines(GOOD, kline(ELEVEN, "100", "110", "90", "106"))) is Outcome.BROKEN


def test_missing_intervals_stay_missing() -> None:
    result = candles("binance", klines(kline(utc(2026, 11, 23, 8), "100", "110", "90", "105"), GOOD))
    assert result is not None
    assert [candle.opens.hour for candle in result.candles] == [8, 11]


@pytest.mark.parametrize(("volume", "quoted"), [("100", "1"), ("1", "30000"), ("-1", "-100"), ("NaN", "NaN")])
def test_volumes_that_do_not_fit_the_prices_are_not_told(volume: str, quoted: str) -> None:
    result = candles("binance", klines(kline(ELEVEN, "100", "110", "90", "105", volume=volume, quoted=quoted)))
    assert result is not None
    assert (result.candles[0].volume, result.candles[0].quote_volume) == (None, None)


def test_a_candle_without_a_trade_has_volumes_of_zero() -> None:
    result = candles("binance", klines(kline(ELEVEN, "100", "100", "100", "100", volume="0.00", quoted="0.00")))
    assert result is not None
    assert (result.candles[0].volume, result.candles[0].quote_volume) == (D(0), D(0))


def test_the_venues_flag_outweighs_our_clock() -> None:
    later = NOW + timedelta(hours=2)
    for slug in ("okx", "gate", "kraken"):
        result = candles(slug, PAYLOADS[slug], at=later)
        assert result is not None
        assert [candle.closed for candle in result.candles] == [True, True, False]
    result = candles("binance", "klines.json", at=later)
    assert result is not None
    assert result.candles[-1].closed


@pytest.mark.parametrize(
    ("slug", "body"),
    [
        ("bitstamp", b'{"data":{"pair":"ETH/USD","ohlc":[]}}'),
        ("bybit", b'{"retCode":0,"result":{"category":"spot","symbol":"ETHUSDT","list":[]}}'),
        ("bybit", b'{"retCode":0,"result":{"category":"linear","symbol":"BTCUSDT","list":[]}}'),
        ("okx", b'{"code":"0","data":[["1795431600000","1","1","1","1","1","1","1","2"]]}'),
        ("okx", b'{"code":"0","data":[["1795431600000","1","1","1","1","1"]]}'),
        ("kraken", b'{"error":[],"result":{"BTC/USD":5,"last":1}}'),
        ("coinbase", b'[{"low":1}]'),
        ("cryptocompare", b'{"Response":"Success","Data":{}}'),
    ],
)
def test_another_pairs_market_or_shape_is_broken(slug: str, body: bytes) -> None:
    assert no_candles(slug, body) is Outcome.BROKEN


def test_bybits_own_time_is_passed_on_and_the_others_have_none() -> None:
    result = candles("bybit", "kline.json")
    assert result is not None
    assert result.as_of == utc(2026, 11, 23, 12, 19, 59, 700_000)
    other = candles("okx", "candles.json")
    assert other is not None
    assert other.as_of is None
