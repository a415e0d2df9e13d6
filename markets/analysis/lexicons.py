"""Sentiment lexicon: a published word list, overridden by crypto market terms. Read once."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from types import MappingProxyType

from markets.analysis.crypto_terms import TERMS
from markets.analysis.sentiment import Lexicon

WORDS = Path(__file__).parent / "lexicon" / "afinn_165_financial.csv"
NAME = "AFINN-165 for financial market news 3.0.0, with the market's own terms"


@cache
def lexicon() -> Lexicon:
    """Words and phrases with their valence from -5 to 5."""
    with WORDS.open(encoding="utf-8", newline="") as lines:
        words = {row["word"]: int(row["valence"]) for row in csv.DictReader(lines)}
    return MappingProxyType({**words, **TERMS})
