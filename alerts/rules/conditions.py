"""Conditions of price alerts: edge-triggered with hysteresis, on fresh and newer samples only. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

HYSTERESIS = Decimal("0.002")
"""Share of the threshold by which the price must go back before an alert that fired is armed again."""


CLOCK_LEAD = timedelta(minutes=10)
"""A last sample further ahead than this was seen before the clock was set back: it does not count."""


class Direction(StrEnum):
    """The side of the threshold that the alert waits for."""

    ABOVE = "above"
    BELOW = "below"


class AlertState(StrEnum):
    """The state of an alert, computed from its facts."""

    WAITING = "waiting"
    ARMED = "armed"
    FIRED = "fired"


class IgnoreReason(StrEnum):
    """The reason why a sample does not count."""

    STALE = "stale"
    NOT_NEWER = "not newer"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Sample:
    """A price at a time (aware UTC). ``fresh`` is False for a last known good."""

    price: Decimal
    at: datetime
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """An alert's rule, and what it has seen since it was created or last edited.

    ``armed``: the price was seen on the far side, so the next crossing fires. ``fired``: it crossed before, so the
    price must go back past the hysteresis to arm it again.
    """

    direction: Direction
    threshold: Decimal
    armed: bool = False
    fired: bool = False
    last_at: datetime | None = None
    last_price: Decimal | None = None

    @property
    def state(self) -> AlertState:
        """``armed``, else ``fired`` if it has fired, else ``waiting``."""
        if self.armed:
            return AlertState.ARMED
        return AlertState.FIRED if self.fired else AlertState.WAITING

    @property
    def rearms_at(self) -> Decimal:
        """The price past which an alert that fired is armed again."""
        sign = -1 if self.direction is Direction.ABOVE else 1
        return self.threshold * (1 + sign * HYSTERESIS)


def ignore_reason(facts: AlertFacts, sample: Sample) -> IgnoreReason | None:
    """Return why a sample does not count, or None. An unverified one counts: the event says that it was unverified."""
    if not sample.price.is_finite() or sample.price <= 0:
        return IgnoreReason.IMPOSSIBLE
    if not sample.fresh:
        return IgnoreReason.STALE
    if facts.last_at is not None and sample.at <= facts.last_at <= sample.at + CLOCK_LEAD:
        return IgnoreReason.NOT_NEWER
    return None


def is_met(facts: AlertFacts, price: Decimal) -> bool:
    """Return whether the price is at or past the threshold, on the side the alert waits for."""
    return price >= facts.threshold if facts.direction is Direction.ABOVE else price <= facts.threshold


def is_past_rearming(facts: AlertFacts, price: Decimal) -> bool:
    """Return whether the price has gone back past the hysteresis, so that the next crossing counts."""
    return price < facts.rearms_at if facts.direction is Direction.ABOVE else price > facts.rearms_at


def step(facts: AlertFacts, sample: Sample) -> tuple[AlertFacts, bool]:
    """Return the facts after one sample, and whether the alert fires on it.

    1. A sample that is impossible, stale or no newer than the last one changes nothing.
    2. Condition met while armed: the alert fires and is disarmed.
    3. Condition not met, and past the hysteresis if it has fired before: the alert is armed.
    4. Anything else only replaces the last sample.
    """
    if ignore_reason(facts, sample):
        return facts, False
    updated = replace(facts, last_at=sample.at, last_price=sample.price)
    if is_met(facts, sample.price):
        return replace(updated, armed=False, fired=facts.fired or facts.armed), facts.armed
    if facts.fired and not is_past_rearming(facts, sample.price):
        return updated, False
    return replace(updated, armed=True), False
