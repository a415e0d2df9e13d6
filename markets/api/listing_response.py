"""What the routes over sources' lists have in common: how one is asked for, and how an answer goes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from markets.analysis import rankings
from markets.analysis.rankings import Ids
from markets.api.presenters import news, prices
from markets.api.problems import problem_for
from markets.assets import registry
from markets.feeds import cache_dependencies, provenance, queries
from markets.response_cache import responses
from markets.response_cache.responses import Answer
from providers.domain.listings import TableQuery

FRESH_S = 300.0
"""How old figures in a table may be; what a coin is called changes less often."""


def asked(question: Any, unknown: str | None = None) -> queries.Listing:
    """The answer to a question. Raises the problem where there is none."""
    found = queries.listing(question, max_age=FRESH_S if isinstance(question, TableQuery) else None)
    if found.missing is not None:
        raise problem_for([found.missing], found.meta, unknown)
    return found


def ids(found: queries.Listing) -> Ids:
    """Our ids for those of the source that answered."""
    source = found.meta.source or ""
    return rankings.ids(source, registry.provider_names(source))


def answer(
    found: Sequence[queries.Listing],
    said: dict[str, Any],
    taken: Mapping[str, str] | None = None,
    stands_on: Sequence[queries.Listing] = (),
) -> Answer:
    """The body with its provenance: that of the lists in it, the oldest and worst. ``stands_on``: all asked for."""
    whole = provenance.combine_meta([each.meta for each in found if each.missing is None])
    ages = [news.age_when_made(whole, datetime.now(UTC))]
    body = {"success": True, **said, "meta": prices.meta(whole, ages, taken or {})}
    return responses.build(
        body, whole.fetched_at, cache_dependencies.combine(each.dependencies for each in stands_on or found)
    )
