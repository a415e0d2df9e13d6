"""When a price alert fires: edge-triggered, once per crossing, on newer and fresh samples only. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

HYSTERESIS = Decimal("0.002")
"""How far past the threshold the price must go back before an alert that fired is armed again."""


class Direction(StrEnum):
    """Which side of the threshold the user waits for."""

    ABOVE = "above"
    BELOW = "below"


class AlertState(StrEnum):
    """What a rule is doing, computed from its facts."""

    WAITING = "waiting"
    ARMED = "armed"
    FIRED = "fired"


class IgnoreReason(StrEnum):
    """Why a sample says nothing to a rule."""

    STALE = "stale"
    NOT_NEWER = "not newer"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Sample:
    """A price seen at a time (aware UTC). ``fresh`` is the feed's word that it is not a last known good."""

    price: Decimal
    at: datetime
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """A rule and what it has seen since it was made or last edited.

    ``armed``: the far side was seen and the crossing is still to come. ``fired``: it crossed before, so the way back
    has to pass the hysteresis.
    """

    direction: Direction
    threshold: Decimal
    armed: bool = False
    fired: bool = False
    last_at: datetime | None = None
    last_price: Decimal | None = None

    @property
    def state(self) -> AlertState:
        if self.armed:
            return AlertState.ARMED
        return AlertState.FIRED if self.fired else AlertState.WAITING

    @property
    def rearms_at(self) -> Decimal:
        """The price that an alert that fired must pass to be armed again."""
        sign = -1 if self.direction is Direction.ABOVE else 1
        return self.threshold * (1 + sign * HYSTERESIS)


def ignore_reason(facts: AlertFacts, sample: Sample) -> IgnoreReason | None:
    """The reason to leave a sample out. One without a second peer is taken: who fires it says so."""
    if not sample.price.is_finite() or sample.price <= 0:
        return IgnoreReason.IMPOSSIBLE
    if not sample.fresh:
        return IgnoreReason.STALE
    if facts.last_at is not None and sample.at <= facts.last_at:
        return IgnoreReason.NOT_NEWER
    return None


def is_met(facts: AlertFacts, price: Decimal) -> bool:
    """Whether the price is at the threshold or past it, on the side the user waits for."""
    return price >= facts.threshold if facts.direction is Direction.ABOVE else price <= facts.threshold


def is_past_rearming(facts: AlertFacts, price: Decimal) -> bool:
    """Whether the price has gone back far enough, beyond the hysteresis, for the next crossing to count."""
    return price < facts.rearms_at if facts.direction is Direction.ABOVE else price > facts.rearms_at


def step(facts: AlertFacts, sample: Sample) -> tuple[AlertFacts, bool]:
    """The facts after one sample, and whether the alert fires on it.

    1. A sample that is impossible, stale or no newer than the last one changes nothing.
    2. Met while armed: it fires and is disarmed.
    3. Not met, and past the hysteresis if it has fired before: it is armed.
    4. Anything else is only remembered as the last sample.
    """
    if ignore_reason(facts, sample):
        return facts, False
    updated = replace(facts, last_at=sample.at, last_price=sample.price)
    if is_met(facts, sample.price):
        return replace(updated, armed=False, fired=facts.fired or facts.armed), facts.armed
    if facts.fired and not is_past_rearming(facts, sample.price):
        return updated, False
    return replace(updated, armed=True), False
