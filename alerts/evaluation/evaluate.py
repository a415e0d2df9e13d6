"""Rules -> one feeds call -> claim -> event and outbox row.

Many workers may do this at once. Each writes only over the facts it read, so a crossing is claimed by one of them; a
worker killed before its commit leaves the facts as they were, and the next sample finds the crossing still there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db import transaction

from alerts.models import AlertEvent, Channel, Delivery, PriceAlert
from alerts.rules.conditions import Sample, step
from markets.feeds import queries
from markets.feeds.queries import PriceRow, Prices
from providers.domain.market_data import Instrument

INTERVAL_S = 5.0
"""Seconds between two evaluations."""

MAX_AGE_S = INTERVAL_S - 0.2
"""How old a price may be to judge by: the one of the turn before is not taken again, one that came late then is."""

MAX_SOURCE_AGE = timedelta(minutes=5)
"""A source's own time further back than this is not a fresh price, however recently it was fetched."""

_BATCH_SIZE = 500


class PriceFeed(Protocol):
    """The part of ``feeds.prices`` an evaluation needs."""

    def __call__(self, items: Sequence[Instrument], *, max_age: float | None = None) -> Prices: ...


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """What one evaluation did."""

    rules: int = 0
    missing: int = 0
    fired: int = 0


def evaluate(now: datetime, prices: PriceFeed = queries.prices) -> EvaluationResult:
    """Judge every enabled alert by the newest price of its coin.

    1. Read the rules; ask for all their instruments at once.
    2. Step each rule by its coin's sample. One that fires is claimed on its own, with its event.
    3. The others that saw something new are updated together, by what they have in common.
    """
    rules = list(PriceAlert.objects.to_evaluate().select_related("owner"))
    if not rules:
        return EvaluationResult()
    answer = prices(sorted({rule.instrument for rule in rules}, key=lambda item: item.key), max_age=MAX_AGE_S)
    groups: dict[_UpdateGroup, list[int]] = defaultdict(list)
    fired = missing = 0
    for rule in rules:
        row = answer.rows.get(rule.instrument)
        if row is None:
            missing += 1
            continue
        sample = sample_of(row, now)
        after, fires = step(rule.facts, sample)
        if fires:
            fired += _claim_crossing(rule, _Crossing(sample, row, answer.meta.decision or "", now))
        elif after != rule.facts:
            groups[_UpdateGroup(rule.edition, rule.armed, after.armed, sample)].append(rule.pk)
    for alike, keys in groups.items():
        alike.save(keys)
    return EvaluationResult(len(rules), missing, fired)


def sample_of(row: PriceRow, now: datetime) -> Sample:
    """A feed's row as a sample: seen when its source says, but never later than we fetched it."""
    as_of = row.quote.as_of
    at = min(as_of, row.fetched_at) if as_of else row.fetched_at
    return Sample(price=row.quote.price, at=at, fresh=not row.stale and now - at <= MAX_SOURCE_AGE)


@dataclass(frozen=True, slots=True)
class _UpdateGroup:
    """What rules have in common that can be updated in one statement: the facts they were read with, and the new."""

    edition: int
    was_armed: bool
    armed: bool
    sample: Sample

    def save(self, keys: Sequence[int]) -> None:
        at, price = self.sample.at, self.sample.price
        unchanged = PriceAlert.objects.not_changed_since(self.edition, self.was_armed, at)
        for start in range(0, len(keys), _BATCH_SIZE):
            unchanged.filter(pk__in=keys[start : start + _BATCH_SIZE]).update(
                armed=self.armed, last_at=at, last_price=price
            )


@dataclass(frozen=True, slots=True)
class _Crossing:
    """The quote that crossed a threshold, and when and by which decision it was given to us."""

    sample: Sample
    row: PriceRow
    decision: str
    now: datetime


def _claim_crossing(rule: PriceAlert, crossing: _Crossing) -> bool:
    """Fire a rule, if nobody else has: the claim, the event and its outbox row are one transaction."""
    unchanged = PriceAlert.objects.not_changed_since(rule.edition, rule.armed, crossing.sample.at)
    with transaction.atomic():
        claimed = unchanged.filter(pk=rule.pk, fires=rule.fires).update(
            armed=False,
            fires=rule.fires + 1,
            fired_at=crossing.now,
            last_at=crossing.sample.at,
            last_price=crossing.sample.price,
        )
        if claimed:
            _write_event(rule, crossing)
    return claimed == 1


def _write_event(rule: PriceAlert, crossing: _Crossing) -> None:
    """The event, and the outbox row of each channel its owner can be reached by."""
    row, quote = crossing.row, crossing.row.quote
    event = AlertEvent.objects.create(
        alert=rule,
        number=rule.fires + 1,
        owner=rule.owner,
        asset_id=rule.asset_id,
        direction=rule.direction,
        threshold=rule.threshold,
        note=rule.note,
        price=quote.price,
        currency=quote.currency,
        source=row.source,
        endpoint=row.endpoint,
        as_of=quote.as_of,
        fetched_at=row.fetched_at,
        verified=row.verified,
        decision=crossing.decision,
        created_at=crossing.now,
    )
    if rule.owner.email:
        Delivery.objects.create(event=event, channel=Channel.EMAIL, next_try_at=crossing.now)
