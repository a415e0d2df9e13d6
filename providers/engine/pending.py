"""Items of an execution that are not answered yet, and the values collected for them.

A value that the peers contradict becomes an unconfirmed one until another lineage confirms it or proves it wrong.
Guarded by the execution's lock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from providers.domain.adapter import Lookup
from providers.domain.outcomes import Failure, Outcome
from providers.engine.attempt import Success
from providers.engine.query import Answered, Checks
from providers.resilience.decision import Attempt
from providers.resilience.price_consensus import PeerVerdict
from providers.resilience.selection import Candidate
from providers.state.health_registry import AttemptContext
from providers.transport import http


@dataclass(eq=False, slots=True)
class InflightAttempt:
    """An attempt that is running; ``began`` is its start (monotonic).

    ``hedged``: it outlasted its hedge delay. ``abandoned``: the execution ended without it. ``contradicted``: one of
    its values was proved wrong.
    """

    candidate: Candidate
    lookups: list[Lookup[Any]]
    call: http.Call
    target: AttemptContext
    record: Attempt
    began: float
    hedged: bool = False
    abandoned: bool = False
    contradicted: bool = False

    def finish(self, outcome: str, detail: str, status: int | None = None) -> None:
        """Complete the attempt's record in the decision."""
        record = self.record
        record.outcome, record.detail, record.status = outcome, detail, status
        record.ms = (time.monotonic() - self.began) * 1000


@dataclass(slots=True)
class Unconfirmed:
    """A value that the peers contradict, waiting for another lineage; ``reference`` is what the peers said."""

    answer: Answered
    attempt: InflightAttempt
    evidence: str
    reference: float | None


@dataclass(slots=True)
class Resolution:
    """Consequences of an answer for earlier attempts, to be recorded once the execution's lock is free."""

    failed: list[tuple[InflightAttempt, Failure]] = field(default_factory=list)
    confirmed: list[InflightAttempt] = field(default_factory=list)
    wrong: list[tuple[InflightAttempt, Any, Unconfirmed]] = field(default_factory=list)


class PendingItems:
    """Unanswered ``items``, accepted values, ``unconfirmed`` ones, and those ``old`` by the source's own time.

    ``older`` values agree with earlier peers, but are behind unconfirmed ones that contradict them.
    """

    def __init__(self, items: Iterable[Any], checks: Checks) -> None:
        self.items: dict[Any, None] = dict.fromkeys(items)
        self.answered: dict[Any, Answered] = {}
        self.unconfirmed: dict[Any, list[Unconfirmed]] = {}
        self.old: dict[Any, Answered] = {}
        self.older: dict[Any, Answered] = {}
        self._checks = checks

    def collect(self, attempt: InflightAttempt, success: Success, resolution: Resolution) -> bool:
        """Take the values of a successful attempt; return False if all of them stay unconfirmed."""
        link, host = attempt.candidate.link, attempt.candidate.endpoint.host
        received_at = success.response.received_at
        for item, value in success.values.items():
            if item in self.items:
                old = success.old.get(item)
                answer = Answered(value, link.provider.slug, link.lineage, host, received_at, False, old)
                self._take(item, answer, attempt, resolution)
        return not success.values or any(item not in self.unconfirmed for item in success.values)

    def is_unconfirmed_by(self, item: Any, lineage: str) -> bool:
        """Return True if this lineage has given an unconfirmed value for the item, or one behind those."""
        older = self.older.get(item)
        return (older is not None and older.lineage == lineage) or any(
            entry.answer.lineage == lineage for entry in self.unconfirmed.get(item, ())
        )

    def missing(self, is_known: Callable[[Any], bool]) -> dict[Any, str]:
        """Return the reason for each item without a value; ``is_known`` tells if any provider knows an item."""
        missing = {}
        for item in self.items:
            if item in self.answered:
                continue
            if self.unconfirmed.get(item):
                missing[item] = "unconfirmed"
            else:
                missing[item] = "unavailable" if is_known(item) else "unknown"
        return missing

    def _take(self, item: Any, answer: Answered, attempt: InflightAttempt, resolution: Resolution) -> None:
        """Accept a value, or keep it unconfirmed until another lineage has answered."""
        if answer.stale_reason is not None:
            self.old.setdefault(item, answer)
            return
        comparison = self._checks.judge(answer.value, answer.lineage, time.time())
        others = [entry for entry in self.unconfirmed.get(item, ()) if entry.answer.lineage != answer.lineage]
        is_seconded = any(self._checks.agree(answer.value, entry.answer.value, entry.reference) for entry in others)
        is_contradicted = comparison.verdict in (PeerVerdict.OUTLIER, PeerVerdict.FROZEN)
        is_word_against_word = comparison.verdict is PeerVerdict.ALONE and bool(others)
        if (is_contradicted or is_word_against_word) and not is_seconded:
            entry = Unconfirmed(answer, attempt, comparison.evidence(), comparison.reference)
            self.unconfirmed.setdefault(item, []).append(entry)
            return
        if not is_contradicted and not is_seconded and self._is_older(answer, others):
            self.older.setdefault(item, answer)
            return
        if comparison.verdict is PeerVerdict.AGREED or is_seconded:
            answer = answer.confirmed()
        if is_contradicted:
            self._checks.supersede(answer.value, time.time())
        self._accept(item, answer, resolution)

    def _accept(self, item: Any, answer: Answered, resolution: Resolution) -> None:
        """Make this the item's value, and resolve the unconfirmed values of other lineages by it.

        A value that the market may have passed on its way here is neither confirmed nor wrong.
        """
        now = time.time()
        del self.items[item]
        self.answered[item] = answer
        self._checks.note(answer.value, answer.lineage, now)
        for entry in self.unconfirmed.pop(item, ()):
            if self._checks.agree(answer.value, entry.answer.value, entry.reference):
                self._checks.note(entry.answer.value, entry.answer.lineage, now)
                resolution.confirmed.append(entry.attempt)
            elif not self._may_have_passed(entry, answer, now):
                resolution.wrong.append((entry.attempt, item, entry))
                if not entry.attempt.contradicted:
                    entry.attempt.contradicted = True
                    resolution.failed.append((entry.attempt, Failure(Outcome.IMPLAUSIBLE, entry.evidence)))

    def _may_have_passed(self, entry: Unconfirmed, settled: Answered, now: float) -> bool:
        """Return True if the market may have passed an unconfirmed value on its way to the settled one."""
        held = entry.answer
        return self._checks.is_on_the_way(held.value, held.lineage, settled.value, entry.reference, now)

    def _is_older(self, answer: Answered, others: Iterable[Unconfirmed]) -> bool:
        """Return True if an answer's own time lags behind values that contradict it: it proves nothing against them."""
        return any(
            answer.is_behind(entry.answer.value, entry.answer.fetched_at.timestamp())
            and not self._checks.agree(answer.value, entry.answer.value, entry.reference)
            for entry in others
        )

    def take_older(self) -> None:
        """Answer what is left with values that agree with earlier peers, though newer ones contradict them."""
        for item, answer in self.older.items():
            if item in self.items:
                del self.items[item]
                self.answered[item] = answer
