"""What the routes over sources' lists have in common: how one is asked for, and how an answer goes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from markets import assets, feeds, grounds, histories, market_lists
from markets.market_lists import Ids
from markets.views import answers, present, present_news
from markets.views.answers import Answer
from markets.views.unanswered import problem
from providers.listings import TableQuery

FRESH_S = 300.0
"""How old figures in a table may be; what a coin is called changes less often."""


def asked(question: Any, unknown: str | None = None) -> feeds.Listing:
    """The answer to a question. Raises the problem where there is none."""
    found = feeds.listing(question, max_age=FRESH_S if isinstance(question, TableQuery) else None)
    if found.missing is not None:
        raise problem(found.missing, found.meta, unknown)
    return found


def ids(found: feeds.Listing) -> Ids:
    """Our ids for those of the source that answered."""
    source = found.meta.source or ""
    return market_lists.ids(source, assets.names(source))


def answer(
    found: Sequence[feeds.Listing],
    said: dict[str, Any],
    taken: Mapping[str, str] | None = None,
    stands_on: Sequence[feeds.Listing] = (),
) -> Answer:
    """The body with its provenance: that of the lists in it, the oldest and worst. ``stands_on``: all asked for."""
    whole = histories.together([each.meta for each in found if each.missing is None])
    ages = [present_news.age_when_made(whole, datetime.now(UTC))]
    body = {"success": True, **said, "meta": present.meta(whole, ages, taken or {})}
    return answers.made(body, whole.fetched_at, grounds.together(each.grounds for each in stands_on or found))
