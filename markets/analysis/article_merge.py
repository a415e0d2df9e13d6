"""Merge articles of several outlets into one list without duplicates. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from providers.adapters.shared.articles import page_key
from providers.adapters.shared.quoting import distinct
from providers.domain.news import Article

_OLDEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MergedArticle:
    """An article with the providers that carried it; the text is that of the first."""

    article: Article
    sources: tuple[str, ...]

    @property
    def id(self) -> str:
        """Identifier of the page, equal for every provider that carries it: 16 hexadecimal digits."""
        return hashlib.blake2b(page_key(self.article.url).encode(), digest_size=8).hexdigest()


def merge_articles(by_source: Iterable[tuple[str, Sequence[Article]]]) -> list[MergedArticle]:
    """Merge articles by page, newest first; those without a time come last."""
    pages: dict[str, MergedArticle] = {}
    for source, articles in by_source:
        for article in articles:
            page = page_key(article.url)
            known = pages.get(page)
            pages[page] = MergedArticle(article, (source,)) if known is None else _add_source(known, article, source)
    return sorted(pages.values(), key=lambda merged: merged.article.published_at or _OLDEST, reverse=True)


def _add_source(page: MergedArticle, other: Article, source: str) -> MergedArticle:
    """Add another outlet's version of a page: it fills what the first version lacks."""
    article = page.article
    article = replace(
        article,
        summary=article.summary or other.summary,
        image=article.image or other.image,
        published_at=article.published_at or other.published_at,
        authors=article.authors or other.authors,
        categories=distinct((*article.categories, *other.categories)),
        tags=distinct((*article.tags, *other.tags)),
    )
    return MergedArticle(article, distinct((*page.sources, source)))
