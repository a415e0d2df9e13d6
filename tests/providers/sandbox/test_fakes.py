"""Every fake's answer, read here by hand, is the market's own price, change, volume and time."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import pytest

from providers.sandbox.fakes import FAKES
from providers.sandbox.faults import read_fault
from providers.sandbox.market import DAY
from tests.providers.sandbox.wire import COINS, NOW, answer, call_fake, world

BEARER: dict[str, Any] = {"authorization": "Bearer key"}
APIKEY: dict[str, Any] = {"authorization": "Apikey key"}


class Reading(NamedTuple):
    """What one body says of bitcoin: price, change in percent, volume in the quote currency, unix time."""

    price: float
    change: float | None = None
    volume: float | None = None
    time: float | None = None


def unix(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def percent(last: Any, opened: Any) -> float:
    return (float(last) / float(opened) - 1) * 100 if float(opened) else 0.0


def read_binance(body: Any) -> Reading:
    return Reading(
        float(body["lastPrice"]),
        float(body["priceChangePercent"]),
        float(body["quoteVolume"]),
        body["closeTime"] / 1000,
    )


def read_kraken(body: Any) -> Reading:
    row = body["result"]["XXBTZUSD"]
    return Reading(float(row["c"][0]), None, float(row["v"][1]) * float(row["p"][1]))


def read_okx(body: Any) -> Reading:
    row = body["data"][0]
    return Reading(
        float(row["last"]), percent(row["last"], row["open24h"]), float(row["volCcy24h"]), int(row["ts"]) / 1000
    )


def read_bybit(body: Any) -> Reading:
    row = body["result"]["list"][0]
    return Reading(
        float(row["lastPrice"]), float(row["price24hPcnt"]) * 100, float(row["turnover24h"]), body["time"] / 1000
    )


def read_kucoin(body: Any) -> Reading:
    row = body["data"]
    return Reading(float(row["last"]), float(row["changeRate"]) * 100, float(row["volValue"]), row["time"] / 1000)


def read_bitget(body: Any) -> Reading:
    row = body["data"][0]
    return Reading(
        float(row["lastPr"]), float(row["change24h"]) * 100, float(row["quoteVolume"]), int(row["ts"]) / 1000
    )


def read_gate(body: Any) -> Reading:
    return Reading(float(body[0]["last"]), float(body[0]["change_percentage"]), float(body[0]["quote_volume"]))


def read_bitstamp(body: Any) -> Reading:
    volume = float(body["volume"]) * float(body["vwap"])
    return Reading(float(body["last"]), float(body["percent_change_24"]), volume, int(body["timestamp"]))


def read_gemini(body: Any) -> Reading:
    return Reading(float(body["last"]), None, float(body["volume"]["USD"]), body["volume"]["timestamp"] / 1000)


def read_coingecko(body: Any) -> Reading:
    row = body["bitcoin"]
    return Reading(row["usd"], row["usd_24h_change"], row["usd_24h_vol"], row["last_updated_at"])


def read_paprika(body: Any) -> Reading:
    row = body["quotes"]["USD"]
    return Reading(row["price"], row["percent_change_24h"], row["volume_24h"], unix(body["last_updated"]))


def read_cmc(body: Any) -> Reading:
    assert body["status"]["error_code"] == "0"
    row = next(row for row in body["data"][0]["quote"] if row["symbol"] == "USD")
    return Reading(row["price"], row["percent_change_24h"], row["volume_24h"], unix(row["last_updated"]))


def read_cmc_simple(body: Any) -> Reading:
    row = body["data"][0]
    return Reading(row["price"], row["percent_change_24h"], row["volume_24h"], unix(row["last_updated"]))


def read_coincap(body: Any) -> Reading:
    row = body["data"][0]
    price, change, volume = (float(row[name]) for name in ("priceUsd", "changePercent24Hr", "volumeUsd24Hr"))
    return Reading(price, change, volume, body["timestamp"] / 1000)


def read_cryptocompare(body: Any) -> Reading:
    row = body["RAW"]["BTC"]["USD"]
    return Reading(row["PRICE"], row["CHANGEPCT24HOUR"], row["VOLUME24HOURTO"], row["LASTUPDATE"])


def read_llama(body: Any) -> Reading:
    row = body["coins"]["coingecko:bitcoin"]
    return Reading(row["price"], time=row["timestamp"])


def read_coinbase(body: Any) -> Reading:
    return Reading(float(body["price"]), time=unix(body["time"]))


def read_render(body: Any) -> Reading:
    assert body["success"] is True
    row = next(row for row in body["data"] if row["id"] == "bitcoin")
    return Reading(row["price"], row["changePercent24h"], row["volume24h"])


def read_tidemark(body: Any) -> Reading:
    turnover = body["day"]["turnover"]["money"]
    price, change = float(body["trade"]["last"]), float(body["day"]["moved_percent"])
    return Reading(price, change, float(turnover), int(body["served_ms"]) / 1000)


GECKO = "ids=bitcoin&vs_currencies=usd&include_24hr_vol=true&include_24hr_change=true&include_last_updated_at=true"
CMC_EXTRAS = "include_volume_24h=true&include_percent_change_24h=true&include_last_updated=true"
CASES: list[tuple[str, str, str, dict[str, str], Callable[[Any], Reading]]] = [
    ("binance", "USDT", "/api/v3/ticker/24hr?symbol=BTCUSDT", {}, read_binance),
    ("binance", "USDC", "/api/v3/ticker/24hr?symbol=BTCUSDC", {}, read_binance),
    ("coinbase", "USD", "/products/BTC-USD/ticker", {}, read_coinbase),
    ("kraken", "USD", "/0/public/Ticker?pair=XBTUSD", {}, read_kraken),
    ("okx", "USDT", "/api/v5/market/ticker?instId=BTC-USDT", {}, read_okx),
    ("bybit", "USDT", "/v5/market/tickers?category=spot&symbol=BTCUSDT", {}, read_bybit),
    ("kucoin", "USDT", "/api/v1/market/stats?symbol=BTC-USDT", {}, read_kucoin),
    ("gate", "USDT", "/api/v4/spot/tickers?currency_pair=BTC_USDT", {}, read_gate),
    ("bitstamp", "USD", "/api/v2/ticker/btcusd/", {}, read_bitstamp),
    ("gemini", "USD", "/v1/pubticker/BTCUSD", {}, read_gemini),
    ("coingecko", "USD", f"/api/v3/simple/price?{GECKO}", {}, read_coingecko),
    ("coinpaprika", "USD", "/v1/tickers/btc-bitcoin?quotes=USD", {}, read_paprika),
    ("coinmarketcap", "USD", "/public-api/v3/cryptocurrency/quotes/latest?id=1", {}, read_cmc),
    ("coinmarketcap", "USD", f"/public-api/v1/simple/price?ids=1&{CMC_EXTRAS}", {}, read_cmc_simple),
    ("coincap", "USD", "/v3/assets?ids=bitcoin", BEARER, read_coincap),
    ("cryptocompare", "USD", "/data/pricemultifull?fsyms=BTC&tsyms=USD", APIKEY, read_cryptocompare),
    ("defillama", "USD", "/prices/current/coingecko:bitcoin", {}, read_llama),
    ("render", "USD", "/api/v1/coingecko/price?limit=250", {}, read_render),
    ("bitget", "USDT", "/api/v2/spot/market/tickers?symbol=BTCUSDT", {}, read_bitget),
    ("tidemark", "USDT", "/open/v2/pairs/BTC-USDT/now", {}, read_tidemark),
]


def test_every_provider_of_prices_is_read_here() -> None:
    assert {slug for slug, *_ in CASES} == {slug for slug, fake in FAKES.items() if fake.listing(COINS)}


@pytest.mark.parametrize(("slug", "currency", "target", "headers", "read"), CASES)
def test_a_fake_tells_the_markets_price_in_its_own_format(
    slug: str, currency: str, target: str, headers: dict[str, Any], read: Callable[[Any], Reading]
) -> None:
    here = world()
    result = read(answer(call_fake(here, slug, target, **headers)))
    assert result.price == pytest.approx(here.market.cross("bitcoin", currency, NOW), rel=5e-4)
    before = here.market.cross("bitcoin", currency, NOW - DAY)
    if result.change is not None:
        assert result.change == pytest.approx(percent(here.market.cross("bitcoin", currency, NOW), before), abs=0.06)
    if result.time is not None:
        assert 0 <= NOW - result.time <= 6
    if result.volume is not None:
        assert 1e4 < result.volume < 1e12


@pytest.mark.parametrize(("slug", "currency", "target", "headers", "read"), CASES)
def test_a_fake_changes_within_some_seconds(
    slug: str, currency: str, target: str, headers: dict[str, Any], read: Callable[[Any], Reading]
) -> None:
    here = world()
    prices = {read(answer(call_fake(here, slug, target, now=NOW + second, **headers))).price for second in (0, 6, 12)}
    assert len(prices) > 1


@pytest.mark.parametrize(("slug", "currency", "target", "headers", "read"), CASES)
@pytest.mark.parametrize("factor", ["nan", "0", "-1", "1e12"])
def test_an_impossible_price_is_told_and_breaks_nothing(
    slug: str, currency: str, target: str, headers: dict[str, Any], read: Callable[[Any], Reading], factor: str
) -> None:
    here = world()
    right = read(answer(call_fake(here, slug, target, **headers))).price
    here.arm(slug, None, [read_fault({"kind": "wrong_price", "factor": factor}, NOW)])
    result = read(answer(call_fake(here, slug, target, **headers))).price
    assert math.isnan(result) if factor == "nan" else result == pytest.approx(right * float(factor), rel=1e-3)


def test_a_venues_book_encloses_its_last_price_and_its_day_encloses_both() -> None:
    row = answer(call_fake(world(), "binance", "/api/v3/ticker/24hr?symbol=ETHUSDT"))
    assert float(row["bidPrice"]) < float(row["lastPrice"]) < float(row["askPrice"])
    assert float(row["lowPrice"]) <= float(row["weightedAvgPrice"]) <= float(row["highPrice"])
    assert float(row["volume"]) * float(row["weightedAvgPrice"]) == pytest.approx(float(row["quoteVolume"]))


def test_render_and_defillama_pass_on_coingeckos_prices() -> None:
    here = world()
    full = f"/api/v3/simple/price?{GECKO}&precision=full"
    theirs = read_coingecko(answer(call_fake(here, "coingecko", full))).price
    assert read_llama(answer(call_fake(here, "defillama", "/prices/current/coingecko:bitcoin"))).price == theirs
    target = "/api/v1/coingecko/price?ids=solana&vs_currencies=eur"
    assert read_render(answer(call_fake(here, "render", target))).price == theirs


def test_render_lists_by_size_and_takes_an_unknown_symbol_as_an_id() -> None:
    def listed(query: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = answer(call_fake(world(), "render", f"/api/v1/coingecko/price?{query}"))["data"]
        return rows

    assert [row["market_cap_rank"] for row in listed("limit=2&ids=solana")] == [1, 2]
    assert [row["symbol"] for row in listed("symbols=BTC,nope,dogwifcoin")] == ["BTC", "DOGWIFCOIN"]


def test_render_answers_an_unknown_time_frame_with_hours() -> None:
    for query in ("interval=1m", "timeframe=7h"):
        target = f"/api/v1/binance/klines?symbol=BTCUSDT&limit=2&{query}"
        first, second = answer(call_fake(world(), "render", target))["data"]
        assert second["timestamp"] - first["timestamp"] == 3_600_000
