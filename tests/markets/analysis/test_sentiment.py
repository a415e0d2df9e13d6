"""How texts sound: every score with its words, negations turned round, and "not enough to say" where it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.analysis import lexicons
from markets.analysis.sentiment import MIN_SCORED, Tone, label, mood, tone

WORDS = lexicons.lexicon()
SMALL = {"good": 3, "bad": -3, "all time high": 3, "high": 1, "gold": 0}


@pytest.mark.parametrize(
    ("headline", "sounds"),
    [
        ("Bitcoin crashes after exchange hack", "negative"),
        ("Lawsuit accuses founder of fraud", "negative"),
        ("Tether freezes stolen funds of hacker", "negative"),
        ("Solana surges to all-time high", "positive"),
        ("Regulator approves spot fund as inflows set a record", "positive"),
    ],
)
def test_headlines_sound_as_people_would_say(headline: str, sounds: str) -> None:
    found = tone(headline, WORDS)
    assert found is not None
    assert found.label == sounds


def test_a_text_without_a_word_that_says_anything_has_no_score() -> None:
    assert tone("Developers met on Thursday", SMALL) is None
    assert tone("gold", SMALL) is None


def test_a_score_names_the_words_it_is_made_of() -> None:
    assert tone("Good, then bad", SMALL) == Tone(0.0, (("good", 3.0), ("bad", -3.0)))


def test_a_negation_turns_the_words_after_it_round_and_weakens_them() -> None:
    found = tone("not a good day", SMALL)
    assert found is not None
    assert found.words == (("good", -2.22),)


def test_a_phrase_is_read_before_its_words_and_hyphens_do_not_matter() -> None:
    found = tone("An all-time high", SMALL)
    assert found is not None
    assert found.words == (("all time high", 3.0),)


def test_fewer_than_enough_texts_are_not_enough_to_say() -> None:
    few = mood([tone("good", SMALL)] * (MIN_SCORED - 1) + [None] * 10)
    assert (few.score, few.label, few.count, few.scored) == (None, None, MIN_SCORED + 9, MIN_SCORED - 1)


def test_the_whole_is_the_mean_of_those_that_say_anything_with_its_counts() -> None:
    whole = mood([tone("good", SMALL), tone("good", SMALL), tone("bad", SMALL), None])
    one = tone("good", SMALL)
    assert one is not None
    assert whole.score == pytest.approx(one.score / 3, abs=1e-4)
    assert (whole.positive, whole.neutral, whole.negative, whole.scored, whole.count) == (2, 0, 1, 3, 4)


def test_names_of_coins_do_not_colour_what_is_said_of_them() -> None:
    assert tone("Stellar and Optimism publish minutes", WORDS) is None


def test_the_lexicon_holds_the_published_list_and_the_markets_terms() -> None:
    assert len(WORDS) > 3500
    assert all(-5 <= value <= 5 for value in WORDS.values())
    assert (WORDS["bankruptcy"], WORDS["bearish"]) == (-3, -3)


@given(text=st.text(max_size=400))
def test_any_text_has_a_score_within_bounds_or_none(text: str) -> None:
    found = tone(text, WORDS)
    assert found is None or (-1 < found.score < 1 and found.label == label(found.score) and found.words)
