"""After an outage: who tries first, who stays away, and what is asked when nothing is healthy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from providers.models import Health, Lease
from providers.state.snapshot import PROBER_LEASE
from tests.providers.engine_harness import BTC, Road, tried

pytestmark = pytest.mark.relaxed_timing


def broken(road: Road, *slugs: str) -> None:
    """Each of these is out, with an open breaker."""
    for slug in slugs:
        road.sandbox.fault(slug, "status", status=500)
    for _ in range(3):
        road.ask()


def a_prober_lives(road: Road) -> None:
    Lease.objects.create(name=PROBER_LEASE, holder="x", until=datetime.now(UTC) + timedelta(hours=1))
    road.engine.state.refresh()


def later(seconds: float) -> time_machine.travel:
    return time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds), tick=False)


def test_an_open_provider_is_not_asked(road: Road) -> None:
    road.build("kraken", "binance")
    broken(road, "kraken")
    seen = road.calls("kraken")
    for _ in range(10):
        assert tried(road.ask()) == ["binance ok"]
    assert road.calls("kraken") == seen == 3


def test_without_a_prober_one_user_call_is_the_trial_and_its_failure_costs_the_user_nothing(road: Road) -> None:
    road.build("kraken", "binance")
    broken(road, "kraken")
    with later(3):
        assert tried(road.ask()) == ["kraken broken", "binance ok"]
        assert [tried(road.ask()) for _ in range(5)] == [["binance ok"]] * 5


def test_without_a_prober_a_good_trial_brings_it_back(road: Road) -> None:
    road.build("kraken", "binance")
    broken(road, "kraken")
    road.sandbox.clear()
    with later(3):
        assert tried(road.ask()) == ["kraken ok"]
    with later(20):
        assert [tried(road.ask()) for _ in range(5)] == [["kraken ok"]] * 5


def test_while_a_prober_lives_users_stay_away_however_long_it_takes(road: Road) -> None:
    road.build("kraken", "binance")
    broken(road, "kraken")
    a_prober_lives(road)
    seen = road.calls("kraken")
    with later(600):
        assert [tried(road.ask()) for _ in range(5)] == [["binance ok"]] * 5
    assert road.calls("kraken") == seen


def test_a_probe_brings_it_back_and_its_traffic_returns_gradually(road: Road) -> None:
    road.build("kraken", "binance")
    broken(road, "kraken")
    a_prober_lives(road)
    road.sandbox.clear()
    road.probe()
    firsts = [tried(road.ask())[0] for _ in range(40)]
    assert 1 <= firsts.count("kraken ok") < 30
    with later(20):
        assert {tried(road.ask())[0] for _ in range(10)} == {"kraken ok"}


def test_outages_that_follow_each_other_open_for_longer(road: Road) -> None:
    road.build("kraken", "binance")
    broken(road, "kraken")
    trips = []
    for seconds in (3, 8, 18):
        with later(seconds):
            road.ask()
        trips.append(Health.objects.get(open_until__isnull=False).trips)
    assert trips == [2, 3, 4]


def test_when_nothing_is_healthy_the_open_ones_are_the_last_resort(road: Road) -> None:
    road.build("kraken", "coingecko")
    broken(road, "kraken", "coingecko")
    a_prober_lives(road)
    road.sandbox.heal("coingecko")
    assert road.right(road.ask()) == "coingecko"


def test_last_resorts_keep_to_the_budget(road: Road) -> None:
    road.build("kraken", "coingecko")
    broken(road, "kraken", "coingecko")
    a_prober_lives(road)
    seen = road.calls()
    for _ in range(20):
        road.ask()
    assert road.calls() - seen <= 5
    reasons = {skip.reason for skip in road.engine.recent[-1].skips}
    assert "last resort, and the extra-call budget is used up" in reasons


def test_what_is_left_to_the_prober_is_not_asked(road: Road) -> None:
    road.build("kraken", "coingecko")
    broken(road, "kraken", "coingecko")
    a_prober_lives(road)
    seen = road.calls()
    assert road.ask(last_resort=False).missing == {BTC: "unavailable"}
    assert road.calls() == seen


@pytest.mark.parametrize("kind", ["refuse", "hang"])
def test_all_dead_says_so_within_the_deadline_and_blames_all(road: Road, kind: str) -> None:
    road.build("kraken", "coingecko", deadline_ms=700)
    road.sandbox.fault("*", kind)
    for _ in range(4):
        result = road.ask()
        assert result.missing == {BTC: "unavailable"}
        assert result.decision.ms < 1500
    assert road.blamed() == {"kraken/0", "coingecko/0"}


def test_a_trial_that_another_call_has_taken_is_said_to_be_so(road: Road) -> None:
    road.build("kraken", "binance")
    broken(road, "kraken")
    with later(3):
        road.ask()
    with later(8.5):
        road.engine.state.health.claim_trial(
            road.engine.state.current().providers["kraken"].endpoints[0], datetime.now(UTC).timestamp()
        )
        assert tried(road.ask()) == ["binance ok"]
    assert "another call is its trial" in {skip.reason for skip in road.engine.recent[-1].skips}
