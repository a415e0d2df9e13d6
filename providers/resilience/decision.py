"""Record of one decision: attempts with their outcomes, and skipped candidates with the reasons. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from providers.domain.categories import Category
from providers.resilience.selection import Skip


@dataclass(slots=True)
class Attempt:
    """Record of one HTTP call to one endpoint. Times in ms, ``at_ms`` since the decision's start."""

    provider: str
    host: str
    why: str
    at_ms: float
    items: int
    outcome: str = "in flight"
    status: int | None = None
    ms: float | None = None
    detail: str = ""
    answered: int = 0

    def public(self) -> dict[str, Any]:
        """Return the fields clients may see: no URL, no key, no upstream text."""
        return {
            "provider": self.provider,
            "endpoint": self.host,
            "outcome": self.outcome,
            "status": self.status,
            "ms": None if self.ms is None else round(self.ms, 2),
            "why": self.why,
        }

    def full(self) -> dict[str, Any]:
        """Return all fields, for operators."""
        details = {"at_ms": round(self.at_ms, 2), "detail": self.detail, "items": self.items, "answered": self.answered}
        return self.public() | details


@dataclass(slots=True)
class Decision:
    """Record of everything behind one answer."""

    id: str
    category: Category
    made_at: float
    generation: str
    items: tuple[str, ...]
    attempts: list[Attempt] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    status: str = "asking"
    ms: float = 0.0
    deadline_ms: float = 0.0
    extra_calls_left: float = 0.0

    def body(self) -> dict[str, Any]:
        """Return the record as it is stored and shown to operators."""
        return {
            "id": self.id,
            "category": self.category.value,
            "made_at": _iso(self.made_at),
            "status": self.status,
            "ms": round(self.ms, 2),
            "deadline_ms": self.deadline_ms,
            "generation": self.generation,
            "items": list(self.items),
            "attempts": [attempt.full() for attempt in self.attempts],
            "skipped": [
                {"provider": skip.provider, "endpoint": skip.host, "reason": skip.reason, "until": _iso(skip.until)}
                for skip in self.skips
            ],
            "extra_calls_left": round(self.extra_calls_left, 1),
        }


def _iso(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
