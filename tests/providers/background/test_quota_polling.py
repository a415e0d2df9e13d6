"""A provider that tells only when asked how much of its limit is left is asked, and left alone before it says no."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from providers.background.quota_polling import CHECK_S, INTERVAL_S, QuotaPoller, window_text
from providers.credentials import encryption
from providers.engine import thread_pool
from providers.models import Cooldown, Health, Provider
from tests.providers.engine_harness import Road, tried


def build(road: Road, *, key: str = "a-key") -> QuotaPoller:
    road.build("cryptocompare", "kraken")
    Provider.objects.filter(slug="cryptocompare").update(api_key_encrypted=encryption.encrypt(key) if key else "")
    road.engine.state.refresh()
    return QuotaPoller(road.engine)


def read(road: Road, of: QuotaPoller, now: float | None = None) -> bool:
    started = of.turn(time.time() if now is None else now)
    road.finish_pending()
    return started


def left(road: Road, **windows: int) -> None:
    """It says that so many calls are left in these windows, and that 1,000 were made in each."""
    plenty = dict.fromkeys(("second", "minute", "hour", "day", "month"), 1_000_000)
    result = {"calls_made": dict.fromkeys(plenty, 1000), "calls_left": plenty | windows}
    body = json.dumps({"Response": "Success", "Type": 100, "Data": result})
    road.sandbox.fault("cryptocompare", "status", status=200, body=body)


def test_while_much_is_left_it_is_asked_as_ever(road: Road) -> None:
    of = build(road)
    assert read(road, of)
    assert road.calls("cryptocompare") == 1
    assert not Cooldown.objects.exists()
    assert tried(road.ask()) == ["cryptocompare ok"]


def test_when_a_twentieth_is_left_it_is_left_alone_by_everybody_and_nobody_is_blamed(road: Road) -> None:
    of = build(road)
    left(road, month=50)
    read(road, of)
    road.sandbox.clear()
    cooldown = Cooldown.objects.get(key="group:cryptocompare")
    assert cooldown.detail == "50 of 1,050 calls in 30 days are left, by the provider's count"
    assert cooldown.until.timestamp() == pytest.approx(time.time() + INTERVAL_S, abs=30)
    assert not Health.objects.filter(last_failure_at__isnull=False).exists()
    assert tried(road.ask()) == ["kraken ok"]
    other = road.another()
    assert tried(road.ask(by=other)) == ["kraken ok"]


def test_a_short_window_is_waited_out_and_a_second_is_not_heeded(road: Road) -> None:
    of = build(road)
    left(road, second=0, minute=3)
    read(road, of)
    assert Cooldown.objects.get().until.timestamp() == pytest.approx(time.time() + 60, abs=30)
    assert Cooldown.objects.get().detail == "3 of 1,003 calls in a minute are left, by the provider's count"


def test_it_is_asked_once_an_hour_whoever_takes_turns_and_not_while_it_is_parked(road: Road) -> None:
    of, now = build(road), time.time()
    assert [read(road, of, now + wait) for wait in (0, 1, INTERVAL_S - 1, INTERVAL_S + 60)] == [
        True,
        False,
        False,
        True,
    ]
    assert road.calls("cryptocompare") == 2
    assert not read(road, QuotaPoller(road.engine), now + INTERVAL_S + 90)
    left(road, month=0)
    assert read(road, of, now + 2 * INTERVAL_S + 120)
    assert Cooldown.objects.exists()
    assert not read(road, QuotaPoller(road.engine), time.time() + INTERVAL_S / 2)


def test_while_all_helpers_are_busy_it_stays_due(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    of, now = build(road), time.time()
    with monkeypatch.context() as busy:
        busy.setattr(thread_pool.pool, "run", lambda _: False)
        assert not read(road, of, now)
    assert read(road, of, now + CHECK_S)
    assert road.calls("cryptocompare") == 1


@pytest.mark.parametrize("change", [{"enabled": False}, {"api_key_encrypted": ""}])
def test_who_is_switched_off_or_has_no_key_is_not_asked(road: Road, change: dict[str, Any]) -> None:
    of = build(road)
    Provider.objects.filter(slug="cryptocompare").update(**change)
    road.engine.state.refresh()
    assert not read(road, of)
    assert road.calls() == 0


def test_a_limit_that_is_used_up_already_parks_as_it_always_does(road: Road) -> None:
    of = build(road)
    road.sandbox.fault("cryptocompare", "error200", error="rate_limited")
    read(road, of)
    assert Cooldown.objects.filter(key="group:cryptocompare", outcome="rate_limited").exists()


@pytest.mark.parametrize("kind", ["refuse", "html200", "truncated", "empty"])
def test_an_outage_of_that_route_changes_nothing_for_prices_of_others(road: Road, kind: str) -> None:
    of = build(road)
    road.sandbox.fault("cryptocompare", kind)
    read(road, of)
    road.sandbox.clear()
    assert not Cooldown.objects.exists()
    assert tried(road.ask()) == ["cryptocompare ok"]


def test_windows_are_told_in_words() -> None:
    assert [window_text(seconds) for seconds in (60, 3600, 86_400, 2_592_000, 10)] == [
        "a minute",
        "an hour",
        "a day",
        "30 days",
        "10 s",
    ]
