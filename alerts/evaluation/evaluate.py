"""Evaluation of price alerts: one call for all prices, then a claim, an event and an outbox row per crossing.

Workers may run this concurrently. Each writes only over the facts that it read, so one of them claims a crossing. A
worker killed before its commit leaves the facts unchanged, and the next sample crosses again.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.db import transaction

from alerts.models import AlertEvent, Channel, Delivery, PriceAlert
from alerts.rules.conditions import Sample, step
from markets.analysis.conversion import NotConverted, Rate, convert
from markets.feeds import queries
from markets.feeds.queries import PriceRow, Prices
from providers.adapters.shared.parsing import ARITHMETIC
from providers.domain.market_data import ANY_DOLLAR, Instrument

log = logging.getLogger(__name__)

INTERVAL_S = 5.0
"""Seconds between two evaluations."""

MAX_AGE_S = INTERVAL_S - 0.2
"""Maximum age of a price: excludes the price of the previous evaluation, but not one that arrived late in it."""

MAX_SOURCE_AGE = timedelta(minutes=5)
"""Maximum age by the source's own time: an older price is not fresh, however recently it was fetched."""

DOLLAR = "USD"
STABLECOINS = {
    "USDT": "tether", "USDC": "usd-coin", "FDUSD": "first-digital-usd", "TUSD": "true-usd", "PYUSD": "paypal-usd",
    "USDE": "ethena-usde", "USDS": "usds", "DAI": "dai",
}  # fmt: skip
"""Dollar stablecoins that sources quote in, and the coins whose dollar price is their rate."""
RATE_MAX_AGE_S = 60.0
"""Maximum age of a stablecoin's rate to the dollar, in seconds."""

_BATCH_SIZE = 500


class PriceFeed(Protocol):
    """The signature of ``queries.prices``."""

    def __call__(self, items: Sequence[Instrument], *, max_age: float | None = None) -> Prices:
        """Return the prices of these instruments, at most ``max_age`` seconds old."""


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """The numbers of rules evaluated, rules without a price, and alerts fired."""

    rules: int = 0
    missing: int = 0
    fired: int = 0


def evaluate(now: datetime, prices: PriceFeed = queries.prices) -> EvaluationResult:
    """Evaluate every enabled alert against the newest price of its coin.

    1. Read the rules; fetch the prices of all their instruments by one call.
    2. Step each rule by its sample. Claim each that fires on its own, with its event.
    3. Update the others that saw a new sample together, one statement per group with the same facts.
    """
    rules = list(PriceAlert.objects.to_evaluate().select_related("owner"))
    if not rules:
        return EvaluationResult()
    fetched = prices(sorted({rule.instrument for rule in rules}, key=lambda item: item.key), max_age=MAX_AGE_S)
    rates = dollar_rates((row.quote.currency for row in fetched.rows.values()), prices)
    samples = {
        item: sample_of(row, now, rates if item.quote == ANY_DOLLAR else None) for item, row in fetched.rows.items()
    }  # once per coin, however many rules it has
    groups: dict[_UpdateGroup, list[int]] = defaultdict(list)
    fired = missing = 0
    for rule in rules:
        row, sample = fetched.rows.get(rule.instrument), samples.get(rule.instrument)
        if row is None or sample is None:
            missing += 1
            continue
        after, fires = step(rule.facts, sample)
        if fires:
            fired += _claim_crossing(rule, _Crossing(sample, row, fetched.meta.decision or "", now))
        elif after != rule.facts:
            groups[_UpdateGroup(rule.edition, rule.armed, after.armed, sample)].append(rule.pk)
    for group, keys in groups.items():
        group.save(keys)
    return EvaluationResult(len(rules), missing, fired)


def sample_of(row: PriceRow, now: datetime, rates: Sequence[Rate] | None = None) -> Sample | None:
    """Convert a price row to a sample, at its source's own time but never later than it was fetched.

    With ``rates`` the price is converted to dollars, so that a source that quotes in a stablecoin is not compared with
    one that quotes in dollars. None, with the reason logged, without a rate.
    """
    at, price = observed_at(row), row.quote.price
    if rates is not None and row.quote.currency != DOLLAR:
        result = convert(price, row.quote.currency, DOLLAR, rates, now=now, max_age=MAX_SOURCE_AGE)
        if isinstance(result, NotConverted):
            log.warning("alerts on %s wait: %s", row.quote.asset, result.reason)
            return None
        price = result.amount.normalize(ARITHMETIC)
    return Sample(price=price, at=at, fresh=not row.stale and now - at <= MAX_SOURCE_AGE)


def observed_at(row: PriceRow) -> datetime:
    """Return the source's own time, but never one later than the price was fetched."""
    return min(row.quote.as_of, row.fetched_at) if row.quote.as_of else row.fetched_at


def dollar_rates(currencies: Iterable[str], prices: PriceFeed) -> list[Rate]:
    """Return the observed price in dollars of each stablecoin that has a fresh one.

    One that no source prices in dollars has no rate: a stablecoin is never taken for a dollar. A last known good is
    no rate either, since a stablecoin's price is in doubt when its sources fail.
    """
    items = {
        currency: Instrument(STABLECOINS[currency], DOLLAR) for currency in set(currencies) if currency in STABLECOINS
    }
    if not items:
        return []
    rows = prices(sorted(items.values(), key=lambda item: item.key), max_age=RATE_MAX_AGE_S).rows
    return [
        Rate(currency, DOLLAR, row.quote.price, row.source, observed_at(row))
        for currency, item in items.items()
        if (row := rows.get(item)) is not None and not row.stale and row.quote.currency == DOLLAR
    ]


@dataclass(frozen=True, slots=True)
class _UpdateGroup:
    """Rules that one statement can update: the facts they were read with, and the new ones."""

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
    """A sample that crossed a threshold: its row, the id of the decision behind it, and the time."""

    sample: Sample
    row: PriceRow
    decision: str
    now: datetime


def _claim_crossing(rule: PriceAlert, crossing: _Crossing) -> bool:
    """Fire a rule unless another worker has; the claim, the event and its outbox row are one transaction."""
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
    """Write the event, and an outbox row if its owner has an e-mail address."""
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
