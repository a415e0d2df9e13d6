"""Whatever the bytes: a book is possible and in order, or there is a Failure."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.adapters.shared import parsing
from providers.domain.market_data import OrderBook
from providers.domain.outcomes import Failure, Outcome
from tests.providers.adapters.mutations import checked, damaged, mutated
from tests.providers.adapters.support import book, levels, payload
from tests.providers.adapters.test_books import PAYLOADS


def outcome_of(slug: str, body: bytes, status: int = 200) -> Outcome:
    """How the reading ended; only OK after a possible book."""
    try:
        result = book(slug, body, levels(count=2), status)
    except Failure as failure:
        return checked(failure)
    if result is not None:
        assert_possible(result)
    return Outcome.OK


def assert_possible(result: OrderBook) -> None:
    assert 1 <= len(result.bids) <= 2
    assert 1 <= len(result.asks) <= 2
    assert result.bids[0][0] < result.asks[0][0]
    assert all(better[0] > worse[0] for better, worse in pairwise(result.bids))
    assert all(better[0] < worse[0] for better, worse in pairwise(result.asks))
    for price, size in result.bids + result.asks:
        assert parsing.LOWEST_PRICE <= price <= parsing.HIGHEST_PRICE
        assert 0 < size <= parsing.HIGHEST_AMOUNT


@pytest.mark.parametrize("slug", PAYLOADS)
@given(data=st.data())
def test_a_mutated_answer_is_a_possible_book_or_a_failure(slug: str, data: st.DataObject) -> None:
    outcome_of(slug, mutated(payload(slug, PAYLOADS[slug]), data))


@pytest.mark.parametrize("slug", PAYLOADS)
@given(data=st.data())
@settings(max_examples=20)
def test_damaged_bytes_are_a_possible_book_or_a_failure(slug: str, data: st.DataObject) -> None:
    body = damaged(payload(slug, PAYLOADS[slug]), data)
    outcome_of(slug, body, data.draw(st.sampled_from([200, 200, 204, 400, 404, 429])))


@pytest.mark.parametrize("slug", PAYLOADS)
def test_a_truncated_answer_is_broken_wherever_it_ends(slug: str) -> None:
    body = payload(slug, PAYLOADS[slug]).strip()
    assert {outcome_of(slug, body[:end]) for end in range(0, len(body), 7)} == {Outcome.BROKEN}


@pytest.mark.parametrize("slug", PAYLOADS)
@given(body=st.binary(max_size=200), status=st.integers(100, 599))
@settings(max_examples=20)
def test_noise_with_any_status_is_a_failure(slug: str, body: bytes, status: int) -> None:
    outcome = outcome_of(slug, body, status)
    assert outcome not in (Outcome.OK, Outcome.UNKNOWN_ASSET) or 200 <= status < 300
    assert outcome is Outcome.BROKEN or status < 500
