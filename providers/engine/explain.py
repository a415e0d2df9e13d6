"""Who would be asked now, in what order, and why: the plan of a query, without asking anybody."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from providers.engine import attempt
from providers.engine.decide import Engine
from providers.engine.query import Query, lookup_for
from providers.resilience.selection import Candidate, Skip, candidates


@dataclass(frozen=True, slots=True)
class Step:
    """A candidate that would be asked, with its place; or one that would not, with place None."""

    place: int | None
    provider: str
    host: str | None
    why: str
    until: float | None = None


def explain(engine: Engine, query: Query) -> Iterator[Step]:
    """The steps in the order they are met. Shares of ramping and weighted links are drawn anew each time."""
    chain = engine.state.current().chains.get(query.category)
    place = 0
    for step in candidates(chain, engine.view(query.category)) if chain is not None else ():
        if isinstance(step, Skip):
            yield Step(None, step.provider, step.host, step.reason, step.until)
            continue
        refusal = _refusal(engine, query, step)
        if refusal:
            yield Step(None, step.provider.slug, step.endpoint.host, refusal)
        else:
            place += 1
            yield Step(place, step.provider.slug, step.endpoint.host, step.why)


def _refusal(engine: Engine, query: Query, candidate: Candidate) -> str:
    slug, now = candidate.provider.slug, time.time()
    handler = attempt.handler_of(candidate.provider, query.category)
    names = query.names(slug)
    asks = [ask for item in query.items if (ask := lookup_for(item, names)) is not None]
    if not asks:
        return "has no verified name for it"
    if not any(handler.accepts(ask) for ask in asks):
        return "does not quote it so"
    return (
        "said lately that it does not know it" if all(engine.unknown.is_unknown(slug, ask, now) for ask in asks) else ""
    )
