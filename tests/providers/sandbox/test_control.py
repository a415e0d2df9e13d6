"""The control API: what it steers, what it turns down and why."""

from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest

from providers.sandbox.client import Sandbox, SandboxError
from providers.sandbox.fakes import FAKES
from providers.sandbox.world import ADDRESSES
from tests.providers.sandbox.wire import COINS, fetch


def quoted(sandbox: Sandbox) -> float:
    return float(json.loads(fetch(sandbox.url("binance")).body)["price"])


def test_every_endpoint_of_every_provider_has_an_address_of_its_own(sandbox: Sandbox) -> None:
    assert {slug for slug, _ in sandbox.endpoints} == set(FAKES)
    assert [n for slug, n in sandbox.endpoints if slug == "binance"] == [0, 1, 2, 3, 4, 5]
    assert len(set(sandbox.endpoints.values())) == len(sandbox.endpoints) == len(ADDRESSES)
    assert not any(url.endswith("/") for url in sandbox.endpoints.values())


def test_the_market_is_told_for_a_symbol_or_a_slug_at_any_time(sandbox: Sandbox) -> None:
    now = time.time()
    assert sandbox.price("BTC", at=now) == sandbox.price("bitcoin", at=now)
    assert sandbox.price("BTC", at=now - 3600) != sandbox.price("BTC", at=now)
    change = (sandbox.price("BTC", at=now) / sandbox.price("BTC", at=now - 86_400) - 1) * 100
    assert sandbox.change_24h("BTC", at=now) == pytest.approx(change)


def test_the_whole_market_is_told_when_nothing_is_named(sandbox: Sandbox) -> None:
    assert len(sandbox.call("GET", "/market")["prices"]) == len(COINS)


def test_a_set_price_is_what_venues_quote_until_it_is_let_go(sandbox: Sandbox) -> None:
    natural = quoted(sandbox)
    sandbox.set_price("BTC", Decimal(70000))
    assert sandbox.price("BTC") == 70_000
    assert quoted(sandbox) == pytest.approx(70_000, rel=1e-3)
    sandbox.release_price("BTC")
    assert quoted(sandbox) == pytest.approx(natural, rel=1e-3)


def test_a_factor_moves_the_price_and_its_change(sandbox: Sandbox) -> None:
    before = sandbox.change_24h("ETH")
    sandbox.scale_price("ETH", "1.2")
    assert sandbox.change_24h("ETH") == pytest.approx((1 + before / 100) * 120 - 100, abs=Decimal("0.1"))


def test_a_move_over_some_seconds_is_under_way_at_once(sandbox: Sandbox) -> None:
    natural = sandbox.price("BTC")
    sandbox.set_price("BTC", natural / 2, seconds=60)
    now = time.time()
    assert natural * Decimal("0.9") < sandbox.price("BTC", at=now) <= natural * Decimal("1.001")
    assert sandbox.price("BTC", at=now + 60) == pytest.approx(natural / 2)


def test_reset_lifts_faults_lets_prices_go_and_empties_the_log(sandbox: Sandbox) -> None:
    natural = sandbox.price("BTC")
    sandbox.set_price("BTC", 1)
    sandbox.fault("kraken", "hang")
    quoted(sandbox)
    sandbox.reset()
    assert (sandbox.armed(), sandbox.log()) == ([], [])
    assert sandbox.price("BTC") == pytest.approx(natural, rel=Decimal("0.001"))


def test_faults_that_are_set_are_listed_with_scope_options_and_hits(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "slow", n=3, ms=1, count=5)
    fetch(sandbox.url("binance", 3))
    (one,) = sandbox.armed()
    expected = {"scope": "binance/3", "kind": "slow", "ms": 1.0, "count": 5, "hits": 1}
    assert expected.items() <= one.items()


def test_several_faults_of_one_scope_are_tried_in_turn(sandbox: Sandbox) -> None:
    first, second = {"kind": "status", "status": 500, "count": 1}, {"kind": "status", "status": 502}
    sandbox.faults("binance", [first, second])
    assert [fetch(sandbox.url("binance")).status for _ in range(3)] == [500, 502, 502]


def test_a_new_fault_takes_the_place_of_the_old_one(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "hang")
    sandbox.fault("binance", "empty")
    assert [one["kind"] for one in sandbox.armed()] == ["empty"]


@pytest.mark.parametrize(
    ("method", "path", "body", "reason"),
    [
        ("PUT", "/faults/nobody", {"kind": "hang"}, "no provider nobody"),
        ("PUT", "/faults/binance/6", {"kind": "hang"}, "no endpoint binance/6"),
        ("PUT", "/faults/binance", {"kind": "flood"}, "kind is not one of"),
        ("PUT", "/faults/binance", "hang", "a fault is a JSON object"),
        ("PUT", "/faults/binance", None, "a fault is a JSON object"),
        ("POST", "/market/BTC", {}, "give one of price, factor, release"),
        ("POST", "/market/BTC", {"price": 1, "factor": 2}, "give one of"),
        ("POST", "/market/BTC", {"price": "-1"}, "price is not above zero"),
        ("POST", "/market/BTC", {"price": "much"}, "price is not a number"),
        ("POST", "/market/NOCOIN", {"price": "1"}, "no coin NOCOIN"),
        ("POST", "/market/BTC", [1], "the body is not a JSON object"),
        ("GET", "/market?symbols=NOCOIN", None, "no coin NOCOIN"),
        ("GET", "/market?at=noon", None, "at is not a number"),
        ("GET", "/log?since=x", None, "since is not a number"),
        ("GET", "/weather", None, "no such control call"),
        ("POST", "/log", {}, "no such control call"),
    ],
)
def test_what_cannot_be_done_is_turned_down_with_its_reason(
    sandbox: Sandbox, method: str, path: str, body: object, reason: str
) -> None:
    with pytest.raises(SandboxError, match=reason):
        sandbox.call(method, path, body)
    assert sandbox.armed() == []
