"""News as the API says it: plain data for JSON. Time is an argument."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from markets.analysis import lexicons, sentiment
from markets.analysis.article_merge import MergedArticle
from providers.domain.wire_format import moment

if TYPE_CHECKING:
    from markets.feeds.news import Outlet
    from markets.feeds.provenance import Meta


def article(told: MergedArticle) -> dict[str, Any]:
    """One article with who carried it; ``source`` is the provider, ``publisher`` who wrote it."""
    said = told.article
    return {
        "id": told.id,
        "title": said.title,
        "summary": said.summary,
        "url": said.url,
        "image": said.image,
        "published_at": moment(said.published_at),
        "source": told.sources[0],
        "sources": list(told.sources),
        "publisher": said.publisher,
        "authors": list(said.authors),
        "categories": list(said.categories),
        "tags": list(said.tags),
        "sentiment": tone(f"{said.title}. {said.summary or ''}"),
    }


def tone(text: str) -> dict[str, Any] | None:
    """How a text sounds, with the words behind it; null where no word of the lexicon is in it."""
    found = sentiment.tone(text, lexicons.lexicon())
    if found is None:
        return None
    return {
        "score": found.score,
        "label": found.label,
        "words": [{"word": word, "value": value} for word, value in found.words],
    }


def outlet(each: Outlet) -> dict[str, Any]:
    """How one outlet is: what it had, or why it is missing."""
    return {
        "outlet": each.outlet,
        "source": each.name,
        "articles": each.articles,
        "endpoint": each.endpoint,
        "as_of": moment(each.as_of),
        "fetched_at": moment(each.fetched_at),
        "stale": each.stale_reason is not None,
        "stale_reason": each.stale_reason,
        "missing": each.missing.reason if each.missing else None,
    }


def age(meta: Meta, now: datetime) -> float | None:
    """Seconds since the oldest part was fetched."""
    return None if meta.fetched_at is None else max(0.0, (now - meta.fetched_at).total_seconds())


def age_when_made(meta: Meta, now: datetime) -> float:
    """How old it was when the answer was made: nothing, unless it is a last known good."""
    found = age(meta, now.replace(microsecond=0))
    return found if meta.stale and found is not None else 0.0


def no_source(chain: str, reason: str) -> dict[str, Any]:
    """The provenance of an answer that nobody was asked for."""
    nothing = dict.fromkeys(("source", "endpoint", "as_of", "fetched_at", "age_s", "decision"))
    made = {"stale": False, "stale_reason": None, "verified": False, "cache": "miss", "chain": chain, "attempts": 0}
    return {**nothing, **made, "asset": {}, "reason": reason}
