"""The reference sweep: other lineages say what they think of the assets in use, so that a wrong price has peers."""

from __future__ import annotations

import time

from providers.background.reference_sweep import INTERVAL_S, Sweeper
from providers.domain.market_data import Instrument
from providers.models import ChainLink, Cooldown, PeerPrice, Quarantine
from tests.providers.engine_harness import BTC, COINS, ETH, SOL, Road, names

ITEMS = [BTC, ETH, SOL]


def sweeper(road: Road) -> Sweeper:
    road.engine.state.refresh()
    return Sweeper(road.engine, names)


def sweep(road: Road, of: Sweeper, now: float, items: list[Instrument] | None = None) -> None:
    of.turn(ITEMS if items is None else items, now)
    road.finish_pending()


def lineages() -> set[str]:
    return set(PeerPrice.objects.values_list("lineage", flat=True))


def test_another_lineage_than_the_first_is_asked_in_one_call(road: Road) -> None:
    road.build("binance", "kraken")
    sweep(road, sweeper(road), time.time())
    assert {row.asset for row in PeerPrice.objects.all()} == {"bitcoin", "ethereum", "solana"}
    assert lineages() == {"kraken"}
    assert (road.calls("binance"), road.calls("kraken")) == (0, 1)


def test_then_the_first_provider_has_a_peer_in_every_process(road: Road) -> None:
    road.build("binance", "kraken")
    other = road.another()
    assert not road.ask(by=other).answered[BTC].verified
    sweep(road, sweeper(road), time.time())
    fresh = road.another()
    assert road.ask(by=fresh).answered[BTC].verified


def test_a_sweep_comes_once_a_minute_and_the_lineages_take_turns(road: Road) -> None:
    road.build("binance", "kraken", "coingecko")
    of, now = sweeper(road), time.time()
    sweep(road, of, now)
    sweep(road, of, now + INTERVAL_S - 1)
    assert len(lineages()) == 1
    sweep(road, of, now + INTERVAL_S)
    assert lineages() == {"kraken", "coingecko"}


def test_a_prober_that_takes_over_goes_on_where_the_last_left(road: Road) -> None:
    road.build("binance", "kraken", "coingecko")
    now = time.time()
    sweep(road, sweeper(road), now)
    sweep(road, sweeper(road), now + 1)
    assert len(lineages()) == 1
    sweep(road, sweeper(road), now + INTERVAL_S + 1)
    assert len(lineages()) == 2


def test_a_link_of_the_firsts_own_lineage_is_no_peer(road: Road) -> None:
    road.build("coingecko", "kraken")
    ChainLink.objects.filter(provider__slug="kraken").update(lineage="coingecko")
    sweep(road, sweeper(road), time.time())
    assert lineages() == set()
    assert road.calls() == 0


def test_one_that_fails_is_followed_by_the_next_and_blamed(road: Road) -> None:
    road.build("binance", "kraken", "coingecko")
    road.sandbox.fault("kraken", "status", status=500)
    sweep(road, sweeper(road), time.time())
    assert lineages() == {"coingecko"}
    assert road.blamed() == {"kraken/0|MARKET_PRICE"}


def test_who_is_parked_is_not_asked(road: Road) -> None:
    road.build("binance", "kraken", "coingecko")
    road.sandbox.fault("kraken", "status", status=429, retry_after=30)
    of, now = sweeper(road), time.time()
    sweep(road, of, now)
    assert Cooldown.objects.filter(key="group:kraken").exists()
    sweep(road, of, now + INTERVAL_S)
    assert road.calls("kraken") == 1


def test_nothing_in_use_asks_nobody(road: Road) -> None:
    road.build("binance", "kraken")
    sweep(road, sweeper(road), time.time(), [])
    assert road.calls() == 0


def test_many_assets_cost_one_call(road: Road) -> None:
    road.build("binance", "coingecko")
    items = [Instrument(row["slug"]) for row in COINS[:100]]
    sweep(road, sweeper(road), time.time(), items)
    assert road.calls() == 1
    assert PeerPrice.objects.count() > 80


def test_a_slow_peer_holds_nobody_up_and_sweeps_do_not_pile_up_behind_it(road: Road) -> None:
    """The prober's turns must go on: what fails is to be looked at every two seconds."""
    road.build("binance", "kraken")
    road.sandbox.fault("kraken", "slow", ms=500)
    of, now = sweeper(road), time.time()
    assert of.turn(ITEMS, now)
    assert lineages() == set(), "it is still under way"
    assert not of.turn(ITEMS, now + INTERVAL_S)
    road.finish_pending()
    assert lineages() == {"kraken"}
    assert road.calls("kraken") == 1
    assert of.turn(ITEMS, now + INTERVAL_S)
    road.finish_pending()


def test_a_sweep_keeps_the_evidence_of_a_wrong_price_and_makes_it_no_peer(road: Road) -> None:
    road.build("binance", "kraken", "okx")
    road.probe()
    road.ask(BTC, ETH, SOL)
    road.sandbox.fault("kraken", "wrong_price", factor=1.2, symbols=["BTC"])
    sweep(road, sweeper(road), time.time())
    row = Quarantine.objects.get()
    assert (row.provider, row.item) == ("kraken", "bitcoin/*")
    assert "okx" in row.evidence
    assert {row.asset for row in PeerPrice.objects.filter(lineage="kraken")} == {"ethereum", "solana"}
    assert road.blamed() == {"kraken|MARKET_PRICE"}


def test_a_sweep_after_a_common_move_blames_nobody(road: Road) -> None:
    road.build("binance", "kraken", "okx")
    road.probe()
    for coin in ("BTC", "ETH", "SOL"):
        road.sandbox.scale_price(coin, 1.1)
    sweep(road, sweeper(road), time.time())
    assert road.blamed() == set()
    assert PeerPrice.objects.filter(asset="bitcoin").count() == 1
