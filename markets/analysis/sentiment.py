"""How a text about the market sounds, by a lexicon, each score with the words behind it. Pure. No advice.

1. Phrases of up to three words are looked up before words; the market's own terms before the general list.
2. A word after a negation within three words counts the other way round, weaker (by -0.74, as in VADER).
3. A text's score is s / sqrt(s² + 15) of the sum s, in (-1, 1): the normalisation
   of VADER (Hutto and Gilbert 2014).
4. A whole is the mean of the texts that had such words; of fewer than ``ENOUGH`` there is not enough to say.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

MIN_SCORED = 3
NEUTRAL = 0.05
"""A score this near to zero is neutral (VADER's own bound)."""
ALPHA = 15.0
NEGATED = -0.74
REACH = 3
LONGEST_PHRASE = 3

NEGATIONS = frozenset(
    "no not never none neither nor without cannot cant can't won't wont isn't isnt aren't arent wasn't doesn't don't"
    " dont didn't hasn't haven't fails denies".split()
)
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")

Lexicon = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Tone:
    """How one text sounds: a score in (-1, 1), and what it is made of: words with what each counted."""

    score: float
    words: tuple[tuple[str, float], ...]

    @property
    def label(self) -> str:
        return label(self.score)


@dataclass(frozen=True, slots=True)
class Mood:
    """How many texts sound together. ``score`` is None where too few say anything.

    ``count`` texts were read, ``scored`` of them had words that say something; the three shares add up to ``scored``.
    """

    score: float | None
    count: int
    scored: int
    positive: int
    neutral: int
    negative: int

    @property
    def label(self) -> str | None:
        return None if self.score is None else label(self.score)


def label(score: float) -> str:
    """positive, neutral or negative."""
    if abs(score) < NEUTRAL:
        return "neutral"
    return "positive" if score > 0 else "negative"


def tone(text: str, lexicon: Lexicon) -> Tone | None:
    """How a text sounds; None where no word of the lexicon is in it."""
    words = _WORD.findall(text.lower().replace("’", "'").replace("-", " "))
    found = list(_scored_phrases(words, lexicon))
    if not found:
        return None
    total = math.fsum(value for _, value in found)
    return Tone(round(total / math.sqrt(total * total + ALPHA), 4), tuple(found))


def _scored_phrases(words: Sequence[str], lexicon: Lexicon) -> Iterable[tuple[str, float]]:
    """Phrases and words with what each counts, in their order; those that say nothing are left out."""
    i = 0
    while i < len(words):
        phrase = _longest(words, i, lexicon)
        if phrase is None:
            i += 1
            continue
        value = float(lexicon[phrase])
        if NEGATIONS & set(words[max(0, i - REACH) : i]):
            value = round(NEGATED * value, 2)
        if value:
            yield phrase, value
        i += phrase.count(" ") + 1


def _longest(words: Sequence[str], start: int, lexicon: Lexicon) -> str | None:
    """The longest phrase of the lexicon that begins here."""
    for size in range(LONGEST_PHRASE, 0, -1):
        phrase = " ".join(words[start : start + size])
        if phrase in lexicon and start + size <= len(words):
            return phrase
    return None


def mood(tones: Sequence[Tone | None]) -> Mood:
    """Of many texts' tones the whole; None stands for a text without a word that says anything."""
    scores = [one.score for one in tones if one is not None]
    labels = [label(score) for score in scores]
    mean = round(math.fsum(scores) / len(scores), 4) if len(scores) >= MIN_SCORED else None
    shares = (labels.count(name) for name in ("positive", "neutral", "negative"))
    return Mood(mean, len(tones), len(scores), *shares)
