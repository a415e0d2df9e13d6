"""Categories of questions, and the strategies that order a category's chain. Pure."""

from __future__ import annotations

from enum import StrEnum


class Category(StrEnum):
    """Kind of question; each category has one failover chain."""

    MARKET_PRICE = "MARKET_PRICE"
    MARKET_OHLCV = "MARKET_OHLCV"
    MARKET_VOLUME = "MARKET_VOLUME"
    MARKET_ORDERBOOK = "MARKET_ORDERBOOK"
    MARKET_METADATA = "MARKET_METADATA"
    NEWS = "NEWS"
    SENTIMENT = "SENTIMENT"
    AI_PREDICTION = "AI_PREDICTION"
    TECHNICAL = "TECHNICAL"
    SOCIAL = "SOCIAL"


class Strategy(StrEnum):
    """Order of a chain's healthy links: as listed, by weighted draw, or lowest median latency first."""

    PRIORITY = "priority"
    WEIGHTED = "weighted"
    FASTEST = "fastest"
