"""What an operator fills in for Tidemark, the sandbox's exchange that no adapter was written for."""

from __future__ import annotations

from typing import Any

SLUG, NAME = "tidemark", "Tidemark"
REQUEST_FORMAT: dict[str, Any] = {
    "symbol": "{base}-{quote}",
    "quotes": "USDT, EUR",
    "key_use": "optional",
    "key_name": "X-Tidemark-Key",
    "limit_calls": 600,
    "unknown_if": "why.code == 'NO_SUCH_PAIR'",
    "limited_if": "why.code == 'TOO_FAST'",
    "failed_if": "ok == `false`",
}
PRICE: dict[str, Any] = {
    "category": "MARKET_PRICE",
    "path": "/open/v2/pairs/{symbol}/now",
    "shape": "one",
    "name": "pair",
    "price": "trade.last",
    "change": "day.moved_percent",
    "volume": "day.turnover.money",
    "time": "served_ms",
}
CANDLES: dict[str, Any] = {
    "category": "MARKET_OHLCV",
    "path": "/open/v2/pairs/{symbol}/bars",
    "params": "length={interval}\ncount={limit}\nuntil={end_ms}",
    "intervals": "1m, 5m, 1h=60m, 1d=24h",
    "most": 500,
    "shape": "list",
    "rows": "bars.newest_first",
    "time": "from",
    "open": "price.first",
    "high": "price.top",
    "low": "price.bottom",
    "close": "price.final",
    "volume": "traded.coin",
    "quote_volume": "traded.money",
}
BOOK: dict[str, Any] = {
    "category": "MARKET_ORDERBOOK",
    "path": "/open/v2/pairs/{symbol}/ladder",
    "params": "depth={levels}",
    "most": 100,
    "bids": "ladder.buy",
    "asks": "ladder.sell",
    "price": "at",
    "quantity": "size",
    "time": "served_ms",
}
DEFINITIONS = (PRICE, CANDLES, BOOK)
