"""Figures of this process's caches as plain data for JSON. Pure.

Each process counts for itself, from its start. Unknown figures are null, with the reason in ``unknown``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markets.feeds.concurrency import CacheStats
from providers.domain.categories import Category
from providers.domain.config import ChainConf
from providers.domain.wire_format import moment
from providers.status.statistics import percent

COMPUTED = (Category.TECHNICAL, Category.AI_PREDICTION)
IS_COMPUTED = "computed from candles: only whole responses are cached"
NOT_REQUESTED = "not requested in this process yet"
NO_LOOKUPS = "nothing has been looked up yet"
FIGURES = ("entries", "lookups", "hits", "misses", "hit_rate", "stale_served", "unanswered", "revalidations", "since")
RESPONSE_FIGURES = ("entries", "lookups", "hits", "misses", "hit_rate", "since", "unknown")


def by_category(stats: Mapping[Category, CacheStats]) -> dict[str, dict[str, Any]]:
    """Return the figures of each category."""
    return {category.value: _category(category, stats.get(category)) for category in Category}


def _category(category: Category, stats: CacheStats | None) -> dict[str, Any]:
    if category in COMPUTED:
        return _unknown(IS_COMPUTED)
    return figures(stats) if stats is not None else _unknown(NOT_REQUESTED)


def _unknown(reason: str) -> dict[str, Any]:
    return dict.fromkeys(FIGURES) | {"unknown": dict.fromkeys(FIGURES, reason)}


def figures(stats: CacheStats) -> dict[str, Any]:
    """Return the figures of one cache."""
    return {
        "entries": stats.entries,
        "lookups": stats.lookups,
        "hits": stats.hits,
        "misses": stats.misses,
        "hit_rate": percent(stats.hits, stats.lookups),
        "stale_served": stats.stale,
        "unanswered": stats.unanswered,
        "revalidations": stats.revalidations,
        "since": moment(stats.since),
        "unknown": {} if stats.lookups else {"hit_rate": NO_LOOKUPS},
    }


def overall(stats: Mapping[Category, CacheStats]) -> dict[str, Any]:
    """Return the sum over all categories that were requested."""
    every = list(stats.values())
    if not every:
        return _unknown(NOT_REQUESTED)
    return figures(
        CacheStats(
            since=min(each.since for each in every),
            entries=sum(each.entries for each in every),
            hits=sum(each.hits for each in every),
            misses=sum(each.misses for each in every),
            stale=sum(each.stale for each in every),
            unanswered=sum(each.unanswered for each in every),
            revalidations=sum(each.revalidations for each in every),
        )
    )


def response_figures(stats: CacheStats, size: int, max_size: int) -> dict[str, Any]:
    """Return the figures of the response cache, with its size and limit in bytes."""
    shared = figures(stats)
    return {name: shared[name] for name in RESPONSE_FIGURES} | {"bytes": size, "most_bytes": max_size}


def config(chains: Mapping[Category, ChainConf], revalidate_factor: float) -> dict[str, Any]:
    """Return how long each category's values are fresh, served during revalidation, and kept, in seconds."""
    return {
        category.value: {
            "fresh_s": chains[category].cache_s,
            "revalidate_until_s": chains[category].cache_s * revalidate_factor,
            "stale_until_s": chains[category].stale_s,
        }
        for category in Category
        if category in chains
    }
