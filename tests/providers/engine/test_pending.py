"""Never a wrong price: what the peers contradict waits for another lineage; who is found wrong is blamed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from providers.domain.outcomes import Outcome
from providers.engine.query import Result
from providers.models import ChainLink, Health, Quarantine
from tests.providers.engine_harness import BTC, ETH, PRICE, SOL, Road, tried

pytestmark = pytest.mark.relaxed_timing

WRONG = "binance|MARKET_PRICE"


def with_peers(road: Road, *slugs: str) -> None:
    """A hub whose engine has heard every lineage lately."""
    road.build(*slugs)
    road.probe()
    road.sandbox.clear_log()
    for item in (ETH, SOL):
        for link in road.engine.state.current().chains[PRICE].links:
            road.engine.checks_for(PRICE).note(
                road.ask(item).answered[item].value, link.lineage, datetime.now(UTC).timestamp()
            )


def assert_confirmed_after_binance(result: Result) -> None:
    """Assert that other lineages were asked after Binance: both at once, and the first that agrees suffices."""
    first, *others = (entry.split()[0] for entry in tried(result))
    assert first == "binance"
    assert others
    assert set(others) <= {"kraken", "coingecko"}


def test_agreeing_lineages_verify_each_other(road: Road) -> None:
    with_peers(road, "binance", "kraken", "coingecko")
    assert road.ask().answered[BTC].verified


def test_without_a_peer_an_answer_says_that_it_is_not_verified(road: Road) -> None:
    road.build("binance", "kraken")
    assert not road.ask().answered[BTC].verified


@pytest.mark.parametrize("factor", [1.06, 0.94, 2, 0.01, 1_000_000])
def test_a_wrong_price_is_not_served(road: Road, factor: float) -> None:
    with_peers(road, "binance", "kraken", "coingecko")
    road.sandbox.fault("binance", "wrong_price", factor=factor)
    result = road.ask()
    assert road.right(result) in {"kraken", "coingecko"}
    assert result.answered[BTC].verified
    assert road.blamed() == {WRONG}


@pytest.mark.parametrize("factor", [0, -1, "NaN", 1e30])
def test_an_impossible_price_is_never_served_with_or_without_peers(road: Road, factor: float) -> None:
    road.build("binance", "kraken")
    road.sandbox.fault("binance", "wrong_price", factor=factor)
    assert road.right(road.ask()) == "kraken"


def test_a_provider_found_wrong_three_times_is_out(road: Road) -> None:
    with_peers(road, "binance", "kraken", "coingecko")
    road.sandbox.fault("binance", "wrong_price", factor=1.2)
    for _ in range(3):
        assert tried(road.ask())[0] == "binance ok"
    assert tried(road.ask()) == ["kraken ok"]
    road.finish_pending()
    assert Health.objects.get(last_outcome="implausible").trips == 1


def test_a_batch_of_wrong_prices_is_one_failure(road: Road) -> None:
    with_peers(road, "binance", "kraken")
    road.sandbox.fault("binance", "wrong_price", factor=1.2)
    road.right(road.ask(BTC, ETH, SOL), BTC, ETH, SOL)
    road.finish_pending()
    row = Health.objects.get(last_outcome="implausible")
    assert (row.consecutive_failures, row.trips) == (1, 0)
    assert Quarantine.objects.count() == 3


def test_a_wrong_price_of_one_coin_leaves_the_others_of_its_batch_served(road: Road) -> None:
    with_peers(road, "binance", "kraken")
    road.sandbox.fault("binance", "wrong_price", factor=1.2, symbols=["ETH"])
    result = road.ask(BTC, ETH, SOL)
    road.right(result, BTC, ETH, SOL)
    assert {item: result.answered[item].provider for item in (BTC, ETH, SOL)} == {
        BTC: "binance",
        ETH: "kraken",
        SOL: "binance",
    }


def test_the_evidence_is_kept(road: Road) -> None:
    with_peers(road, "binance", "kraken", "coingecko")
    road.sandbox.fault("binance", "wrong_price", factor=1.2)
    road.ask()
    road.finish_pending()
    row = Quarantine.objects.get()
    assert (row.provider, row.item, row.category) == ("binance", "bitcoin/*", "MARKET_PRICE")
    assert Decimal(row.value) > 0
    assert "outlier" in row.evidence
    assert "kraken" in row.evidence


def test_a_true_leap_of_the_market_is_served_once_a_second_lineage_says_so(road: Road) -> None:
    with_peers(road, "binance", "kraken", "coingecko")
    road.sandbox.scale_price("BTC", 1.1)
    result = road.ask()
    assert road.right(result) in {"binance", "kraken", "coingecko"}
    assert result.answered[BTC].verified
    assert_confirmed_after_binance(result)
    assert road.blamed() == set()


def test_nobody_is_confirmed_by_his_own_lineage(road: Road) -> None:
    """DefiLlama's prices are CoinGecko's: that both say so proves nothing, not even when both are asked at once."""
    with_peers(road, "coingecko", "defillama", "kraken")
    ChainLink.objects.filter(provider__slug="defillama").update(lineage="coingecko")
    road.engine.state.refresh()
    for slug in ("coingecko", "defillama"):
        road.sandbox.faults(slug, [{"kind": "wrong_price", "factor": 1.2}, {"kind": "slow", "ms": 150}])
    result = road.ask()
    assert road.right(result) == "kraken"
    assert road.blamed() <= {"coingecko|MARKET_PRICE", "defillama|MARKET_PRICE"}


def test_what_nobody_else_can_confirm_is_missing_and_not_guessed(road: Road) -> None:
    with_peers(road, "binance", "kraken")
    road.sandbox.fault("binance", "wrong_price", factor=1.2)
    road.sandbox.fault("kraken", "refuse")
    result = road.ask()
    assert result.missing == {BTC: "unconfirmed"}
    assert road.blamed() == {"kraken/0"}, "it may be right: nobody has shown that it is not"


def test_two_that_contradict_each_other_and_the_peers_leave_it_missing(road: Road) -> None:
    with_peers(road, "binance", "kraken")
    for slug, factor in (("binance", 1.2), ("kraken", 0.8)):
        road.sandbox.fault(slug, "wrong_price", factor=factor)
    assert road.ask().missing == {BTC: "unconfirmed"}


def test_a_trial_that_lies_does_not_bring_its_provider_back(road: Road) -> None:
    with_peers(road, "binance", "kraken", "coingecko")
    road.sandbox.fault("binance", "wrong_price", factor=1.2)
    for _ in range(3):
        road.ask()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=3), tick=False):
        result = road.ask()
        assert tried(result)[0] == "binance ok", "the trial"
        assert result.answered[BTC].provider in {"kraken", "coingecko"}
        assert tried(road.ask()) == ["kraken ok"]


def test_an_outliers_vindication_brings_it_back(road: Road) -> None:
    """Shut for being implausible, then right after all: the market had moved."""
    with_peers(road, "binance", "kraken", "coingecko")
    road.sandbox.fault("binance", "wrong_price", factor=1.2)
    for _ in range(3):
        road.ask()
    road.sandbox.clear()
    road.sandbox.scale_price("BTC", 1.1)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=3), tick=False):
        result = road.ask()
        assert_confirmed_after_binance(result)
        key = next(key for key in road.engine.state.health.breakers if key.startswith("provider:"))
        assert road.engine.state.health.breakers[key].open_until is None


def test_a_frozen_feed_whose_own_time_stands_still_too_is_not_served_as_current(road: Road) -> None:
    road.build("binance", "kraken")
    past = datetime.now(UTC) - timedelta(minutes=30)
    road.sandbox.fault("binance", "frozen", since=past.timestamp(), time="stops")
    assert road.right(road.ask(BTC)) == "kraken"
    assert road.blamed() == set(), "one old price may be a market without trades"
    assert road.right(road.ask(ETH), ETH) == "kraken"
    assert road.blamed() == {WRONG}


@pytest.mark.parametrize("factor", [1.01, 1.03, 1.1, 1.3])
def test_a_common_move_blames_nobody_whoever_notices_it(road: Road, factor: float) -> None:
    with_peers(road, "binance", "kraken", "okx", "coingecko")
    road.sandbox.scale_price("BTC", factor)
    assert set(road.probe().values()) == {Outcome.OK}
    assert road.ask().answered[BTC].verified
    road.sandbox.scale_price("BTC", 1 / factor)
    assert set(road.probe().values()) == {Outcome.OK}
    assert road.blamed() == set()
    assert Quarantine.objects.count() == 0


def test_after_a_confirmed_move_the_next_request_takes_one_call(road: Road) -> None:
    with_peers(road, "binance", "kraken", "okx")
    road.sandbox.scale_price("BTC", 1.1)
    road.ask()
    result = road.ask()
    assert tried(result) == ["binance ok"]
    assert result.answered[BTC].verified


def test_a_probe_keeps_the_evidence_of_a_wrong_price(road: Road) -> None:
    with_peers(road, "binance", "kraken", "okx")
    road.sandbox.fault("okx", "wrong_price", factor=1.2)
    assert road.probe()["okx/7"] is Outcome.IMPLAUSIBLE
    road.finish_pending()
    row = Quarantine.objects.get()
    assert (row.provider, row.item) == ("okx", "bitcoin/*")
    assert "kraken" in row.evidence


def test_a_probe_of_a_source_that_is_a_moment_behind_is_not_blamed_after_a_move(road: Road) -> None:
    with_peers(road, "binance", "kraken", "coingecko")
    road.sandbox.scale_price("BTC", 1.1)
    road.ask()
    assert set(road.probe().values()) == {Outcome.OK}
    assert road.blamed() == set()
