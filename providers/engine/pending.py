"""What a race still asks for, and what is believed of the answers: claims that the peers contradict wait for another
lineage, and who is found wrong is blamed. Guarded by the race's lock.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from providers.domain.adapter import Lookup
from providers.domain.outcomes import Failure, Outcome
from providers.engine.query import Answered, Checks
from providers.resilience.decision import Attempt
from providers.resilience.price_consensus import PeerVerdict
from providers.resilience.selection import Candidate
from providers.state.health_registry import AttemptContext
from providers.transport import http


@dataclass(eq=False, slots=True)
class InflightAttempt:
    """An attempt under way."""

    candidate: Candidate
    lookups: list[Lookup[Any]]
    call: http.Call
    at: AttemptContext
    record: Attempt
    began: float
    outlasted: bool = False
    lost: bool = False
    wrong: bool = False


@dataclass(slots=True)
class Unconfirmed:
    """A value that the peers contradict, waiting for another lineage."""

    answer: Answered
    flight: InflightAttempt
    evidence: str


@dataclass(slots=True)
class Resolution:
    """What an answer showed of attempts that came before it: done as soon as the race's lock is free."""

    blamed: list[tuple[InflightAttempt, Failure]] = field(default_factory=list)
    confirmed: list[InflightAttempt] = field(default_factory=list)
    wrong: list[tuple[InflightAttempt, Any, Unconfirmed]] = field(default_factory=list)


class PendingItems:
    """Items still asked for, values accepted, claims waiting, and values that are old by their own source's time."""

    def __init__(self, items: Iterable[Any], checks: Checks) -> None:
        self.items: dict[Any, None] = dict.fromkeys(items)
        self.answered: dict[Any, Answered] = {}
        self.claims: dict[Any, list[Unconfirmed]] = {}
        self.old: dict[Any, Answered] = {}
        self._checks = checks

    def claim(self, item: Any, answer: Answered, flight: InflightAttempt, found: Resolution) -> None:
        """Accept a value, or keep it as a claim until another lineage has spoken."""
        if answer.stale_reason is not None:
            self.old.setdefault(item, answer)
            return
        verdict = self._checks.judge(answer.value, answer.lineage, time.time())
        others = [claim for claim in self.claims.get(item, []) if claim.answer.lineage != answer.lineage]
        seconded = any(self._checks.agree(answer.value, claim.answer.value) for claim in others)
        if verdict.standing in (PeerVerdict.OUTLIER, PeerVerdict.FROZEN) and not seconded:
            self.claims.setdefault(item, []).append(Unconfirmed(answer, flight, verdict.evidence()))
            return
        if verdict.standing is PeerVerdict.AGREED or seconded:
            answer = answer.confirmed()
        self._accept(item, answer, found)

    def _accept(self, item: Any, answer: Answered, found: Resolution) -> None:
        now = time.time()
        del self.items[item]
        self.answered[item] = answer
        self._checks.note(answer.value, answer.lineage, now)
        for claim in self.claims.pop(item, ()):
            if self._checks.agree(answer.value, claim.answer.value):
                self._checks.note(claim.answer.value, claim.answer.lineage, now)
                found.confirmed.append(claim.flight)
            else:
                found.wrong.append((claim.flight, item, claim))
                if not claim.flight.wrong:
                    claim.flight.wrong = True
                    found.blamed.append((claim.flight, Failure(Outcome.IMPLAUSIBLE, claim.evidence)))
