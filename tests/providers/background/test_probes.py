"""Probes: what fails is looked at often, what is quiet seldom, what is parked never; users never pay for it."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import pytest

from providers.adapters import ADAPTERS
from providers.background.probes import QUIET_INTERVAL_S, QUIET_SHARE, SHUT_INTERVAL_S, Prober, quiet_interval, targets
from providers.domain.categories import Category
from providers.domain.config import ProviderConf
from providers.domain.market_data import CandleQuery
from providers.domain.outcomes import Failure, Outcome
from providers.engine import thread_pool
from providers.models import Chain, Cooldown, Endpoint, Health
from tests.providers.engine_harness import BTC, PRICE, Road, names, tried
from tests.providers.resilience.parts import provider


def prober(road: Road) -> Prober:
    road.engine.state.refresh()
    return Prober(road.engine, names, {PRICE: [BTC]})


def turn(road: Road, of: Prober, now: float) -> int:
    """Take a turn and wait until its probes have ended; how many calls reached upstreams."""
    before = road.calls()
    of.turn(now)
    road.finish_pending()
    return road.calls() - before


def test_every_endpoint_is_looked_at_in_the_first_turn_and_users_are_not_counted(road: Road) -> None:
    road.build("binance", "kraken")
    assert turn(road, prober(road), time.time()) == 7
    rows = Health.objects.filter(key__startswith="endpoint:", key__endswith="|MARKET_PRICE")
    assert set(rows.values_list("requests", "probes", "successes")) == {(0, 1, 1)}


def test_quiet_endpoints_are_looked_at_seldom(road: Road) -> None:
    road.build("binance", "kraken")
    of, now = prober(road), time.time()
    assert turn(road, of, now) == 7
    assert turn(road, of, now + QUIET_INTERVAL_S - 0.1) == 0
    assert turn(road, of, now + QUIET_INTERVAL_S) == 6, "Kraken's limit allows fewer"


def test_what_fails_is_looked_at_every_two_seconds_however_long_it_takes(road: Road) -> None:
    road.build("binance")
    road.sandbox.fault("binance", "status", n=0, status=500)
    of, now = prober(road), time.time()
    turn(road, of, now)
    for n in range(1, 10):
        road.sandbox.clear_log()
        of.turn(now + n * SHUT_INTERVAL_S)
        road.finish_pending()
        assert len(road.sandbox.log("binance", 0)) == 1


@pytest.mark.parametrize("slug", ["binance", "kraken", "coingecko", "coinpaprika"])
def test_quiet_probes_stay_within_a_twentieth_of_the_limit(slug: str) -> None:
    for endpoints in (1, 6):
        of: ProviderConf = provider(1, endpoints, slug=slug, adapter=slug)
        budget = ADAPTERS[slug].budget
        assert endpoints * budget.seconds / quiet_interval(of) <= budget.calls * QUIET_SHARE + 1e-9


def test_probes_of_what_fails_keep_to_the_providers_limit_too(road: Road) -> None:
    """CoinGecko allows ten calls a minute: thirty probes would get the whole hub banned."""
    road.build("coingecko", "kraken")
    road.sandbox.fault("coingecko", "status", status=500)
    of, now = prober(road), time.time()
    for n in range(30):
        of.turn(now + n * SHUT_INTERVAL_S)
        road.finish_pending()
    assert 5 <= road.calls("coingecko") <= ADAPTERS["coingecko"].budget.calls


def test_what_is_parked_switched_off_or_tripped_by_hand_is_left_alone(road: Road) -> None:
    road.build("binance", "kraken")
    now = datetime.now(UTC)
    Cooldown.objects.create(key="group:kraken", until=now.replace(year=now.year + 1), outcome="banned", since=now)
    first, second, third = Endpoint.objects.filter(provider__slug="binance")[:3]
    Cooldown.objects.create(key=f"endpoint:{first.pk}", until=now.replace(year=now.year + 1), outcome="", since=now)
    Health.objects.create(key=f"endpoint:{second.pk}", forced_open=True, revision=1)
    Endpoint.objects.filter(pk=third.pk).update(enabled=False)
    road.engine.state.refresh()
    assert turn(road, prober(road), time.time()) == 3
    assert {call["n"] for call in road.sandbox.log()} == {3, 4, 5}


def test_a_keyed_provider_without_a_key_is_not_looked_at(road: Road) -> None:
    road.build("coincap", "kraken")
    turn(road, prober(road), time.time())
    assert road.calls("coincap") == 0


def test_a_quiet_endpoint_that_fails_is_suspect_before_any_user_meets_it(road: Road) -> None:
    road.build("binance", "kraken")
    road.sandbox.fault("binance", "refuse", n=0)
    road.probe()
    result = road.ask()
    assert tried(result) == ["binance ok"]
    assert road.right(result) == "binance"
    assert road.blamed() == {"binance/0"}


@pytest.mark.parametrize("fault", ["refuse", "reset", "html200"])
def test_a_provider_that_went_down_quietly_costs_no_user_anything(road: Road, fault: str) -> None:
    road.build("kraken", "binance")
    road.sandbox.fault("kraken", fault)
    road.probe()
    assert tried(road.ask()) == ["binance ok"]


def test_a_probe_that_succeeds_closes_what_is_open(road: Road) -> None:
    road.build("kraken", "binance")
    road.sandbox.fault("kraken", "status", status=500)
    for _ in range(3):
        road.ask()
    assert road.probe()["kraken/0"] is Outcome.BROKEN
    road.sandbox.clear()
    assert road.probe()["kraken/0"] is Outcome.OK
    assert Health.objects.get(key__startswith="endpoint:", closed_at__isnull=False).open_until is None


def test_a_probe_that_is_limited_parks_and_is_the_last(road: Road) -> None:
    road.build("kraken", "binance")
    road.sandbox.fault("kraken", "status", status=429, retry_after=30)
    assert road.probe()["kraken/0"] is Outcome.RATE_LIMITED
    assert Cooldown.objects.filter(key="group:kraken").exists()
    assert "kraken/0" not in road.probe()
    assert tried(road.ask()) == ["binance ok"]


def test_a_liars_breaker_is_not_closed_by_a_lie(road: Road) -> None:
    road.build("kraken", "binance", "coingecko")
    road.probe()
    road.sandbox.fault("kraken", "wrong_price", factor=1.2)
    assert road.probe()["kraken/0"] is Outcome.IMPLAUSIBLE
    road.sandbox.clear()
    assert road.probe()["kraken/0"] is Outcome.OK


def test_who_lies_first_does_not_evict_the_others(road: Road) -> None:
    """When nothing is known yet, the first to be asked is everybody's only peer."""
    road.build("binance", "kraken", "coingecko")
    road.sandbox.fault("binance", "wrong_price", factor=1.2)
    assert set(road.probe().values()) == {Outcome.OK}
    assert road.blamed() == set()


