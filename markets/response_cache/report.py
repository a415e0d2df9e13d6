"""What the caches of this process hold and were good for, as plain data for JSON. Pure.

The figures are one process's: each counts for itself, and a restart begins anew. What is not known is null, and
``unknown`` says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from markets.feeds.concurrency import CacheStats
from providers.domain.categories import Category
from providers.domain.config import ChainConf
from providers.domain.wire_format import moment
from providers.status.statistics import percent

COMPUTED = (Category.TECHNICAL, Category.AI_PREDICTION)
NOTHING_OWN = "computed from candles: nothing of its own is kept but whole answers"
NOT_ASKED = "nobody has asked for it in this process yet"
NO_LOOKUPS = "nothing has been looked up yet"
FIGURES = ("entries", "lookups", "hits", "misses", "hit_rate", "stale_served", "unanswered", "revalidations", "since")

_Feeds = Mapping[Category, CacheStats]


def by_category(feeds: _Feeds) -> dict[str, dict[str, Any]]:
    """Each category's figures."""
    return {category.value: _category(category, feeds.get(category)) for category in Category}


def _category(category: Category, counted: CacheStats | None) -> dict[str, Any]:
    if category in COMPUTED:
        return _nothing(NOTHING_OWN)
    return figures(counted) if counted is not None else _nothing(NOT_ASKED)


def _nothing(reason: str) -> dict[str, Any]:
    return dict.fromkeys(FIGURES) | {"unknown": dict.fromkeys(FIGURES, reason)}


def figures(counted: CacheStats) -> dict[str, Any]:
    """One memory's figures."""
    return {
        "entries": counted.entries,
        "lookups": counted.lookups,
        "hits": counted.hits,
        "misses": counted.misses,
        "hit_rate": percent(counted.hits, counted.lookups),
        "stale_served": counted.stale,
        "unanswered": counted.unanswered,
        "revalidations": counted.revalidations,
        "since": moment(counted.since),
        "unknown": {} if counted.lookups else {"hit_rate": NO_LOOKUPS},
    }


def overall(feeds: _Feeds) -> dict[str, Any]:
    """The sum over the categories that have been asked for."""
    counted = list(feeds.values())
    return figures(_sum(counted)) if counted else _nothing(NOT_ASKED)


def _sum(counted: Iterable[CacheStats]) -> CacheStats:
    every = list(counted)
    return CacheStats(
        since=min(one.since for one in every),
        entries=sum(one.entries for one in every),
        hits=sum(one.hits for one in every),
        misses=sum(one.misses for one in every),
        stale=sum(one.stale for one in every),
        unanswered=sum(one.unanswered for one in every),
        revalidations=sum(one.revalidations for one in every),
    )


def response_figures(counted: CacheStats, held: int, most: int) -> dict[str, Any]:
    """Of whole answers kept as bytes: so many are held, and may be."""
    said = figures(counted)
    kept = {name: said[name] for name in ("entries", "lookups", "hits", "misses", "hit_rate", "since", "unknown")}
    return kept | {"bytes": held, "most_bytes": most}


def config(chains: Mapping[Category, ChainConf], spread: float) -> dict[str, Any]:
    """How long each category's values are fresh, are served while a newer one is fetched, and are kept at all."""
    return {
        category.value: {
            "fresh_s": chains[category].cache_s,
            "revalidate_until_s": chains[category].cache_s * spread,
            "stale_until_s": chains[category].stale_s,
        }
        for category in Category
        if category in chains
    }
