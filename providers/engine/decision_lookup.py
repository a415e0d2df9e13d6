"""A decision by its id: from this process's memory, or from the sample in the database."""

from __future__ import annotations

from typing import Any

from providers.engine.decide import engine
from providers.models import DecisionRecord


def find(decision_id: str) -> dict[str, Any] | None:
    """The whole decision; None when it was not sampled, or its keeping time is over."""
    for decision in reversed(engine().recent):
        if decision.id == decision_id:
            return decision.body()
    if not decision_id.isprintable():
        return None  # no id of ours, and nothing that every database can be asked for
    kept = DecisionRecord.objects.filter(pk=decision_id).values_list("body", flat=True).first()
    return kept if isinstance(kept, dict) else None
