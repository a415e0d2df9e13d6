"""The record of one answer: who was asked, who was passed over and why, and what each said. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from providers.domain.categories import Category
from providers.resilience.selection import Skip


@dataclass(slots=True)
class Attempt:
    """One HTTP call to one endpoint. Times in ms, ``at_ms`` from the decision's start."""

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
        """What a client may see: no URL, no key, no text of an upstream's."""
        return {
            "provider": self.provider,
            "endpoint": self.host,
            "outcome": self.outcome,
            "status": self.status,
            "ms": None if self.ms is None else round(self.ms, 2),
            "why": self.why,
        }

    def full(self) -> dict[str, Any]:
        more = {"at_ms": round(self.at_ms, 2), "detail": self.detail, "items": self.items, "answered": self.answered}
        return self.public() | more


@dataclass(slots=True)
class Decision:
    """Everything behind one answer."""

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
                {"provider": s.provider, "endpoint": s.host, "reason": s.reason, "until": _iso(s.until)}
                for s in self.skips
            ],
            "extra_calls_left": round(self.extra_calls_left, 1),
        }


def _iso(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
