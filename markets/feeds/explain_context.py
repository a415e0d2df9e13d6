"""Explaining an answer: what it is made of is asked for anew, and every upstream call made for it is told.

Whoever answers need not know that somebody explains: the feeds look here. It holds for what is done in the same
context; a thread that helps is given it with ``contextvars.copy_context``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from providers.engine.query import Result

_told: ContextVar[list[Result] | None] = ContextVar("told", default=None)


@contextmanager
def explain_context() -> Iterator[None]:
    """Inside, nothing is answered from memory."""
    token = _told.set([])
    try:
        yield
    finally:
        _told.reset(token)


def is_active() -> bool:
    """Whether somebody explains."""
    return _told.get() is not None


def note(results: Sequence[Result]) -> None:
    """Tell of these, if somebody explains."""
    told = _told.get()
    if told is not None:
        told += results


def attempts() -> list[dict[str, Any]]:
    """The calls so far as a client may see them: decision by decision, as they were made, each in its order."""
    decisions = {result.decision.id: result.decision for result in _told.get() or ()}
    told = sorted(decisions.values(), key=lambda decision: decision.made_at)
    return [attempt.public() for decision in told for attempt in decision.attempts]
