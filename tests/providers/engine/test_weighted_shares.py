"""Weighted chains: the shares an operator sets are the shares that come out."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.domain.categories import Strategy
from providers.engine.decide import GOLDEN_RATIO
from providers.resilience.breaker import Breaker, opened
from providers.resilience.selection import weighted
from tests.providers.resilience.parts import NOW, chain, hosts, link, provider, view

WEIGHTS = (40, 25, 20, 10, 5)
LINKS = [link(provider(n), weight=weight) for n, weight in enumerate(WEIGHTS, start=1)]
CHAIN = chain(*LINKS, strategy=Strategy.WEIGHTED)


def shares(start: float, breakers: dict[str, Breaker], place: int = 0, calls: int = 2000) -> dict[str, float]:
    """Whose turn it was at a place, over tickets as the engine draws them."""
    drawn = (
        hosts(CHAIN, view(ticket=(start + n * GOLDEN_RATIO) % 1.0, breakers=breakers))[place].partition("-")[0]
        for n in range(calls)
    )
    return {slug: 100 * count / calls for slug, count in Counter(drawn).items()}


@pytest.mark.parametrize("start", [0.0, 0.37, 0.999])
def test_five_healthy_providers_get_their_weights_within_two_points(start: float) -> None:
    found = shares(start, {})
    assert all(abs(found[f"p{n}"] - weight) <= 2 for n, weight in enumerate(WEIGHTS, start=1))


@pytest.mark.parametrize("down", [1, 3, 5])
def test_the_share_of_one_that_is_down_is_redistributed_in_proportion(down: int) -> None:
    found = shares(0.5, {f"endpoint:{down}0": opened(Breaker(), NOW, 0.0)})
    left = 100 - WEIGHTS[down - 1]
    assert f"p{down}" not in found
    assert all(abs(found[f"p{n}"] - 100 * w / left) <= 2 for n, w in enumerate(WEIGHTS, start=1) if n != down)


def test_failover_from_one_goes_to_the_others_in_proportion() -> None:
    """The second place among the calls whose first place was provider 1."""
    second: Counter[str] = Counter()
    for n in range(8_000):
        order = hosts(CHAIN, view(ticket=(n * GOLDEN_RATIO) % 1.0))
        if order[0] == "p1-0":
            second[order[1]] += 1
    total = second.total()
    assert all(abs(100 * second[f"p{n}-0"] / total - 100 * w / 60) <= 2 for n, w in enumerate(WEIGHTS, 1) if n > 1)


def test_weight_zero_is_asked_last() -> None:
    links = [link(provider(1), weight=0), link(provider(2), weight=1), link(provider(3), weight=0)]
    assert [found.provider.slug for found in weighted(links, 0.0)] == ["p2", "p1", "p3"]


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=8), st.floats(0, 1))
def test_every_link_is_drawn_exactly_once_whatever_the_ticket(weights: list[int], ticket: float) -> None:
    links = [link(provider(n), weight=weight) for n, weight in enumerate(weights, start=1)]
    assert sorted(found.id for found in weighted(links, ticket)) == [found.id for found in links]
