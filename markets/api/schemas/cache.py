"""The body of /api/cache/stats: figures of this process's caches, counted since it started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from markets.feeds.concurrency import CacheStats as Stats
from providers.api.structs import Answer, Body, Doc, Meta, Moment, by_category
from providers.domain.categories import Category
from providers.domain.config import ChainConf
from providers.domain.wire_format import moment
from providers.status.statistics import percent

COMPUTED = (Category.TECHNICAL, Category.AI_PREDICTION)
NOTHING_OWN = "computed from candles: only whole answers are cached"
NOT_ASKED = "not requested in this process yet"
NO_LOOKUPS = "nothing has been looked up yet"

Entries = Annotated[int | None, Doc(description="In this process's memory now.")]
Lookups = Annotated[int | None, Doc(description="hits + misses.")]
Hits = Annotated[int | None, Doc(description="Answered from memory, without waiting.")]
Misses = Annotated[int | None, Doc(description="Fetched or built while the caller waited.")]
HitRate = Annotated[float | None, Doc(description="Hits in percent of lookups.")]
Stale = Annotated[int | None, Doc(description="Misses that got the last known good.")]
Unanswered = Annotated[int | None, Doc(description="Misses that got nothing.")]
Revalidations = Annotated[int | None, Doc(description="Values fetched anew while an earlier answer was served.")]
Since = Annotated[Moment | None, Doc(description="The start of the counting.")]
Reasons = Annotated[dict[str, str], Doc(description="The reason for each member that is null.")]


class KeptAnswers(Body):
    """Whole answers, cached as the bytes that are sent."""

    entries: Entries
    lookups: Lookups
    hits: Hits
    misses: Misses
    hit_rate: HitRate
    since: Since
    unknown: Reasons
    bytes: Annotated[int, Doc(description="Including compressed forms and an overhead for each answer.")]
    most_bytes: Annotated[int, Doc(description="Above this the least recently used answers are dropped.")]


class CacheFigures(Body):
    """The figures of one category's values."""

    entries: Entries
    lookups: Lookups
    hits: Hits
    misses: Misses
    hit_rate: HitRate
    stale_served: Stale
    unanswered: Unanswered
    revalidations: Revalidations
    since: Since
    unknown: Reasons


class OverallStatistics(Body):
    """The sum over all categories."""

    scope: Annotated[str, Doc(description="process: of the process that answered, alone.")] = "process"
    entries: Entries
    lookups: Lookups
    hits: Hits
    misses: Misses
    hit_rate: HitRate
    stale_served: Stale
    unanswered: Unanswered
    revalidations: Revalidations
    since: Since
    unknown: Reasons
    kept_answers: KeptAnswers


class CacheTimes(Body):
    """The operator's settings for a category, in seconds since a value was fetched."""

    fresh_s: Annotated[float, Doc(description="Served as it is.")]
    revalidate_until_s: Annotated[float, Doc(description="Served while a newer one is fetched.")]
    stale_until_s: Annotated[float, Doc(description="Served, marked stale, where no newer one is available.")]


FiguresByCategory = by_category("CacheFiguresByCategory", CacheFigures)
TimesByCategory = by_category("CacheTimesByCategory", CacheTimes)


class CacheConfig(Body):
    """Limits in time and number."""

    categories: TimesByCategory  # type: ignore[valid-type]  # built from the list of categories
    most_entries_per_category: int
    soft_deadline_s: Annotated[
        float, Doc(description="Longest wait for a fresh value where a last known one is available.")
    ]
    most_waiting: Annotated[int, Doc(description="Requests that may wait for upstreams at a time.")]


class CacheStats(Answer):
    """The figures of all caches of one process."""

    overall_statistics: OverallStatistics
    cache_breakdown: FiguresByCategory  # type: ignore[valid-type]  # built from the list of categories
    cache_config: CacheConfig
    meta: Meta


def breakdown(stats: Mapping[Category, Stats]) -> Any:
    """Each category's figures."""
    return FiguresByCategory(
        **{category.value: CacheFigures(**_figures(category, stats.get(category))) for category in Category}
    )


def _figures(category: Category, stats: Stats | None) -> dict[str, Any]:
    if category in COMPUTED:
        return _no_figures(NOTHING_OWN)
    return figures(stats) if stats is not None else _no_figures(NOT_ASKED)


def _no_figures(reason: str) -> dict[str, Any]:
    names = [name for name in CacheFigures.__struct_fields__ if name != "unknown"]
    return dict.fromkeys(names) | {"unknown": dict.fromkeys(names, reason)}


def figures(stats: Stats) -> dict[str, Any]:
    """The members of ``CacheFigures`` for one cache."""
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


def overall(stats: Mapping[Category, Stats], answers: KeptAnswers) -> OverallStatistics:
    """The sum over the categories that have been requested."""
    members = figures(_sum(list(stats.values()))) if stats else _no_figures(NOT_ASKED)
    return OverallStatistics(**members, kept_answers=answers)


def _sum(stats: Sequence[Stats]) -> Stats:
    return Stats(
        since=min(each.since for each in stats),
        entries=sum(each.entries for each in stats),
        hits=sum(each.hits for each in stats),
        misses=sum(each.misses for each in stats),
        stale=sum(each.stale for each in stats),
        unanswered=sum(each.unanswered for each in stats),
        revalidations=sum(each.revalidations for each in stats),
    )


def kept_answers(stats: Stats, size: int, maximum: int) -> KeptAnswers:
    """The figures of the cache of whole answers, with its size and largest size in bytes."""
    members = {name: value for name, value in figures(stats).items() if name in KeptAnswers.__struct_fields__}
    return KeptAnswers(**members, bytes=size, most_bytes=maximum)


def times(chains: Mapping[Category, ChainConf], revalidate_factor: float) -> Any:
    """The cache times of each category that has a chain."""
    return TimesByCategory(
        **{
            category.value: CacheTimes(
                fresh_s=chain.cache_s,
                revalidate_until_s=chain.cache_s * revalidate_factor,
                stale_until_s=chain.stale_s,
            )
            for category in Category
            if (chain := chains.get(category)) is not None
        }
    )