def test_word_against_word_does_not_close_the_breaker_of_a_liar(road: Road) -> None:
    road.build("binance", "kraken")
    key = f"provider:{road.engine.state.current().providers['binance'].id}|MARKET_PRICE"
    Health.objects.create(key=key, suspect_since=datetime.now(UTC), revision=1)
    road.engine.state.refresh()
    assert tried(road.ask()) == ["kraken ok"]
    road.sandbox.fault("binance", "wrong_price", factor=1.2)
    road.probe()
    assert Health.objects.get(key=key).suspect_since is not None
    road.sandbox.clear()
    road.probe()
    assert Health.objects.get(key=key).suspect_since is None


def test_an_endpoint_is_not_probed_again_while_its_probe_is_under_way(road: Road) -> None:
    road.build("kraken")
    road.sandbox.fault("kraken", "slow", ms=300)
    of, now = prober(road), time.time()
    assert of.turn(now) == 1
    assert of.turn(now + 60) == 0
    road.finish_pending()
    assert of.turn(now + 120) == 1
    road.finish_pending()


def test_a_probe_there_was_no_helper_for_is_made_at_the_next_turn(road: Road) -> None:
    road.build("kraken")
    of, now, free = prober(road), time.time(), threading.Event()
    while thread_pool.pool.run(lambda: free.wait(30)):
        pass
    assert of.turn(now) == 0
    free.set()
    road.finish_pending()
    assert of.turn(now + 1) == 1


