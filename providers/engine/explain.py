"""Plan of a query: the candidates that would be called now, in order, and the reason for each; calls nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from providers.engine.attempt import handler_of
from providers.engine.decide import Engine
from providers.engine.query import Query, lookup_for
from providers.resilience.selection import Candidate, Skip, candidates


@dataclass(frozen=True, slots=True)
class Step:
    """A candidate with its position from 1, or with position None if it would not be called."""

    place: int | None
    provider: str
    host: str | None
    why: str
    until: float | None = None


def explain(engine: Engine, query: Query) -> Iterator[Step]:
    """Yield the steps in selection order. Shares of weighted and slow-start links are drawn anew each time."""
    chain = engine.state.current().chains.get(query.category)
    position = 0
    for step in candidates(chain, engine.view(query.category)) if chain is not None else ():
        if isinstance(step, Skip):
            yield Step(None, step.provider, step.host, step.reason, step.until)
            continue
        refusal = _refusal(engine, query, step)
        if refusal:
            yield Step(None, step.provider.slug, step.endpoint.host, refusal)
        else:
            position += 1
            yield Step(position, step.provider.slug, step.endpoint.host, step.why)


def _refusal(engine: Engine, query: Query, candidate: Candidate) -> str:
    """Return why the candidate cannot answer any item of the query, or ""."""
    slug, now = candidate.provider.slug, time.time()
    handler = handler_of(candidate.provider, query.category)
    names = query.names(slug)
    lookups = [lookup for item in query.items if (lookup := lookup_for(item, names)) is not None]
    if not lookups:
        return "has no verified name for it"
    if not any(handler.accepts(lookup) for lookup in lookups):
        return "does not quote it so"
    if all(engine.negative_cache.is_unknown(slug, lookup, now) for lookup in lookups):
        return "said lately that it does not know it"
    return ""
