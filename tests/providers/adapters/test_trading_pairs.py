"""Venues' own lists of what they trade."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from providers.adapters import ADAPTERS
from providers.domain.adapter import PairList
from providers.domain.outcomes import Failure, Outcome
from tests.providers.adapters.support import payload, respond

LISTS = {"kraken": "asset_pairs.json", "coinbase": "products.json"}


def pairs_of(slug: str) -> PairList:
    found = ADAPTERS[slug].pairs
    assert found is not None
    return found


def listed(slug: str, body: bytes, status: int = 200) -> list[tuple[str, str, str, bool]]:
    return [(pair.name, pair.base, pair.quote, pair.tradable) for pair in pairs_of(slug).parse(respond(body, status))]


def outcome_of(slug: str, body: bytes, status: int = 200) -> Outcome:
    with pytest.raises(Failure) as caught:
        pairs_of(slug).parse(respond(body, status))
    return caught.value.outcome


def test_these_venues_tell_their_lists() -> None:
    assert {slug for slug, adapter in ADAPTERS.items() if adapter.pairs is not None} == set(LISTS)


def test_krakens_oldest_coins_have_todays_names_and_dark_pools_are_left_out() -> None:
    assert listed("kraken", payload("kraken", "asset_pairs.json")) == [
        ("XXBTZUSD", "BTC", "USD", True),
        ("XDGEUR", "DOGE", "EUR", True),
        ("XETHXXBT", "ETH", "BTC", True),
        ("ACAEUR", "ACA", "EUR", False),
    ]


def test_a_product_that_can_only_be_cancelled_or_is_gone_is_not_traded() -> None:
    assert listed("coinbase", payload("coinbase", "products.json")) == [
        ("BTC-USD", "BTC", "USD", True),
        ("ETH-USDT", "ETH", "USDT", False),
        ("OLD-USD", "OLD", "USD", False),
    ]


def test_the_recorded_pairs_are_those_their_index_names(recorded: Callable[[str], bytes]) -> None:
    assert listed("kraken", recorded("kraken/asset_pairs_excerpt5.json")) == [
        ("XXBTZUSD", "BTC", "USD", True),
        ("XDGUSD", "DOGE", "USD", True),
        ("XETHXXBT", "ETH", "BTC", True),
        ("SOLUSD", "SOL", "USD", True),
        ("ACAEUR", "ACA", "EUR", False),
    ]


def test_the_recorded_product_is_the_one_its_index_names(recorded: Callable[[str], bytes]) -> None:
    assert listed("coinbase", recorded("coinbase/product_ETH-USDT.json")) == [("ETH-USDT", "ETH", "USDT", True)]


@pytest.mark.parametrize(
    ("slug", "body", "status", "outcome"),
    [
        ("kraken", b'{"error":["EGeneral:Too many requests"]}', 200, Outcome.RATE_LIMITED),
        ("kraken", b'{"error":["EService:Unavailable"]}', 200, Outcome.BROKEN),
        ("kraken", b"<html>", 200, Outcome.BROKEN),
        ("coinbase", b'{"message":"Public rate limit exceeded"}', 429, Outcome.RATE_LIMITED),
        ("coinbase", b'{"message":"NotFound"}', 404, Outcome.UNKNOWN_ASSET),
        ("coinbase", b"[]x", 200, Outcome.BROKEN),
    ],
)
def test_an_error_has_its_outcome(slug: str, body: bytes, status: int, outcome: Outcome) -> None:
    assert outcome_of(slug, body, status) is outcome


@pytest.mark.parametrize("slug", LISTS)
def test_a_list_that_breaks_off_is_broken_wherever_it_ends(slug: str) -> None:
    body = payload(slug, LISTS[slug]).strip()
    assert {outcome_of(slug, body[:end]) for end in range(0, len(body), 7)} == {Outcome.BROKEN}


NEEDED = {"kraken": ("wsname", "status"), "coinbase": ("id", "base_currency", "quote_currency", "status")}
WRONG: tuple[object, ...] = (7, "", [], {}, True)


@pytest.mark.parametrize(("slug", "name"), [(slug, name) for slug, names in NEEDED.items() for name in names])
@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_a_pair_with_a_member_of_a_wrong_kind_is_no_pair(slug: str, name: str, wrong: object) -> None:
    body = json.loads(payload(slug, LISTS[slug]))
    row = body["result"]["XXBTZUSD"] if slug == "kraken" else body[0]
    row[name] = wrong
    assert outcome_of(slug, json.dumps(body).encode()) is Outcome.BROKEN


@pytest.mark.parametrize("name", ["XBTUSD", "/USD", "XBT/"])
def test_a_pair_without_two_sides_is_none(name: str) -> None:
    body = json.loads(payload("kraken", "asset_pairs.json"))
    body["result"]["XXBTZUSD"]["wsname"] = name
    assert outcome_of("kraken", json.dumps(body).encode()) is Outcome.BROKEN


def test_either_of_krakens_names_of_a_coin_is_found_in_its_list() -> None:
    assert [pairs_of("kraken").spelled(name) for name in ("XBT", "BTC", "XDG", "SOL")] == ["BTC", "BTC", "DOGE", "SOL"]
    assert pairs_of("coinbase").spelled("BTC") == "BTC"