def test_every_target_is_named_once(road: Road) -> None:
    road.build("binance", "kraken", "coingecko")
    held = road.engine
    found = [target.endpoint.id for target in targets(held.state.current(), {PRICE: [BTC]}, held, time.time())]
    assert len(found) == len(set(found)) == 8


def test_a_provider_that_is_asked_for_what_it_does_not_have_is_not_called(road: Road) -> None:
    road.build("kraken")
    of = Prober(road.engine, lambda _: {}, {PRICE: [BTC]})
    assert turn(road, of, time.time()) == 0


def test_who_does_not_take_the_first_question_is_asked_the_next(road: Road) -> None:
    road.build("coingecko")
    candles = Category.MARKET_OHLCV
    Chain.objects.update(category=candles.value)
    questions = [CandleQuery("bitcoin", interval=interval, limit=2) for interval in ("1h", "4h")]
    road.engine.state.refresh()
    assert turn(road, Prober(road.engine, names, {candles: questions[:1]}), time.time()) == 0
    assert turn(road, Prober(road.engine, names, {candles: questions}), time.time()) == 1
    assert "/ohlc" in road.sandbox.log("coingecko")[-1]["path"]
    assert road.blamed() == set()


def test_probes_leave_a_failure_of_ours_to_ourselves(road: Road) -> None:
    """A bad request is nobody's fault but ours: no breaker hears of it."""
    road.build("kraken")
    road.sandbox.fault("kraken", "status", status=400)
    road.probe()
    assert road.blamed() == set()
    assert Failure(Outcome.BAD_REQUEST, "").outcome.trips_breaker is False


DAY_S = 86_400


def test_a_hub_at_rest_probes_each_endpoint_three_times_a_day(road: Road) -> None:
    road.build("binance", "kraken", "coingecko")
    road.engine.state.refresh()
    of, now = Prober(road.engine, names, {PRICE: [BTC]}, lambda _: frozenset()), time.time()
    for minute in range(0, DAY_S // 60, 10):
        of.turn(now + 60 * minute)
        road.finish_pending()
    assert {slug: len(road.sandbox.log(slug)) for slug in ("binance", "kraken", "coingecko")} == {
        "binance": 18, "kraken": 3, "coingecko": 3,
    }  # fmt: skip


def test_a_new_prober_goes_on_where_the_last_one_stopped(road: Road) -> None:
    road.build("binance", "kraken")
    road.engine.state.refresh()
    now = time.time()
    assert turn(road, Prober(road.engine, names, {PRICE: [BTC]}, lambda _: frozenset()), now) == 7
    road.finish_pending()
    assert turn(road, Prober(road.engine, names, {PRICE: [BTC]}, lambda _: frozenset()), now + 90) == 0


def test_in_a_chain_in_use_the_first_provider_is_probed_most_and_the_next_two_each_minute(road: Road) -> None:
    slugs = ("okx", "bybit", "binance", "kraken")
    road.build(*slugs)
    road.engine.state.refresh()
    of, now = Prober(road.engine, names, {PRICE: [BTC]}, lambda _: frozenset({PRICE})), time.time()
    turn(road, of, now)
    road.sandbox.clear_log()
    for second in range(5, 125, 5):
        turn(road, of, now + second)
    assert {slug: len(road.sandbox.log(slug, 0)) for slug in slugs} == {"okx": 8, "bybit": 2, "binance": 2, "kraken": 0}
