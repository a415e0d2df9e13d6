"""CryptoCompare's own count of a key's calls."""

from __future__ import annotations

import json

import pytest

from providers.adapters import ADAPTERS
from providers.domain.adapter import Allowance, Meter
from providers.domain.outcomes import Failure, Outcome
from tests.providers.adapters.conftest import RECORDED
from tests.providers.adapters.support import payload, respond


def meter() -> Meter:
    found = ADAPTERS["cryptocompare"].meter
    assert found is not None
    return found


def test_calls_made_and_left_are_told_for_each_window() -> None:
    assert meter().parse(respond(payload("cryptocompare", "rate_limit.json"))) == (
        Allowance(1, 1, 19),
        Allowance(60, 12, 288),
        Allowance(3600, 140, 2860),
        Allowance(86_400, 900, 6600),
        Allowance(2_592_000, 47_600, 2400),
    )


def test_the_recorded_count_is_read_as_it_was() -> None:
    path = RECORDED / "cryptocompare/stats_rate_limit.json"
    if not path.exists():
        pytest.skip("no recording: cryptocompare/stats_rate_limit.json")
    limits = meter().parse(respond(path.read_bytes()))
    assert [limit.remaining for limit in limits] == [19, 299, 2993, 7493, 49_962]
    assert [limit.used for limit in limits] == [1, 1, 7, 7, 38]


def test_a_limit_of_nothing_is_none_that_could_be_used_up() -> None:
    assert [Allowance(60, created, left).fraction for created, left in ((0, 0), (57, 3), (1, 0))] == [0, 0.95, 1]


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("error_99.json", Outcome.RATE_LIMITED),
        ("error_key.json", Outcome.UNAUTHORIZED),
        ("full.json", Outcome.BROKEN),
    ],
)
def test_an_error_inside_a_200_has_its_outcome(name: str, outcome: Outcome) -> None:
    with pytest.raises(Failure) as caught:
        meter().parse(respond(payload("cryptocompare", name)))
    assert caught.value.outcome is outcome


@pytest.mark.parametrize("calls", [None, "many", -1, 1.5, [], "NaN"])
def test_a_count_that_is_none_makes_the_answer_broken(calls: object) -> None:
    body = json.loads(payload("cryptocompare", "rate_limit.json"))
    body["Data"]["calls_left"]["hour"] = calls
    with pytest.raises(Failure) as caught:
        meter().parse(respond(json.dumps(body).encode()))
    assert caught.value.outcome is Outcome.BROKEN
