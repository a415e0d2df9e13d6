"""The deadline and the hedge: nobody waits for the hung, and nobody is blamed for time he never had."""

from __future__ import annotations

import time
from typing import Any

import pytest

from providers.resilience import hedging
from tests.providers.engine_harness import BTC, ETH, SOL, Road, tried

HANGS: dict[str, dict[str, Any]] = {
    "hang": {"at": "request"},
    "hang at connecting": {"at": "connect"},
    "drip": {"at": "body", "ms": 40},
    "drip in the headers": {"at": "headers", "ms": 40},
}


def spend_extra_calls(road: Road) -> None:
    while road.engine.state.health.take_extra_call(time.time()):
        pass


@pytest.mark.parametrize("what", HANGS)
def test_the_next_provider_answers_far_before_the_deadline_of_a_hung_first(road: Road, what: str) -> None:
    road.build("binance", "kraken", deadline_ms=10_000, calm=False)
    road.sandbox.fault("binance", what.split(maxsplit=1)[0], **HANGS[what])
    result = road.ask()
    assert road.right(result) == "kraken"
    assert tried(result) == ["binance lost_hedge", "kraken ok"]
    assert result.decision.ms < 3000


def test_a_learned_latency_makes_the_hedge_come_sooner(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hedging, "UNKNOWN_S", 60.0)  # a third of the deadline, then
    road.build("binance", "kraken", deadline_ms=18_000, calm=False)
    for _ in range(10):
        road.ask()
    road.sandbox.fault("binance", "hang")
    first, second = sorted(road.ask().decision.attempts, key=lambda attempt: attempt.at_ms)
    assert (first.provider, second.provider) == ("binance", "kraken")
    assert second.at_ms < 5000


def test_a_hung_endpoint_is_blamed_once_it_has_lost_twice_in_a_row_and_nobody_else(road: Road) -> None:
    road.build("binance", "kraken", calm=False)
    road.sandbox.fault("binance", "hang", n=0)
    road.ask()
    assert road.blamed() == set(), "one slow answer is chance"
    road.ask()
    assert road.blamed() == {"binance/0"}


def test_the_loser_of_a_hedge_is_cut_off(road: Road) -> None:
    road.build("binance", "kraken", deadline_ms=10_000, calm=False)
    road.sandbox.fault("binance", "hang")
    road.ask()
    road.finish_pending()
    assert [call["cut"] for call in road.sandbox.log("binance")] == [True]


def test_a_single_slow_answer_is_hedged_and_leaves_no_mark(road: Road) -> None:
    road.build("binance", "kraken", calm=False)
    road.sandbox.fault("binance", "slow", ms=2500, count=1)
    assert road.right(road.ask()) == "kraken"
    assert tried(road.ask())[0].split()[0] == "binance"
    assert road.blamed() == set()


def test_without_a_hedge_to_spare_the_first_gets_its_share_and_its_siblings_are_not_blamed(road: Road) -> None:
    road.build("binance", "kraken", deadline_ms=2500)
    road.sandbox.fault("binance", "hang", n=0)
    spend_extra_calls(road)
    result = road.ask()
    assert road.right(result) == "kraken"
    assert tried(result) == ["binance timeout", "kraken ok"]
    assert result.decision.attempts[1].at_ms >= 1490
    assert road.blamed() == {"binance/0"}


def test_the_siblings_of_a_first_that_used_up_its_share_come_after_the_others(road: Road) -> None:
    road.build("binance", "kraken", deadline_ms=8000, calm=False)
    road.sandbox.fault("binance", "hang", n=0)
    road.sandbox.fault("kraken", "status", status=500)
    spend_extra_calls(road)
    result = road.ask()
    assert road.right(result) == "binance"
    assert tried(result) == ["binance lost_hedge", "kraken broken", "binance ok"]


def test_the_only_provider_of_a_chain_has_all_the_time(road: Road) -> None:
    road.build("kraken", deadline_ms=2500)
    road.sandbox.fault("kraken", "slow", ms=1600)  # more than the first of several has
    assert road.right(road.ask()) == "kraken"


def test_a_chain_whose_others_are_out_leaves_the_first_all_the_time(road: Road) -> None:
    road.build("kraken", "coincap", deadline_ms=2500)
    road.sandbox.fault("kraken", "slow", ms=1600)  # more than the first of several has
    assert road.right(road.ask()) == "kraken"


def test_when_all_hang_the_answer_is_that_the_deadline_passed_at_the_deadline(road: Road) -> None:
    road.build("binance", "kraken", "coingecko", deadline_ms=600, calm=False)
    road.sandbox.fault("*", "hang")
    result = road.ask()
    assert result.answered == {}
    assert result.missing == {BTC: "unavailable"}
    assert result.decision.status == "deadline"
    assert 590 <= result.decision.ms < 2000


def test_an_attempt_that_had_no_time_to_speak_of_is_not_blamed(road: Road) -> None:
    road.build("kraken", deadline_ms=1000, calm=False)
    road.sandbox.fault("kraken", "hang")
    result = road.ask(deadline_s=0.05)
    assert tried(result) == ["kraken timeout"]
    assert road.blamed() == set()


def test_a_provider_known_to_be_slow_is_still_blamed_for_hanging_in_a_short_chain(road: Road) -> None:
    road.build("kraken", "binance", deadline_ms=2500)
    road.sandbox.fault("kraken", "hang")
    spend_extra_calls(road)
    assert tried(road.ask()) == ["kraken timeout", "binance ok"]
    assert road.blamed() == {"kraken/0"}


def test_what_comes_after_the_deadline_changes_no_answer_given(road: Road) -> None:
    road.build("binance", "kraken", deadline_ms=500, calm=False)
    road.sandbox.fault("*", "slow", ms=450)
    result = road.ask(BTC, ETH, SOL, deadline_s=0.42)
    before = dict(result.answered), dict(result.missing)
    road.finish_pending()
    assert (result.answered, result.missing) == before


def test_without_a_hedge_to_spare_a_slow_answer_is_waited_for(road: Road) -> None:
    road.build("binance", "kraken", deadline_ms=8000, calm=False)
    spend_extra_calls(road)
    road.sandbox.fault("binance", "slow", ms=300)  # past its hedge's time, and far from hopeless
    result = road.ask()
    assert tried(result) == ["binance ok"]


def test_a_hopelessly_long_attempt_is_left_even_when_no_hedge_is_left(road: Road) -> None:
    road.build("binance", "kraken", deadline_ms=8000, calm=False)
    road.sandbox.fault("binance", "hang")
    spend_extra_calls(road)
    result = road.ask()
    assert road.right(result) == "kraken"
    assert tried(result) == ["binance lost_hedge", "kraken ok"]  # left, not waited out
