"""Sentiment of texts about the market by a lexicon, with the words behind each score. Pure. No advice.

1. Phrases of up to three words are looked up before words; crypto market terms before the general list.
2. The valence of a word within three words after a negation is multiplied by -0.74 (as in VADER).
3. A text's score is s / sqrt(s² + 15) of the sum s, in (-1, 1): the normalisation
   of VADER (Hutto and Gilbert 2014).
4. The sentiment of several texts is the mean over scored texts; with fewer than ``MIN_SCORED`` it is unknown.
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
    """Sentiment of one text: a score in (-1, 1), and the words with their contributions."""

    score: float
    words: tuple[tuple[str, float], ...]

    @property
    def label(self) -> str:
        """Label of the score: positive, neutral or negative."""
        return label(self.score)


@dataclass(frozen=True, slots=True)
class Mood:
    """Sentiment of several texts. ``score`` is None if too few texts are scored.

    ``count`` texts were read, ``scored`` of them contain words of the lexicon; the three counts add up to ``scored``.
    """

    score: float | None
    count: int
    scored: int
    positive: int
    neutral: int
    negative: int

    @property
    def label(self) -> str | None:
        """Label of the score; None if the score is unknown."""
        return None if self.score is None else label(self.score)


def label(score: float) -> str:
    """Label of a score: positive, neutral or negative."""
    if abs(score) < NEUTRAL:
        return "neutral"
    return "positive" if score > 0 else "negative"


def tone(text: str, lexicon: Lexicon) -> Tone | None:
    """Score a text; None if it contains no word of the lexicon."""
    words = _WORD.findall(text.lower().replace("’", "'").replace("-", " "))
    phrases = list(_scored_phrases(words, lexicon))
    if not phrases:
        return None
    total = math.fsum(value for _, value in phrases)
    return Tone(round(total / math.sqrt(total * total + ALPHA), 4), tuple(phrases))


def _scored_phrases(words: Sequence[str], lexicon: Lexicon) -> Iterable[tuple[str, float]]:
    """Phrases and words of the lexicon with their contribution, in order; those with zero valence are left out."""
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
    """Longest phrase of the lexicon that begins at ``start``."""
    for size in range(LONGEST_PHRASE, 0, -1):
        phrase = " ".join(words[start : start + size])
        if phrase in lexicon and start + size <= len(words):
            return phrase
    return None


def mood(tones: Sequence[Tone | None]) -> Mood:
    """Combine the tones of several texts; None stands for a text without words of the lexicon."""
    scores = [tone.score for tone in tones if tone is not None]
    labels = [label(score) for score in scores]
    mean = round(math.fsum(scores) / len(scores), 4) if len(scores) >= MIN_SCORED else None
    shares = (labels.count(name) for name in ("positive", "neutral", "negative"))
    return Mood(mean, len(tones), len(scores), *shares)
