"""What a race still asks for, and what is believed of the answers: claims that the peers contradict wait for another
lineage, and who is found wrong is blamed. Guarded by the race's lock.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from providers.domain.types import Ask, Failure, Outcome
from providers.engine.query import Answered, Checks
from providers.resilience.decision import Attempt
from providers.resilience.price_consensus import Standing
from providers.resilience.selection import Candidate
from providers.state.health_registry import Attempted
from providers.transport import http


@dataclass(eq=False, slots=True)
class Flight:
    """An attempt under way."""

    candidate: Candidate
    asks: list[Ask[Any]]
    call: http.Call
    at: Attempted
    record: Attempt
    began: float
    outlasted: bool = False
    lost: bool = False
    wrong: bool = False


@dataclass(slots=True)
class Claim:
    """A value that the peers contradict, waiting for another lineage."""

    answer: Answered
    flight: Flight
    evidence: str


@dataclass(slots=True)
class Finding:
    """What an answer showed of attempts that came before it: done as soon as the race's lock is free."""

    blamed: list[tuple[Flight, Failure]] = field(default_factory=list)
    vindicated: list[Flight] = field(default_factory=list)
    wrong: list[tuple[Flight, Any, Claim]] = field(default_factory=list)


class Todo:
    """Items still asked for, values accepted, claims waiting, and values that are old by their own source's time."""

    def __init__(self, items: Iterable[Any], checks: Checks) -> None:
        self.items: dict[Any, None] = dict.fromkeys(items)
        self.answered: dict[Any, Answered] = {}
        self.claims: dict[Any, list[Claim]] = {}
        self.old: dict[Any, Answered] = {}
        self._checks = checks

    def claim(self, item: Any, answer: Answered, flight: Flight, found: Finding) -> None:
        """Accept a value, or keep it as a claim until another lineage has spoken."""
        if answer.stale_reason is not None:
            self.old.setdefault(item, answer)
            return
        verdict = self._checks.judge(answer.value, answer.lineage, time.time())
        others = [claim for claim in self.claims.get(item, []) if claim.answer.lineage != answer.lineage]
        seconded = any(self._checks.agree(answer.value, claim.answer.value) for claim in others)
        if verdict.standing in (Standing.OUTLIER, Standing.FROZEN) and not seconded:
            self.claims.setdefault(item, []).append(Claim(answer, flight, verdict.evidence()))
            return
        if verdict.standing is Standing.AGREED or seconded:
            answer = answer.confirmed()
        self._accept(item, answer, found)

    def _accept(self, item: Any, answer: Answered, found: Finding) -> None:
        now = time.time()
        del self.items[item]
        self.answered[item] = answer
        self._checks.note(answer.value, answer.lineage, now)
        for claim in self.claims.pop(item, ()):
            if self._checks.agree(answer.value, claim.answer.value):
                self._checks.note(claim.answer.value, claim.answer.lineage, now)
                found.vindicated.append(claim.flight)
            else:
                found.wrong.append((claim.flight, item, claim))
                if not claim.flight.wrong:
                    claim.flight.wrong = True
                    found.blamed.append((claim.flight, Failure(Outcome.IMPLAUSIBLE, claim.evidence)))
