"""Whatever the bytes: candles are possible, in order and on their grid, or there is a Failure."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.adapters.shared import parsing
from providers.domain.market_data import Candle
from providers.domain.outcomes import Failure, Outcome
from tests.providers.adapters.mutations import Raw, checked, damaged, mutated, places, render
from tests.providers.adapters.support import CANDLE_NAMES, NOW, candles, hours, payload
from tests.providers.adapters.test_candles import PAYLOADS

CASES = [*PAYLOADS.items(), ("cryptocompare", "histohour_torn.json")]


def outcome_of(slug: str, body: bytes, status: int = 200) -> Outcome:
    """How the reading ended; only OK after possible candles."""
    try:
        result = candles(slug, body, hours(CANDLE_NAMES.get(slug, "BTC"), limit=2), status=status)
    except Failure as failure:
        return checked(failure)
    if result is not None:
        assert 1 <= len(result.candles) <= 2
        assert all(before.opens < after.opens for before, after in pairwise(result.candles))
        for candle in result.candles:
            assert_possible(candle)
    return Outcome.OK


def assert_possible(candle: Candle) -> None:
    assert 0 < candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= candle.high
    assert candle.high <= parsing.HIGHEST_PRICE
    assert candle.volume is None or 0 <= candle.volume <= parsing.HIGHEST_AMOUNT
    assert candle.quote_volume is None or candle.quote_volume >= 0
    assert candle.opens <= NOW + timedelta(minutes=5)
    assert (candle.opens.minute, candle.opens.second, candle.opens.microsecond) == (0, 0, 0)


@pytest.mark.parametrize(("slug", "name"), CASES)
@given(data=st.data())
def test_a_mutated_answer_is_possible_candles_or_a_failure(slug: str, name: str, data: st.DataObject) -> None:
    outcome_of(slug, mutated(payload(slug, name), data))


@pytest.mark.parametrize(("slug", "name"), CASES)
@given(data=st.data())
@settings(max_examples=20)
def test_damaged_bytes_are_possible_candles_or_a_failure(slug: str, name: str, data: st.DataObject) -> None:
    outcome_of(slug, damaged(payload(slug, name), data), data.draw(st.sampled_from([200, 200, 204, 400, 404, 429])))


@pytest.mark.parametrize(("slug", "name"), CASES)
def test_a_truncated_answer_is_broken_wherever_it_ends(slug: str, name: str) -> None:
    body = payload(slug, name).strip()
    assert {outcome_of(slug, body[:end]) for end in range(0, len(body), 7)} == {Outcome.BROKEN}


@pytest.mark.parametrize("slug", PAYLOADS)
@given(body=st.binary(max_size=200), status=st.integers(100, 599))
@settings(max_examples=20)
def test_noise_with_any_status_is_a_failure(slug: str, body: bytes, status: int) -> None:
    outcome = outcome_of(slug, body, status)
    assert outcome not in (Outcome.OK, Outcome.UNKNOWN_ASSET) or 200 <= status < 300
    assert outcome is Outcome.BROKEN or status < 500


@pytest.mark.parametrize(("slug", "name"), CASES)
def test_a_server_error_is_an_outage_whatever_its_body_says(slug: str, name: str) -> None:
    assert outcome_of(slug, payload(slug, name), 503) is Outcome.BROKEN


@pytest.mark.parametrize("slug", PAYLOADS)
@pytest.mark.parametrize("price", ["0", "-3", "NaN", "Infinity", "1e999999"])
def test_a_price_that_cannot_be_is_implausible_everywhere(slug: str, price: str) -> None:
    tree = parsing.decode(payload(slug, PAYLOADS[slug]))
    hit = [
        (container, key)
        for container, key in places(tree)
        if isinstance(container[key], str) and container[key].startswith("83310.9")
    ]
    assert len(hit) == 1, "the newest candle's high"
    for container, key in hit:
        container[key] = Raw(price) if isinstance(container[key], parsing.Numeral) else price
    assert outcome_of(slug, render(tree).encode()) is Outcome.IMPLAUSIBLE
