"""The status of an answer that could not be given: 404, 503 or 504, from why each requested item is missing."""

from __future__ import annotations

import pytest

from markets.api.problems import problem_for
from markets.feeds.provenance import Meta, missing

UNKNOWN = "No source has it."


def meta(retry_after: int | None = None) -> Meta:
    return Meta(None, None, None, None, None, False, None, False, "miss", "MARKET_PRICE", 0, None, retry_after)


@pytest.mark.parametrize(
    ("codes", "status"),
    [
        (["not_available"], 404),
        (["not_available", "not_available"], 404),
        (["not_available", "unavailable"], 503),
        (["unavailable", "not_available"], 503),
        (["unconfirmed"], 503),
        (["waiting"], 503),
        (["unavailable", "deadline"], 504),
        (["deadline", "not_available"], 504),
        ([], 503),
    ],
)
def test_all_missing_items_decide_the_status_not_the_first(codes: list[str], status: int) -> None:
    assert problem_for([missing(code) for code in codes], meta(), UNKNOWN).status_code == status


def test_a_question_that_names_no_coin_is_never_404() -> None:
    assert problem_for([missing("not_available")], meta()).status_code == 503


def test_items_that_are_not_missing_do_not_count() -> None:
    assert problem_for([None, missing("not_available")], meta(), UNKNOWN).status_code == 404


@pytest.mark.parametrize(("retry_after", "seconds"), [(None, 1), (17, 17)])
def test_503_says_when_to_ask_again(retry_after: int | None, seconds: int) -> None:
    assert getattr(problem_for([missing("unavailable")], meta(retry_after)), "retry_after", None) == seconds
