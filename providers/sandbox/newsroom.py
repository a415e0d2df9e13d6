"""Articles of the sandbox's outlets, a function of seed, outlet and time. Pure.

Each outlet publishes an article every ten minutes about one of the largest coins, with a tone drawn by the seed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from providers.sandbox.coins import Coin
from providers.sandbox.levels import unit

EVERY_S = 600
LARGEST = 12
"""Largest rank of coins in the news."""

GOOD = (
    ("{name} surges as record inflows lift {symbol}", "Analysts call the {name} rally strong after gains all week."),
    ("Regulator approves spot {name} fund", "The approval is a win for {symbol} holders, the issuer says."),
    ("{name} upgrade goes live without a hitch", "Developers celebrate the successful {symbol} upgrade."),
)
BAD = (
    ("{name} plunges after exchange hack", "Thieves stole {symbol} worth millions; losses are mounting."),
    ("Lawsuit accuses {name} promoter of fraud", "Prosecutors say investors in {symbol} were misled."),
    ("{symbol} selloff deepens amid liquidations", "{name} fell with fear spreading among traders."),
)
PLAIN = (
    ("{name} developers publish their meeting notes", "The next {symbol} call is on Thursday."),
    (
        "What the new {name} proposal would change",
        "The method is described in a paper; {symbol} fees stay as they are.",
    ),
)
TONES = (GOOD, BAD, PLAIN)
AUTHORS = ("Ada Okafor", "Jonas Lind", "Mei Tanaka", "Rosa Duarte")


@dataclass(frozen=True, slots=True)
class Story:
    """An article; ``slug`` is its name at the outlet, ``published`` a unix time."""

    outlet: str
    number: int
    slug: str
    title: str
    summary: str
    author: str
    coin: Coin
    published: int


def written(seed: int, outlet: str, coins: Sequence[Coin], until: float, count: int = 25) -> list[Story]:
    """Newest stories of an outlet, newest first."""
    offset = int(EVERY_S * unit(seed, outlet, "offset"))
    last = int(until - offset) // EVERY_S
    return [_story(seed, outlet, coins, number, number * EVERY_S + offset) for number in range(last, last - count, -1)]


def _story(seed: int, outlet: str, coins: Sequence[Coin], number: int, published: int) -> Story:
    def draw(choices: Sequence[object], what: str) -> int:
        return int(unit(seed, outlet, number, what) * len(choices))

    known = coins[:LARGEST]
    coin, tone = known[draw(known, "coin")], TONES[draw(TONES, "tone")]
    title, summary = tone[draw(tone, "story")]
    headline = title.format(name=coin.name, symbol=coin.symbol)
    slug = "-".join(re.findall(r"[a-z0-9]+", headline.lower()))
    named = summary.format(name=coin.name, symbol=coin.symbol)
    return Story(outlet, number, f"{slug}-{number}", headline, named, AUTHORS[draw(AUTHORS, "author")], coin, published)
