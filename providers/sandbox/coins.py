"""Coins of the sandbox: the rows of the shipped asset catalogue."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from providers.sandbox.levels import level_of

UNVERIFIED = "?"
"""Suffix of an unverified name in the catalogue; the sandbox's providers accept the name."""


@dataclass(frozen=True, slots=True, eq=False)
class Coin:
    """A coin; ``names`` are the providers' own names by provider slug.

    ``level`` is the USD price it moves around, ``cap`` its capitalisation there, ``rank`` counts from 1.
    """

    slug: str
    symbol: str
    name: str
    rank: int
    level: float
    cap: float
    names: Mapping[str, str]

    @property
    def supply(self) -> float:
        """Number of units."""
        return self.cap / self.level

    def name_at(self, provider: str) -> str:
        """A provider's own name; empty if the provider does not list the coin."""
        return self.names.get(provider, "")


def read_coins(text: str) -> tuple[Coin, ...]:
    """Read the coins of a catalogue in CSV (slug, symbol, name, one column for each provider), its order their rank."""
    rows = csv.DictReader(io.StringIO(text))
    return tuple(_coin(rank, row) for rank, row in enumerate(rows, start=1))


def _coin(rank: int, row: Mapping[str, str]) -> Coin:
    level, cap = level_of(row["slug"])
    names = {column: (text or "").removesuffix(UNVERIFIED) for column, text in row.items()}
    return Coin(row["slug"], row["symbol"], row["name"], rank, level, cap, names)
