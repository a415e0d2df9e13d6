"""Nobody is asked before the time he named: not here, not in another process, not after a restart."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection

from providers.credentials import encryption
from providers.models import Cooldown, Provider
from tests.providers.engine_harness import BTC, Road, tried

pytestmark = pytest.mark.relaxed_timing

LIMITED: dict[str, Any] = {"kind": "status", "status": 429, "retry_after": 30}


def limit(road: Road, slug: str = "binance", **changes: Any) -> None:
    road.sandbox.fault(slug, **{**LIMITED, **changes})


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        (LIMITED, "group:binance"),
        ({"kind": "status", "status": 418, "retry_after": 30}, "group:binance"),
        ({"kind": "error200", "error": "rate_limited"}, "group:binance"),
        ({"kind": "status", "status": 451}, "binance/0"),
        ({"kind": "status", "status": 401}, "binance"),
    ],
)
def test_what_parks_parks_exactly_its_scope(road: Road, fault: dict[str, Any], key: str) -> None:
    road.build("binance", "kraken")
    road.sandbox.fault("binance", n=0, **fault)
    road.ask()
    road.finish_pending()
    assert [road.words(found) for found in Cooldown.objects.values_list("key", flat=True)] == [key]


def test_a_limited_provider_is_called_once_and_then_left_alone(road: Road) -> None:
    road.build("binance", "kraken")
    limit(road)
    for _ in range(10):
        assert road.right(road.ask()) == "kraken"
    road.probe()
    assert road.calls("binance") == 1
    until = Cooldown.objects.get(key="group:binance").until
    assert timedelta(seconds=25) < until - datetime.now(UTC) <= timedelta(seconds=30)


def test_the_next_candidate_is_asked_only_after_the_cooldown_is_committed(road: Road) -> None:
    """Seen by what reaches the database before Kraken is called."""
    road.build("binance", "kraken")
    limit(road)
    calls: list[int] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if "INSERT" in sql and "providers_cooldown" in sql:
            calls.append(road.calls("kraken"))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        assert tried(road.ask()) == ["binance rate_limited", "kraken ok"]
    assert calls == [0]


def test_another_process_keeps_to_it_after_its_next_look(road: Road) -> None:
    road.build("binance", "kraken")
    other = road.another()
    limit(road)
    road.ask()
    other.state.refresh()
    for _ in range(5):
        assert road.right(road.ask(by=other)) == "kraken"
    assert road.calls("binance") == 1


def test_a_restarted_process_keeps_to_it_from_its_first_question(road: Road) -> None:
    road.build("binance", "kraken")
    limit(road)
    road.ask()
    road.restart()
    assert tried(road.ask()) == ["kraken ok"]
    assert road.calls("binance") == 1


def test_a_process_that_was_killed_has_left_its_cooldown_behind(road: Road) -> None:
    """Nothing but the committed row is left of it: no flush, no farewell."""
    road.build("binance", "kraken")
    killed = road.another()
    limit(road)
    road.ask(by=killed)
    assert tried(road.ask(by=road.another())) == ["kraken ok"]


def test_when_its_time_has_come_it_is_asked_again(road: Road) -> None:
    road.build("binance", "kraken")
    limit(road)
    road.ask()
    road.sandbox.clear()
    until = Cooldown.objects.get().until
    with time_machine.travel(until - timedelta(seconds=1), tick=False):
        assert tried(road.ask())[0] == "kraken ok"
    with time_machine.travel(until, tick=False):
        assert tried(road.ask())[0] == "binance ok"


def test_providers_that_share_a_limit_are_left_alone_together(road: Road) -> None:
    road.build("binance", "kraken", "coingecko")
    Provider.objects.exclude(slug="coingecko").update(quota_group="shared")
    road.engine.state.refresh()
    limit(road)
    assert tried(road.ask()) == ["binance rate_limited", "coingecko ok"]
    assert road.calls("kraken") == 0


def test_two_hosts_that_are_set_aside_put_the_others_of_their_provider_behind_the_next(road: Road) -> None:
    road.build("binance", "kraken")
    road.sandbox.fault("binance", "status", status=451)
    assert tried(road.ask()) == ["binance geo_blocked", "binance geo_blocked", "kraken ok"]
    assert tried(road.ask()) == ["kraken ok"]


def test_a_parked_endpoint_leaves_its_siblings_to_be_asked(road: Road) -> None:
    road.build("binance", "kraken")
    road.sandbox.fault("binance", "status", n=0, status=451)
    assert tried(road.ask()) == ["binance geo_blocked", "binance ok"]
    assert tried(road.ask()) == ["binance ok"]
    assert len(road.sandbox.log("binance", 0)) == 1


def test_all_parked_and_nothing_known_says_when_to_come_again(road: Road) -> None:
    road.build("binance", "kraken")
    limit(road, "binance", retry_after=60)
    limit(road, "kraken", retry_after=20)
    road.ask()
    result = road.ask()
    assert result.missing == {BTC: "unavailable"}
    assert result.decision.attempts == []
    assert result.retry_at is not None
    assert 15 < result.retry_at - time.time() <= 20


def test_the_cooldown_of_this_very_decision_is_in_its_word_of_when_to_come_again(road: Road) -> None:
    road.build("kraken")
    limit(road, "kraken", retry_after=20)
    retry_at = road.ask().retry_at
    assert retry_at is not None
    assert 15 < retry_at - time.time() <= 20


def test_an_unparked_provider_is_asked_again(road: Road) -> None:
    road.build("binance", "kraken")
    limit(road)
    road.ask()
    road.sandbox.clear()
    Cooldown.objects.all().delete()
    road.engine.state.refresh()
    assert tried(road.ask()) == ["binance ok"]


def test_a_refused_key_parks_its_provider_for_hours_and_a_new_one_frees_it(road: Road) -> None:
    road.build("coincap", "kraken")
    Provider.objects.filter(slug="coincap").update(api_key_encrypted=encryption.encrypt("wrong"))
    road.engine.state.refresh()
    road.sandbox.fault("coincap", "status", status=401)
    assert tried(road.ask()) == ["coincap unauthorized", "kraken ok"]
    assert Cooldown.objects.get().until > datetime.now(UTC) + timedelta(hours=5)
    assert tried(road.ask()) == ["kraken ok"]


def test_hedges_and_probes_keep_to_a_cooldown_too(road: Road) -> None:
    road.build("kraken", "binance", "coingecko", calm=False)
    limit(road)
    road.sandbox.fault("kraken", "hang")
    assert tried(road.ask())[:2] == ["kraken lost_hedge", "binance rate_limited"]
    assert all("binance" not in one for one in tried(road.ask()))
    road.sandbox.heal("kraken")
    road.probe()
    assert road.calls("binance") == 1
