"""What would be right: the sandbox's own market and newsroom, which are functions of seed and time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

from providers.domain.market_data import INTERVALS
from providers.sandbox import newsroom
from providers.sandbox.coins import read_coins
from providers.sandbox.market import DAY, Market

CATALOGUE = Path(__file__).parents[2] / "markets" / "assets" / "asset_catalogue.csv"
SEED = 1
CLOSE = 0.004
"""Spread, a venue's own price, rounding, and the seconds between an answer and the clock it is compared with."""


class Truth:
    """The market that the fakes answer from."""

    def __init__(self) -> None:
        self.coins = read_coins(CATALOGUE.read_text())
        self.market = Market(SEED, self.coins)

    def price(self, coin: str, currency: str, at: float) -> float:
        """The fair price of a coin (symbol or id) at a unix time."""
        return self.market.cross(self.slug(coin), currency, at)

    def slug(self, coin: str) -> str:
        found = self.market.find(coin)
        assert found is not None, f"no such coin: {coin}"
        return found.slug

    def change_24h(self, coin: str, at: float) -> float:
        """In percent, in USD."""
        return (self.price(coin, "USD", at) / self.price(coin, "USD", at - DAY) - 1) * 100

    def stories(self, outlet: str, until: float) -> set[tuple[str, int]]:
        """Title and time of what an outlet has lately written."""
        return {(story.title, story.published) for story in newsroom.written(SEED, outlet, self.coins, until, 40)}


def near(answer: object, right: float, within: float = CLOSE) -> bool:
    return abs(float(str(answer)) / right - 1) <= within


def unix(moment: str) -> float:
    """An ISO 8601 time as seconds."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", moment), moment
    return datetime.fromisoformat(moment).timestamp()


def ends(opens: str, interval: str, by: float) -> float:
    """When a candle's close was: at its end, or, while it is forming, by then."""
    return min(unix(opens) + timedelta(seconds=INTERVALS[interval]).total_seconds(), by)
