"""Candles recorded from the real services: the rows their index names, in order, with the right columns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from providers.domain.adapter import Lookup
from providers.domain.market_data import CandleQuery
from providers.domain.outcomes import Outcome
from tests.providers.adapters.support import candles, hours, no_candles, utc

D = Decimal
Recorded = Callable[[str], bytes]
Row = tuple[datetime, Decimal, Decimal, Decimal, Decimal, Decimal | None, Decimal | None]


def days(name: str = "BTC", quote: str = "*") -> Lookup[CandleQuery]:
    return hours(name, limit=1000, interval="1d", quote=quote)


# file, what was asked, when it was received; then how many candles, how many of them forming, the first and the last
# one: opening time, open, high, low, close, volume, quote volume
CASES: list[tuple[str, Lookup[CandleQuery], datetime, int, int, Row, Row]] = [
    (
        "binance/klines_BTCUSDT_1h_176.json",
        hours(limit=1000),
        utc(2023, 1, 8, 3, 30),
        176,
        1,
        (
            utc(2022, 12, 31, 20),
            *(D("16570.14"), D("16574.97"), D("16564.09"), D("16568.60"), D("2622.14355"), D("43448487.2189843")),
        ),
        (
            utc(2023, 1, 8, 3),
            *(D("16931.46"), D("16944.62"), D("16926.17"), D("16944.02"), D("4396.50361"), D("74448490.1101275")),
        ),
    ),
    (
        "binance/klines_LTCBTC_1h_2.json",
        hours("LTC", quote="BTC"),
        utc(2021, 3, 18, 2),
        2,
        0,
        (utc(2021, 3, 18), D("0.003496"), D("0.0035"), D("0.003469"), D("0.003495"), D("10438.37"), D("36.31825436")),
        (
            utc(2021, 3, 18, 1),
            *(D("0.003496"), D("0.003497"), D("0.003474"), D("0.003479"), D("5635.9"), D("19.65151327")),
        ),
    ),
    (
        "kraken/ohlc_BTCUSD_60_4rows.json",
        hours(),
        utc(2026, 9, 25, 18, 30),
        4,
        1,
        (
            utc(2026, 9, 25, 15),
            *(D("84001.9"), D("84075.9"), D("83351.5"), D("83777.5"), D("159.04484404")),
            D("159.04484404") * D("83714.6"),
        ),
        (
            utc(2026, 9, 25, 18),
            *(D("83765.3"), D("84050.3"), D("83765.3"), D("84030.6"), D("53.72114923")),
            D("53.72114923") * D("83921.9"),
        ),
    ),
    (
        "kraken/ohlc_XXBTZUSD_1440.json",
        hours("XBT", limit=720, interval="1d"),
        utc(2026, 8, 17, 12),
        10,
        1,
        (
            utc(2026, 8, 8),
            *(D("64886.2"), D("65141.9"), D(64800), D("64901.1"), D("408.98379809")),
            D("408.98379809") * D("64985.3"),
        ),
        (
            utc(2026, 8, 17),
            *(D("62819.1"), D("63462.1"), D("62683.4"), D(63426), D("374.770215")),
            D("374.770215") * D(63029),
        ),
    ),
    (
        "coinbase/candles_BTC-USD_86400_10.json",
        days(),
        utc(2026, 8, 11),
        10,
        0,
        (utc(2026, 8, 1), D("62826.69"), D(63093), D("62209.81"), D("62764.2"), D("3060.55404241"), None),
        (utc(2026, 8, 10), D("64848.68"), D("65341.83"), D("63733.03"), D("63911.88"), D("6197.02944527"), None),
    ),
    (
        "coinbase/candles_BTC-EUR_86400_7.json",
        days(quote="EUR"),
        utc(2021, 1, 7, 20),
        7,
        1,
        (utc(2021, 1, 1), D("23706.73"), D(24250), D("23512.7"), D("24070.97"), D("1830.04655405"), None),
        (utc(2021, 1, 7), D("29818.73"), D(32900), D("29516.98"), D("32120.19"), D("5957.46980324"), None),
    ),
    (
        "okx/candles_BTC-USDT_1Dutc_3.json",
        days(),
        utc(2021, 9, 22),
        3,
        0,
        (
            utc(2021, 9, 19),
            *(D("48305.4"), D("48372.1"), D("46833.5"), D("47244.4"), D("11320.85422277"), D("540966638.7558204")),
        ),
        (
            utc(2021, 9, 21),
            *(D("43016.9"), D("43635.5"), D("39566.8"), D("40730.3"), D("28840.93614238"), D("1202901694.1476463")),
        ),
    ),
    (
        "bybit/kline_spot_BTCUSDT_D_1.json",
        days(),
        utc(2025, 4, 29, 8),
        1,
        1,
        (
            utc(2025, 4, 29),
            *(D("95009.9"), D("95461.5"), D("94206.9"), D("94851.4"), D("3434.4692"), D("325599405.76492207")),
        ),
        (
            utc(2025, 4, 29),
            *(D("95009.9"), D("95461.5"), D("94206.9"), D("94851.4"), D("3434.4692"), D("325599405.76492207")),
        ),
    ),
    (
        "kucoin/candles_BTC-USDT_1day_3.json",
        days(),
        utc(2021, 9, 22),
        3,
        0,
        (
            utc(2021, 9, 19),
            *(D(48294), D("48366.5"), D("46816.2"), D("47242.5"), D("3934.78015558"), D("187339847.167268832")),
        ),
        (
            utc(2021, 9, 21),
            *(D("43010.4"), D(43648), D(39571), D("40730.4"), D("10034.90921846"), D("421193931.210906551")),
        ),
    ),
    (
        "gate/candlesticks_BTC_USDT_1d_3.json",
        days(),
        utc(2021, 9, 21, 12),
        3,
        1,
        (
            utc(2021, 9, 19),
            *(D("48296.999"), D("48362.191"), D(46840), D("47236.991"), D("848.0202116972")),
            D("40407667.678275267577927032"),
        ),
        (
            utc(2021, 9, 21),
            *(D(43018), D("43630.051"), D("39605.63"), D("40734.169"), D("2774.4554767767")),
            D("116656369.50972645187708055278"),
        ),
    ),
    (
        "bitstamp/ohlc_btcusd_86400_trim30.json",
        days(),
        utc(2020, 1, 1),
        30,
        0,
        (utc(2019, 12, 2), D("7411.75"), D("7431.07"), D("7140.08"), D("7309.64"), D("4324.30016255"), None),
        (utc(2019, 12, 31), D("7222.74"), D("7302.35"), D("7112.55"), D("7168.36"), D("2638.69130899"), None),
    ),
    (
        "coingecko/ohlc_bitcoin_usd_7d.json",
        hours("bitcoin", limit=42, interval="4h"),
        utc(2021, 5, 15, 15, 34, 27),
        42,
        1,
        (utc(2021, 5, 8, 16), D("57945.79"), D("59122.18"), D("57945.79"), D("59122.18"), None, None),
        (utc(2021, 5, 15, 12), D("48868.6"), D("49675.91"), D("48868.6"), D("49675.91"), None, None),
    ),
    # The last row of both is the forming candle, whose close lies above its high: it is left out.
    (
        "cryptocompare/histohour_BTC_USD_limit10.json",
        hours(),
        utc(2017, 8, 13, 0, 16),
        10,
        0,
        (
            utc(2017, 8, 12, 14),
            *(D("3776.45"), D("3801.24"), D("3776.45"), D("3797.26"), D("3963.89"), D("15025676.28")),
        ),
        (
            utc(2017, 8, 12, 23),
            *(D("3841.7"), D("3884.39"), D("3826.86"), D("3871.62"), D("4262.14"), D("16413742.61")),
        ),
    ),
    (
        "cryptocompare/histoday_BTC_USD_limit10.json",
        days(),
        utc(2017, 8, 13, 1, 2),
        10,
        0,
        (utc(2017, 8, 3), D("2720.53"), D("2822.88"), D("2717.62"), D("2809.99"), D("68102.9"), D("188517085.91")),
        (utc(2017, 8, 12), D("3654.37"), D("3967.26"), D("3611.36"), D("3871.62"), D("123593.57"), D("469532325.43")),
    ),
]


@pytest.mark.parametrize(("file", "asked", "at", "count", "forming", "first", "last"), CASES)
def test_recorded_candles_are_those_their_index_names(
    recorded: Recorded,
    file: str,
    asked: Lookup[CandleQuery],
    at: datetime,
    count: int,
    forming: int,
    first: Row,
    last: Row,
) -> None:
    result = candles(file.partition("/")[0], recorded(file), asked, at)
    assert result is not None
    assert len(result.candles) == count
    assert [candle.closed for candle in result.candles] == [True] * (count - forming) + [False] * forming
    for candle, row in ((result.candles[0], first), (result.candles[-1], last)):
        prices = (candle.opens, candle.open, candle.high, candle.low, candle.close)
        assert (*prices, candle.volume, candle.quote_volume) == row


def test_the_recorded_stamps_of_coingecko_are_four_hours_apart_and_name_the_end(recorded: Recorded) -> None:
    asked, at = hours("bitcoin", limit=42, interval="4h"), utc(2021, 5, 15, 15, 34, 27)
    result = candles("coingecko", recorded("coingecko/ohlc_bitcoin_usd_7d.json"), asked, at)
    assert result is not None
    assert result.currency == "USD"
    assert {after.opens - before.opens for before, after in pairwise(result.candles)} == {timedelta(hours=4)}
    assert (result.candles[0].opens + timedelta(hours=4)).timestamp() == 1_620_504_000


def test_the_recorded_quiet_minutes_of_kraken_are_kept_flat(recorded: Recorded) -> None:
    asked = hours("XBT", limit=720, interval="1m", quote="USDT")
    result = candles("kraken", recorded("kraken/ohlc_XBTUSDT_1_721rows.json"), asked, utc(2025, 11, 11, 0, 17, 30))
    assert result is not None
    assert len(result.candles) == 720
    assert result.candles[0].opens == utc(2025, 11, 10, 12, 18)
    quiet = [candle for candle in result.candles if candle.volume == 0]
    assert len(quiet) in (215, 216)
    assert all(candle.open == candle.close and candle.quote_volume == 0 for candle in quiet)
    assert [candle.closed for candle in result.candles][-2:] == [True, False]


def test_the_two_recorded_rows_of_coinbase_years_apart_are_both_read(recorded: Recorded) -> None:
    body = recorded("coinbase/candles_BTC-EUR_86400_2020-01.json")
    result = candles("coinbase", body, days(quote="EUR"), utc(2020, 10, 17))
    assert result is not None
    first = result.candles[0]
    assert (first.opens, first.open, first.high) == (utc(2020, 1, 1), D("6400.02"), D("6471.44"))
    assert (first.low, first.close, len(result.candles)) == (D("6388.91"), D("6410.22"), 2)


def test_recorded_contracts_of_a_swap_are_not_taken_for_coins(recorded: Recorded) -> None:
    result = candles(
        "okx", recorded("okx/candles_BTC-USDT-SWAP_1m_2.json"), hours(interval="1m"), utc(2025, 5, 12, 23, 55)
    )
    assert result is not None
    assert [candle.volume for candle in result.candles] == [None, None]


def test_the_recorded_torn_rows_would_be_impossible_as_closed_candles(recorded: Recorded) -> None:
    body = recorded("cryptocompare/histohour_BTC_USD_limit10.json")
    later = utc(2017, 8, 13) + timedelta(hours=1)
    assert no_candles("cryptocompare", body, hours(), later) is Outcome.IMPLAUSIBLE


@pytest.mark.parametrize(
    ("file", "status", "outcome"),
    [
        ("binance/error_400_invalid_symbol.json", 400, Outcome.UNKNOWN_ASSET),
        ("kraken/error_200_too_many_requests.json", 200, Outcome.RATE_LIMITED),
        ("okx/error_200_51001_instrument.json", 200, Outcome.UNKNOWN_ASSET),
        ("bybit/error_200_10001_symbol.json", 200, Outcome.UNKNOWN_ASSET),
        ("kucoin/error_200_900001_symbol.json", 200, Outcome.UNKNOWN_ASSET),
        ("gate/error_400_invalid_currency.json", 400, Outcome.UNKNOWN_ASSET),
        ("cryptocompare/error_200_rate_limit.json", 200, Outcome.RATE_LIMITED),
        ("cryptocompare/dataapi_error_404_before_listing.json", 404, Outcome.NOT_SUPPORTED),
    ],
)
def test_a_recorded_error_has_its_outcome_for_candles_too(
    recorded: Recorded, file: str, status: int, outcome: Outcome
) -> None:
    assert no_candles(file.partition("/")[0], recorded(file), status=status) is outcome


def test_the_recorded_empty_list_of_bybit_is_no_candles(recorded: Recorded) -> None:
    assert candles("bybit", recorded("bybit/empty_200_unknown_spot_symbol.json"), hours("NOTACOIN")) is None
