"""Answers recorded from the real services: the values their index names, and the outcomes of their errors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest

from providers.domain.outcomes import Failure, Outcome
from tests.providers.adapters.support import handler, lookup_of, one, respond, utc

D = Decimal
Expected = tuple[str, Decimal, Decimal | None, Decimal | None, datetime | None]

# file, provider's name of the coin, quote currency; then currency, price, change, quote volume, time
PRICES: list[tuple[str, str, str, Expected]] = [
    ("binance/ticker_price_BTCUSDT.json", "BTC", "*", ("USDT", D("6622.57"), None, None, None)),
    (
        "binance/ticker_24hr_BTCUSDT_ETHUSDT.json",
        "BTC",
        "*",
        ("USDT", D(69624), D("-3.691"), D("2354076638.5966079"), utc(2024, 11, 1, 5, 30, 18, 472000)),
    ),
    (
        "binance/ticker_24hr_BTCUSDT_ETHUSDT.json",
        "ETH",
        "USDT",
        ("USDT", D("2509.72"), D("-5.165"), D("1131373139.265011"), utc(2024, 11, 1, 5, 30, 18, 420000)),
    ),
    (
        "binance/ticker_24hr_DOGEUSDT.json",
        "DOGE",
        "*",
        ("USDT", D("0.2705"), D("-3.140"), D("365772101.018268"), utc(2021, 8, 27, 5, 33, 42, 749000)),
    ),
    (
        "kraken/ticker_XXBTZUSD.json",
        "XBT",
        "*",
        ("USD", D("78493.8"), None, D("2063.49222799") * D("78503.12107"), None),
    ),
    (
        "kraken/ticker_all_assetVersion1_excerpt.json",
        "BTC",
        "*",
        ("USD", D("65670.3"), None, D("1163.24971332") * D("65805.64322"), None),
    ),
    (
        "kraken/ticker_all_assetVersion1_excerpt.json",
        "PEPE",
        "USD",
        ("USD", D("0.000002852"), None, D("79773023910.16897") * D("0.000002868099"), None),
    ),
    (
        "kraken/ticker_all_assetVersion1_excerpt.json",
        "XDG",
        "*",
        ("USD", D("0.072317"), None, D("15397739.87562625") * D("0.072657645"), None),
    ),
    (
        "coinbase/ticker_BTC-USDT.json",
        "BTC",
        "USDT",
        ("USDT", D("73367.8"), None, None, utc(2024, 3, 13, 11, 10, 41, 270099)),
    ),
    ("coinbase/stats_ETH-USDT.json", "ETH", "USDT", ("USDT", D("2609.96"), D("1.768300"), None, None)),
    (
        "okx/ticker_BTC-USDT.json",
        "BTC",
        "*",
        ("USDT", D("16839.1"), D("1.080491"), D("86702682.03645192"), utc(2023, 1, 4, 20, 19, 20, 203000)),
    ),
    (
        "okx/tickers_SPOT_2.json",
        "MDT",
        "*",
        ("USDT", D("0.01941"), D("1.569859"), D("60824.945945"), utc(2023, 1, 4, 20, 29, 20, 509000)),
    ),
    (
        "okx/tickers_SPOT_2.json",
        "BCD",
        "BTC",
        ("BTC", D("0.000006"), D("2.564103"), D("0.1205"), utc(2023, 1, 4, 20, 29, 5, 5000)),
    ),
    (
        "bybit/tickers_spot_trim.json",
        "BTC",
        "*",
        ("USDT", D(29208), D("-0.59"), D("107304628.41249692"), utc(2023, 8, 16, 5, 19, 22, 284000)),
    ),
    (
        "bybit/tickers_spot_trim.json",
        "BABYDOGE",
        "*",
        ("USDT", D("0.0000000012"), D("-1.40"), D("15749.8575910176506"), utc(2023, 8, 16, 5, 19, 22, 284000)),
    ),
    (
        "kucoin/allTickers_trim.json",
        "NKN",
        "*",
        ("USDT", D("0.079414"), D("-0.04"), D("5582.1354108166"), utc(2023, 1, 1, 15, 6, 35, 1000)),
    ),
    (
        "kucoin/level1_BTC-USDT.json",
        "BTC",
        "*",
        ("USDT", D("16542.7"), None, None, utc(2023, 1, 1, 15, 3, 48, 412000)),
    ),
    ("gate/tickers_BTC_USDT.json", "BTC", "*", ("USDT", D("16618.2"), D("0.28"), D("55137098.012875"), None)),
    ("gate/tickers_multi.json", "VGX", "*", ("USDT", D("0.30547"), D("1.74"), D("168736.14732403"), None)),
    (
        "bitstamp/ticker_btcusdt.json",
        "BTC",
        "USDT",
        ("USDT", D(73285), D("1.58"), D("135.29692054") * 70853, utc(2024, 3, 13, 11, 10, 41)),
    ),
    (
        "bitstamp/ticker_btcusd_2017.json",
        "BTC",
        "USD",
        ("USD", D("4402.16"), None, D("7913.73600771") * D("4396.32"), utc(2017, 10, 3, 4, 4, 5)),
    ),
    (
        "gemini/pubticker_BTCUSD.json",
        "BTC",
        "*",
        (
            "USD",
            D("11381.47"),
            None,
            D("10394749.066094351423000000000000000095"),
            utc(2019, 8, 12, 5, 30),
        ),
    ),
    ("gemini/v2_ticker_BTCUSD.json", "BTC", "*", ("USD", D("9662.94"), D("-4.786144"), None, None)),
    ("coingecko/simple_price_bitcoin_usd.json", "bitcoin", "*", ("USD", D(77705), None, None, None)),
    ("coingecko/simple_price_mcap_algorand_bitcoin.json", "algorand", "*", ("USD", D("1.48"), None, None, None)),
    ("coingecko/simple_price_mcap_algorand_bitcoin.json", "bitcoin", "*", ("USD", D(42492), None, None, None)),
    ("coingecko/simple_price_missing_second_id.json", "bitcoin", "*", ("USD", D(49357), None, None, None)),
    (
        "coingecko/markets_usd_3coins_2026-09-22.json",
        "bitcoin",
        "*",
        ("USD", D(85696), D("5.54247"), D(60751563558), utc(2026, 9, 22, 2, 34)),
    ),
    (
        "coingecko/coin_bitcoin_community_2022-01-31.json",
        "bitcoin",
        "*",
        ("USD", D(38581), D("1.6503"), D(17163833981), utc(2022, 1, 31, 17, 23, 4, 62000)),
    ),
    (
        "coinpaprika/ticker_btc-bitcoin.json",
        "btc-bitcoin",
        "*",
        ("USD", D("38054.559249568"), D("0.9"), D("16010948942.9"), utc(2022, 1, 30, 18, 23, 8)),
    ),
    (
        "coincap/v2_assets_limit10.json",
        "bitcoin",
        "*",
        (
            "USD",
            D("60310.6888208343493939"),
            D("-4.3370911053518709"),
            D("18687028375.6651281279008956"),
            utc(2021, 10, 27, 0, 5, 52, 930000),
        ),
    ),
    (
        "coincap/v2_asset_bitcoin_2025-02-13.json",
        "bitcoin",
        "*",
        (
            "USD",
            D("97988.5774109547375415"),
            D("2.0282219564598007"),
            D("12485110012.7294932098393723"),
            utc(2025, 2, 12, 22, 42, 37, 767000),
        ),
    ),
    (
        "coinmarketcap/v1_listings_latest_trim10.json",
        "1",
        "*",
        ("USD", D("38012.17476016029"), D("0.74837533"), D("17121455404.06376"), utc(2022, 1, 29, 23, 26)),
    ),
    ("cryptocompare/pricemulti_BTC_ETH_LTC.json", "BTC", "*", ("USD", D("2513.55"), None, None, None)),
    ("cryptocompare/pricemulti_BTC_ETH_LTC.json", "BTC", "EUR", ("EUR", D("2204.92"), None, None, None)),
    ("cryptocompare/pricemulti_BTC_ETH_LTC.json", "BTC", "CNY", ("CNY", D("17441.13"), None, None, None)),
    ("cryptocompare/pricemulti_BTC_ETH_LTC.json", "ETH", "*", ("USD", D("236.99"), None, None, None)),
    ("cryptocompare/pricemulti_BTC_ETH_LTC.json", "LTC", "*", ("USD", D("48.46"), None, None, None)),
    (
        "cryptocompare/pricemultifull_BTC_USD.json",
        "BTC",
        "*",
        ("USD", D("4563.88"), D("1.4770592224482828"), D("504520318.88032025"), utc(2017, 9, 7, 3, 19, 32)),
    ),
    (
        "defillama/current_bitcoin_ethereum.json",
        "bitcoin",
        "*",
        ("USD", D("60580.28121336298"), None, None, utc(2026, 6, 24, 15, 40, 4)),
    ),
    (
        "defillama/current_bitcoin_ethereum.json",
        "ethereum",
        "*",
        ("USD", D("1631.5124365600311"), None, None, utc(2026, 6, 24, 15, 40, 4)),
    ),
    ("defillama/current_usdc_tether.json", "tether", "*", ("USD", D(1), None, None, utc(2025, 7, 21, 6, 29, 3))),
    ("defillama/current_two.json", "chainlink", "*", ("USD", D("19.83"), None, None, utc(2025, 7, 21, 6, 28, 53))),
    ("defillama/current_two.json", "arbitrum", "*", ("USD", D("0.495782"), None, None, utc(2025, 7, 21, 6, 29, 4))),
    (
        "defillama/historical_matic_2024-08-24.json",
        "matic-network",
        "*",
        ("USD", D("0.540342"), None, None, utc(2024, 8, 23, 21, 57, 58)),
    ),
]

# file, status, provider's name of the coin; then the outcome
ERRORS = [
    ("binance/error_400_invalid_symbol.json", 400, "BTC", Outcome.UNKNOWN_ASSET),
    ("binance/error_418_ip_banned.json", 418, "BTC", Outcome.BANNED),
    ("binance/error_451_restricted_location.json", 451, "BTC", Outcome.GEO_BLOCKED),
    ("kraken/error_200_too_many_requests.json", 200, "BTC", Outcome.RATE_LIMITED),
    ("okx/error_200_51001_instrument.json", 200, "NOTACOIN", Outcome.UNKNOWN_ASSET),
    ("bybit/error_200_10001_symbol.json", 200, "NOTACOIN", Outcome.UNKNOWN_ASSET),
    ("kucoin/error_200_900001_symbol.json", 200, "NOTACOIN", Outcome.UNKNOWN_ASSET),
    ("gate/error_400_invalid_currency.json", 400, "NOPE", Outcome.UNKNOWN_ASSET),
    ("coingecko/error_404_coin_not_found.json", 404, "not-a-real-coin-xyz", Outcome.UNKNOWN_ASSET),
    ("coingecko/error_422_missing_ids.json", 422, "bitcoin", Outcome.BAD_REQUEST),
    ("coingecko/error_429_rate_limit.json", 429, "ethereum", Outcome.RATE_LIMITED),
    ("coinpaprika/error_404_deprecated_ticker.txt", 404, "btc-bitcoin", Outcome.BROKEN),
    ("coincap/v2_retired_notice.json", 200, "bitcoin", Outcome.BROKEN),
    ("cryptocompare/error_200_rate_limit.json", 200, "BTC", Outcome.RATE_LIMITED),
    ("cryptocompare/dataapi_error_404_before_listing.json", 404, "BTC", Outcome.NOT_SUPPORTED),
]

# answers of success that know none of what was asked
EMPTY = [
    ("bybit/empty_200_unknown_spot_symbol.json", "NOTACOIN"),
    ("coingecko/simple_price_unknown_vs_currency.json", "bitcoin"),
    ("coingecko/simple_price_missing_second_id.json", "ethereum"),
    ("defillama/current_none.json", "ethereum:0x27Dce1eC4d3f72C3E457Cc50354f1F975dDEf488"),
]

Recorded = Callable[[str], bytes]


def provider(file: str) -> str:
    return file.partition("/")[0]


@pytest.mark.parametrize(("file", "name", "quote", "expected"), PRICES)
def test_a_recorded_price_has_the_values_its_index_names(
    recorded: Recorded, file: str, name: str, quote: str, expected: Expected
) -> None:
    got = one(provider(file), recorded(file), lookup_of(name, quote))
    assert (got.currency, got.price, got.change_24h, got.volume_24h, got.as_of) == expected
    assert (got.volume_scope is None) == (got.volume_24h is None)


@pytest.mark.parametrize(("file", "status", "name", "outcome"), ERRORS)
def test_a_recorded_error_has_its_outcome(
    recorded: Recorded, file: str, status: int, name: str, outcome: Outcome
) -> None:
    with pytest.raises(Failure) as caught:
        handler(provider(file)).parse([lookup_of(name)], respond(recorded(file), status))
    assert caught.value.outcome is outcome


@pytest.mark.parametrize(("file", "name"), EMPTY)
def test_a_recorded_answer_without_the_coin_is_empty_and_never_zero(recorded: Recorded, file: str, name: str) -> None:
    assert handler(provider(file)).parse([lookup_of(name)], respond(recorded(file))) == {}


def test_the_recorded_ban_ends_when_it_says(recorded: Recorded) -> None:
    response = respond(recorded("binance/error_418_ip_banned.json"), 418, at=utc(2022, 8, 10))
    with pytest.raises(Failure) as caught:
        handler("binance").parse([lookup_of("BTC")], response)
    assert caught.value.retry_at == utc(2022, 8, 10, 0, 13, 43, 228000)


def test_the_recorded_rate_limit_of_coingecko_waits_as_long_as_it_said(recorded: Recorded) -> None:
    response = respond(recorded("coingecko/error_429_rate_limit.json"), 429, {"retry-after": "119"}, utc(2022, 9, 29))
    with pytest.raises(Failure) as caught:
        handler("coingecko").parse([lookup_of("ethereum")], response)
    assert caught.value.retry_at == utc(2022, 9, 29, 0, 1, 59)


def test_the_recorded_top_twenty_are_read_in_one_go(recorded: Recorded) -> None:
    names = {"bitcoin": D(37711), "ethereum": D("2573.29"), "tether": D(1), "binancecoin": D("384.51")}
    response = respond(recorded("coingecko/markets_usd_top20_2022-01-29.json"))
    quotes = handler("coingecko").parse([lookup_of(name) for name in names], response)
    assert {quote.asset: quote.price for quote in quotes.values()} == names
