"""A soak's troubles are drawn from a seed, and always leave somebody who can carry the load."""

from __future__ import annotations

import pytest

from cryptohub.tools.drill.fault_plan import FAULTS, PlannedFault, draw_faults
from cryptohub.tools.drill.harness import RATE
from cryptohub.tools.drill.soak import SPARE, rate_limits
from providers.sandbox.faults import read_fault
from providers.sandbox.world import ADDRESSES

PLACES = [(address.provider, address.n) for address in ADDRESSES]


def strokes(seed: int, seconds: float = 600) -> list[PlannedFault]:
    return draw_faults(seed, seconds, PLACES, rate_limits(), SPARE * RATE)


def test_the_same_seed_gives_the_same_troubles_and_another_gives_others() -> None:
    assert strokes(7) == strokes(7)
    assert strokes(7) != strokes(8)


@pytest.mark.parametrize("seed", range(20))
def test_at_every_moment_the_untouched_can_carry_the_load(seed: int) -> None:
    drawn = strokes(seed)
    assert len(drawn) > 40
    for moment in (stroke.window.start for stroke in drawn):  # the untouched grow fewer then, and at no other time
        hit = {slug for stroke in drawn if moment in stroke.window for slug, _ in stroke.scope}
        assert sum(rate for slug, rate in rate_limits().items() if slug not in hit) >= SPARE * RATE


@pytest.mark.parametrize("seed", range(20))
def test_two_troubles_never_meet_on_one_endpoint_for_one_would_undo_the_other(seed: int) -> None:
    drawn = strokes(seed)
    for number, one in enumerate(drawn):
        for other in drawn[number + 1 :]:
            apart = one.window.end <= other.window.start or other.window.end <= one.window.start
            assert apart or not one.scope & other.scope


def test_every_fault_is_one_the_sandbox_can_play() -> None:
    for kind, options in FAULTS:
        assert read_fault({"kind": kind, **options}, now=0.0).kind == kind


def test_all_is_well_before_the_end() -> None:
    assert max(stroke.window.end for stroke in strokes(3, 60)) <= 57
