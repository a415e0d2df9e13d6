"""Confirmation of values that the peers contradict, for calls outside a decision: probes and the reference sweep.

A peer's older price is no evidence against a newer one. So other lineages are asked at once, by a decision of the
engine, which holds what is contradicted until two agree. Only a value that they then contradict is wrong.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from providers.domain.outcomes import Failure, Outcome
from providers.engine.attempt import Success, record_failure
from providers.engine.decide import Engine
from providers.engine.query import Answered, Names, Query
from providers.resilience.price_consensus import PeerComparison, PeerVerdict
from providers.resilience.selection import Candidate
from providers.state.health_registry import AttemptContext

DEADLINE_S = 2.0
"""Time for other lineages to answer, in seconds."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Values by item: those believed, and those proved ``wrong`` with the evidence; others stay open."""

    believed: dict[Any, Any] = field(default_factory=dict)
    wrong: dict[Any, tuple[Any, str]] = field(default_factory=dict)

    def failure(self) -> Failure | None:
        """Return the failure that the wrong values are, or None without one."""
        evidence = next((evidence for _, evidence in self.wrong.values()), None)
        return Failure(Outcome.IMPLAUSIBLE, evidence) if evidence is not None else None


def confirm(engine: Engine, names: Names, candidate: Candidate, at: AttemptContext, success: Success) -> Confirmation:
    """Compare current values with their peers, ask other lineages about contradicted ones, and note the believed.

    1. A value that agrees with its peers, or has none, is believed.
    2. Of the others, one that a verified answer of another lineage confirms is believed.
    3. One that such an answer contradicts is wrong, unless the market may have passed it on its way there.
    4. What no verified answer was found for stays open: word against word proves nothing against either side.
    """
    checks, lineage = engine.checks_for(at.category), candidate.link.lineage
    current = {item: value for item, value in success.values.items() if item not in success.old}
    comparisons = {item: checks.judge(value, lineage, time.time()) for item, value in current.items()}
    doubted = {item: found for item, found in comparisons.items() if _is_contradicted(found)}
    answers = _ask_others(engine, names, at, tuple(doubted))
    result, now, fetched_at = Confirmation(), time.time(), success.response.received_at.timestamp()
    for item, value in current.items():
        reference, answer = comparisons[item].reference, answers.get(item)
        if item not in doubted or (answer is not None and checks.agree(value, answer.value, reference)):
            result.believed[item] = value
            checks.note(value, lineage, now)
        elif answer is None or answer.lineage == lineage or answer.is_behind(value, fetched_at):
            continue
        elif not checks.is_on_the_way(value, lineage, answer.value, reference, now):
            result.wrong[item] = value, comparisons[item].evidence()
    return result


def record_wrong(engine: Engine, at: AttemptContext, confirmation: Confirmation) -> bool:
    """Quarantine the wrong values and count them as one failure; return False if there are none."""
    failure = confirmation.failure()
    if failure is None:
        return False
    for item, (value, evidence) in confirmation.wrong.items():
        engine.state.quarantine(at, item, value, evidence)
    record_failure(engine.context(at.category), at, [], failure)
    return True


def _is_contradicted(comparison: PeerComparison) -> bool:
    return comparison.verdict in (PeerVerdict.OUTLIER, PeerVerdict.FROZEN)


def _ask_others(engine: Engine, names: Names, at: AttemptContext, items: tuple[Any, ...]) -> Mapping[Any, Answered]:
    """Return verified current answers, as a decision of the engine finds them."""
    if not items:
        return {}
    result = engine.decide(Query(at.category, items, names, DEADLINE_S, last_resort=False))
    return {item: answer for item, answer in result.answered.items() if answer.verified and answer.stale_reason is None}
