"""The operator's switches and order, as the engine keeps to them: at the next look, without a failed request."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db.models import F

from providers.credentials import encryption
from providers.domain.categories import Strategy
from providers.models import Chain, ChainLink, Endpoint, Health, Provider
from tests.providers.engine_harness import BTC, Road, tried

pytestmark = pytest.mark.relaxed_timing


def reasons(road: Road) -> dict[str, str]:
    return {skip.provider: skip.reason for skip in road.engine.recent[-1].skips}


OFF = {
    "link": lambda: ChainLink.objects.filter(provider__slug="binance").update(enabled=False),
    "provider": lambda: Provider.objects.filter(slug="binance").update(enabled=False),
    "endpoint": lambda: Endpoint.objects.filter(provider__slug="binance").update(enabled=False),
}


@pytest.mark.parametrize("what", OFF)
def test_what_is_switched_off_is_not_asked_from_the_next_look_on(road: Road, what: str) -> None:
    road.build("binance", "kraken")
    assert tried(road.ask()) == ["binance ok"]
    OFF[what]()
    road.engine.state.refresh()
    seen = road.calls("binance")
    assert tried(road.ask()) == ["kraken ok"]
    road.probe()
    assert road.calls("binance") == seen
    assert reasons(road)["binance"] == f"{what} switched off"


def test_what_is_switched_off_is_no_last_resort_either(road: Road) -> None:
    road.build("binance")
    OFF["link"]()
    road.engine.state.refresh()
    assert road.ask().missing == {BTC: "unavailable"}
    assert road.calls() == 0


def test_a_reordered_chain_is_asked_in_its_new_order(road: Road) -> None:
    road.build("binance", "kraken")
    road.ask()
    ChainLink.objects.update(position=1 - F("position"))
    road.engine.state.refresh()
    assert tried(road.ask()) == ["kraken ok"]


def test_endpoints_are_asked_in_the_operators_order(road: Road) -> None:
    road.build("binance")
    Endpoint.objects.update(position=10 - F("position"))
    road.engine.state.refresh()
    road.ask()
    assert [call["n"] for call in road.sandbox.log()] == [5]


def test_a_keyed_provider_without_a_key_is_passed_over_and_asked_once_it_has_one(road: Road) -> None:
    road.build("coincap", "kraken")
    assert tried(road.ask()) == ["kraken ok"]
    assert reasons(road)["coincap"] == "not configured: needs an API key"
    Provider.objects.filter(slug="coincap").update(api_key_encrypted=encryption.encrypt("a-key"))
    road.engine.state.refresh()
    result = road.ask()
    assert road.right(result) == "coincap"
    assert all("a-key" not in str(part) for part in (result.decision.body(), road.engine.recent[-1]))


def test_a_key_that_cannot_be_read_is_said_to_be_so(road: Road) -> None:
    road.build("coincap", "kraken")
    Provider.objects.filter(slug="coincap").update(api_key_encrypted="nonsense")
    road.engine.state.refresh()
    road.ask()
    assert reasons(road)["coincap"] == "not configured: its API key cannot be decrypted"


def test_no_chain_is_no_answer_and_no_error(road: Road) -> None:
    road.build("binance")
    Chain.objects.all().delete()
    road.engine.state.refresh()
    assert road.ask().missing == {BTC: "unknown"}


def test_an_empty_chain_is_no_answer_and_no_error(road: Road) -> None:
    road.build()
    assert road.ask().missing == {BTC: "unknown"}


def test_weighted_shares_come_out_over_real_calls_and_go_to_the_others_while_one_is_down(road: Road) -> None:
    road.build("binance", "bitstamp", "bybit", strategy=Strategy.WEIGHTED, weights=(50, 30, 20))
    first = Counter(tried(road.ask())[0].split()[0] for _ in range(200))
    assert all(abs(first[slug] - calls) <= 8 for slug, calls in {"binance": 100, "bitstamp": 60, "bybit": 40}.items())
    key = f"endpoint:{Endpoint.objects.get(provider__slug='bitstamp').pk}"
    Health.objects.update_or_create(key=key, defaults={"forced_open": True, "revision": 99})
    road.engine.state.refresh()
    first = Counter(tried(road.ask())[0].split()[0] for _ in range(140))
    assert abs(first["binance"] - 100) <= 8
    assert first["bitstamp"] == 0


def test_the_fastest_strategy_settles_on_the_fastest(road: Road) -> None:
    road.build("kraken", "binance", strategy=Strategy.FASTEST, calm=False)
    road.sandbox.fault("kraken", "slow", ms=60)
    road.probe()
    assert road.right(road.ask()) == "binance"


def test_a_breaker_tripped_by_hand_keeps_everybody_away_until_it_is_closed_by_hand(road: Road) -> None:
    road.build("kraken", "binance")
    key = f"endpoint:{Endpoint.objects.get(provider__slug='kraken').pk}"
    Health.objects.create(key=key, forced_open=True, revision=1)
    road.engine.state.refresh()
    assert tried(road.ask()) == ["binance ok"]
    road.probe()
    assert road.calls("kraken") == 0
    Health.objects.filter(key=key).update(forced_open=False, revision=F("revision") + 1)
    road.engine.state.refresh()
    assert tried(road.ask()) == ["kraken ok"]


def test_an_edit_under_load_fails_no_request(road: Road) -> None:
    road.build("binance", "kraken")
    for n in range(10):
        ChainLink.objects.filter(provider__slug="binance").update(enabled=bool(n % 2))
        road.engine.state.refresh()
        assert road.right(road.ask()) == ("binance" if n % 2 else "kraken")


def test_an_adapter_nobody_wrote_is_passed_over_and_never_an_error(road: Road) -> None:
    road.build("binance", "kraken")
    Provider.objects.filter(slug="binance").update(adapter="no-such-adapter")
    road.engine.state.refresh()
    assert tried(road.ask()) == ["kraken ok"]
    road.probe()
