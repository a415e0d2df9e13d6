"""Whatever goes wrong with a provider: a right price from another, exactly the culprit blamed, few calls wasted."""

from __future__ import annotations

from typing import Any

import pytest

from providers.adapters.shared import limits
from providers.domain.categories import Category
from tests.providers.engine_harness import BTC, ETH, SOL, Road, tried

pytestmark = pytest.mark.relaxed_timing

ENDPOINTS = {f"binance/{n}" for n in range(6)}
IN_CATEGORY = {f"{endpoint}|MARKET_PRICE" for endpoint in ENDPOINTS}
GROUP = {"group:binance"}

FAULTS: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "refuse": ("refuse", {}, ENDPOINTS),
    "hang": ("hang", {"at": "request"}, ENDPOINTS),
    "hang at accepting": ("hang", {"at": "accept"}, ENDPOINTS),
    "hang at connecting": ("hang", {"at": "connect"}, ENDPOINTS),
    "drip in the headers": ("drip", {"at": "headers", "ms": 50}, ENDPOINTS),
    "drip in the body": ("drip", {"at": "body", "ms": 50}, ENDPOINTS),
    "reset": ("reset", {"at": "request"}, ENDPOINTS),
    "reset at accepting": ("reset", {"at": "accept"}, ENDPOINTS),
    "reset in the body": ("reset", {"at": "body"}, ENDPOINTS),
    "429": ("status", {"status": 429, "retry_after": 30}, GROUP),
    "418": ("status", {"status": 418, "retry_after": 30}, GROUP),
    "451": ("status", {"status": 451}, ENDPOINTS),
    "500": ("status", {"status": 500}, IN_CATEGORY),
    "503": ("status", {"status": 503, "retry_after": 30}, IN_CATEGORY),
    "html in a 200": ("html200", {}, IN_CATEGORY),
    "error in a 200": ("error200", {}, IN_CATEGORY),
    "limit in a 200": ("error200", {"error": "rate_limited"}, GROUP),
    "empty": ("empty", {}, IN_CATEGORY),
    "truncated": ("truncated", {"cut": "length"}, IN_CATEGORY),
    "truncated json": ("truncated", {"cut": "json"}, IN_CATEGORY),
}
SILENT = {"hang", "drip"}
"""Only a hedge tells these in time."""
MOST_WASTED = 8
"""Calls that an outage of all six hosts may cost users."""


@pytest.mark.parametrize("what", FAULTS)
def test_every_request_gets_a_right_price_while_all_of_a_provider_fails(road: Road, what: str) -> None:
    kind, options, culprits = FAULTS[what]
    road.build("binance", "kraken", calm=kind not in SILENT, deadline_ms=2000)
    road.sandbox.fault("binance", kind, **options)
    asked = []
    for _ in range(12):
        result = road.ask()
        assert road.right(result) == "kraken"
        assert result.decision.ms < 2500
        asked += tried(result)
    assert road.blamed() <= culprits
    assert road.blamed(), "somebody must be blamed"
    assert sum(one.startswith("binance") for one in asked) <= MOST_WASTED
    assert road.calls("binance") <= MOST_WASTED
    assert tried(road.ask())[0].split()[0] == "kraken", "nobody asks the failing provider first any more"


@pytest.mark.parametrize("what", FAULTS)
def test_a_batch_is_answered_whole_while_all_of_a_provider_fails(road: Road, what: str) -> None:
    kind, options, culprits = FAULTS[what]
    road.build("binance", "kraken", calm=kind not in SILENT, deadline_ms=2000)
    road.sandbox.fault("binance", kind, **options)
    result = road.ask(BTC, ETH, SOL)
    assert road.right(result, BTC, ETH, SOL) == "kraken"
    assert road.blamed() <= culprits


def test_an_answer_larger_than_any_in_its_category_is_refused_before_it_is_read(road: Road) -> None:
    road.build("binance", "kraken", deadline_ms=2000)
    road.sandbox.fault("binance", "status", status=200, body="[" + "0," * limits.LIMITS[Category.MARKET_PRICE].values)
    result = road.ask()
    assert road.right(result) == "kraken"
    failed = next(attempt for attempt in result.decision.attempts if attempt.provider == "binance")
    assert (failed.outcome, failed.detail) == ("broken", "the body is larger than any answer to this")


@pytest.mark.parametrize("what", ["refuse", "hang", "500", "reset"])
def test_one_dead_endpoint_of_six_is_blamed_alone_and_its_provider_goes_on(road: Road, what: str) -> None:
    kind, options, _ = FAULTS[what]
    road.build("binance", "kraken", calm=kind not in SILENT, deadline_ms=2000)
    road.sandbox.fault("binance", kind, n=0, **options)
    for _ in range(5):
        road.right(road.ask())
    assert road.right(road.ask()) == "binance"
    assert {one.partition("|")[0] for one in road.blamed()} == {"binance/0"}


def test_five_of_six_endpoints_dead_and_the_sixth_answers_after_a_turn_of_probes(road: Road) -> None:
    road.build("binance", "kraken", deadline_ms=20_000)
    for n in range(5):
        road.sandbox.fault("binance", "refuse", n=n)
    for _ in range(3):
        assert road.right(road.ask()) == "kraken"
    road.probe()
    result = road.ask()
    assert road.right(result) == "binance"
    assert len(result.decision.attempts) == 1
    assert road.blamed() <= {f"binance/{n}" for n in range(5)}


def test_half_of_the_endpoints_dead_and_nobody_else_in_the_chain(road: Road) -> None:
    """Two failures make the siblings suspect; who else is there to ask?"""
    road.build("binance")
    for n in range(3):
        road.sandbox.fault("binance", "refuse", n=n)
    assert road.right(road.ask()) == "binance"


def test_the_last_living_endpoint_of_the_only_provider_answers_after_a_turn_of_probes(road: Road) -> None:
    road.build("binance")
    for n in range(5):
        road.sandbox.fault("binance", "refuse", n=n)
    road.ask()
    road.probe()
    assert road.right(road.ask()) == "binance"
    assert len(road.engine.recent[-1].attempts) == 1


def test_a_category_failing_over_leaves_nothing_behind_when_the_fault_ends(road: Road) -> None:
    road.build("binance", "kraken")
    road.sandbox.fault("binance", "status", status=500)
    for _ in range(5):
        road.ask()
    road.sandbox.clear()
    road.probe()
    assert {road.right(road.ask()) for _ in range(60)} <= {"binance", "kraken"}
    firsts = [tried(road.ask())[0] for _ in range(60)]
    assert "binance ok" in firsts, "it is ramping back"
