"""Health drawn anew: reproducible, and never all providers at once."""

from __future__ import annotations

import random

from cryptohub.tools.drill.random_faults import draw

SLUGS = ("binance", "kraken", "okx")


def test_one_provider_is_always_well_and_the_draws_follow_the_seed() -> None:
    source, again = random.Random(1), random.Random(1)
    drawn = [draw(source, SLUGS, 0.0) for _ in range(200)]
    assert {len(failing) for failing in drawn} == {2}
    assert {slug for failing in drawn for slug in failing} == set(SLUGS)
    assert drawn == [draw(again, SLUGS, 0.0) for _ in range(200)]


def test_providers_fail_as_often_as_they_are_said_to() -> None:
    source = random.Random(2)
    failing = sum(len(draw(source, SLUGS, 0.7)) for _ in range(3000))
    assert abs(failing / 3000 - 2 * 0.3) < 0.05
