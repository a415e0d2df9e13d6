"""Fields, their spelling (text or number) and their nesting are those of answers recorded from the real providers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.providers.sandbox.wire import call_fake, world

RECORDED = Path(__file__).parents[4] / "shared" / "recorded"
CASES: list[tuple[str, str, dict[str, str]]] = [
    ("binance/ticker_price_BTCUSDT.json", "/api/v3/ticker/price?symbol=BTCUSDT", {}),
    ("binance/ticker_24hr_DOGEUSDT.json", "/api/v3/ticker/24hr?symbol=DOGEUSDT", {}),
    ("binance/bookTicker_BTCUSDT.json", "/api/v3/ticker/bookTicker?symbol=BTCUSDT", {}),
    (
        "binance/ticker_24hr_BTCUSDT_ETHUSDT.json",
        "/api/v3/ticker/24hr?symbols=%5B%22BTCUSDT%22%2C%22ETHUSDT%22%5D",
        {},
    ),
    ("kraken/ticker_XXBTZUSD.json", "/0/public/Ticker?pair=XBTUSD", {}),
    ("coinbase/stats_ETH-USDT.json", "/products/ETH-USDT/stats", {}),
    ("okx/ticker_BTC-USDT.json", "/api/v5/market/ticker?instId=BTC-USDT", {}),
    ("okx/tickers_SPOT_2.json", "/api/v5/market/tickers?instType=SPOT", {}),
    ("bybit/empty_200_unknown_spot_symbol.json", "/v5/market/tickers?category=spot&symbol=NOPEUSDT", {}),
    ("kucoin/allTickers_trim.json", "/api/v1/market/allTickers", {}),
    ("kucoin/level1_BTC-USDT.json", "/api/v1/market/orderbook/level1?symbol=BTC-USDT", {}),
    ("kucoin/error_200_900001_symbol.json", "/api/v1/market/stats?symbol=NOTACOIN-USDT", {}),
    ("gate/tickers_multi.json", "/api/v4/spot/tickers", {}),
    ("gate/error_400_invalid_currency.json", "/api/v4/spot/tickers?currency_pair=NOPE_USD", {}),
    ("bitstamp/ticker_btcusdt.json", "/api/v2/ticker/btcusdt/", {}),
    ("gemini/pubticker_BTCUSD.json", "/v1/pubticker/BTCUSD", {}),
    ("gemini/v2_ticker_BTCUSD.json", "/v2/ticker/BTCUSD", {}),
    ("coingecko/simple_price_bitcoin_usd.json", "/api/v3/simple/price?ids=bitcoin&vs_currencies=usd", {}),
    (
        "coingecko/simple_price_mcap_algorand_bitcoin.json",
        "/api/v3/simple/price?ids=algorand,bitcoin&vs_currencies=usd&include_market_cap=true",
        {},
    ),
    ("coingecko/error_422_missing_ids.json", "/api/v3/simple/price", {}),
    ("coingecko/ohlc_bitcoin_usd_7d.json", "/api/v3/coins/bitcoin/ohlc?vs_currency=usd&days=7", {}),
    ("defillama/current_bitcoin_ethereum.json", "/prices/current/coingecko:bitcoin,coingecko:ethereum", {}),
    (
        "cryptocompare/pricemultifull_BTC_USD.json",
        "/data/pricemultifull?fsyms=BTC&tsyms=USD",
        {"authorization": "Apikey k"},
    ),
    (
        "cryptocompare/pricemulti_BTC_ETH_LTC.json",
        "/data/pricemulti?fsyms=BTC,ETH,LTC&tsyms=USD,EUR",
        {"authorization": "Apikey k"},
    ),
    ("coincap/v2_asset_bitcoin_2025-02-13.json", "/v3/assets/bitcoin", {"authorization": "Bearer k"}),
    ("coinpaprika/ticker_btc-bitcoin.json", "/v1/tickers/btc-bitcoin?quotes=USD", {}),
    ("binance/klines_LTCBTC_1h_2.json", "/api/v3/klines?symbol=LTCBTC&interval=1h", {}),
    ("kraken/ohlc_BTCUSD_60_4rows.json", "/0/public/OHLC?pair=BTC/USD&interval=60", {}),
    ("kraken/ohlc_XXBTZUSD_1440.json", "/0/public/OHLC?pair=XBTUSD&interval=1440", {}),
    ("coinbase/candles_BTC-USD_86400_10.json", "/products/BTC-USD/candles?granularity=86400", {}),
    ("okx/candles_BTC-USDT_1Dutc_3.json", "/api/v5/market/candles?instId=BTC-USDT&bar=1Dutc", {}),
    ("bybit/kline_spot_BTCUSDT_D_1.json", "/v5/market/kline?category=spot&symbol=BTCUSDT&interval=D", {}),
    ("kucoin/candles_BTC-USDT_1day_3.json", "/api/v1/market/candles?symbol=BTC-USDT&type=1day", {}),
    ("gate/candlesticks_BTC_USDT_1d_3.json", "/api/v4/spot/candlesticks?currency_pair=BTC_USDT&interval=1d", {}),
    ("bitstamp/ohlc_btcusd_86400_trim30.json", "/api/v2/ohlc/btcusd/?step=86400&limit=30", {}),
    ("binance/depth_BTCUSDT_limit5.json", "/api/v3/depth?symbol=BTCUSDT&limit=5", {}),
    ("kraken/depth_XBTUSDT.json", "/0/public/Depth?pair=XBTUSDT", {}),
    ("coinbase/book_ETH-USDT_level2_trim50.json", "/products/ETH-USDT/book?level=2", {}),
    ("kucoin/level2_BCHSV-USDT_trim50.json", "/api/v1/market/orderbook/level2_20?symbol=ETH-USDT", {}),
    ("gate/order_book_BTC_USDC.json", "/api/v4/spot/order_book?currency_pair=BTC_USDC&with_id=true", {}),
    ("bitstamp/order_book_ethusd_trim50.json", "/api/v2/order_book/ethusd/", {}),
]
LEFT_OUT = {
    "cryptocompare/pricemultifull_BTC_USD.json": {"DISPLAY"},
    "cryptocompare/pricemulti_BTC_ETH_LTC.json": {"CNY"},
    "coinbase/book_ETH-USDT_level2_trim50.json": {"time"},
    "gate/order_book_BTC_USDC.json": {"current", "update"},
}
"""What nothing should read, what another request would have asked for, or what came only after the recording."""


def shape(value: Any, left_out: frozenset[str]) -> Any:
    """Names and kinds of everything in a JSON value; whether a number is whole is left open."""
    if isinstance(value, dict):
        return {name: shape(one, left_out) for name, one in value.items() if name not in left_out}
    if isinstance(value, list):
        return [shape(value[0], left_out)] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not beside this checkout")
@pytest.mark.parametrize(("name", "target", "headers"), CASES)
def test_an_answer_has_the_shape_of_the_recorded_one(name: str, target: str, headers: dict[str, Any]) -> None:
    recorded = json.loads((RECORDED / name).read_text(encoding="utf-8"))
    result = json.loads(call_fake(world(), Path(name).parts[0], target, **headers).body)
    left_out = frozenset(LEFT_OUT.get(name, ()))
    assert shape(result, left_out) == shape(recorded, left_out)
