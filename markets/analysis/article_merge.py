"""Merge articles of several outlets into one list without duplicates, and match articles to coins. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from providers.adapters.shared.articles import page_key
from providers.adapters.shared.quoting import distinct
from providers.domain.news import Article

ORDINARY = frozenset(
    "avalanche aster compound cosmos dash flare flow gate harmony immutable jupiter maker mantle near optimism quant"
    " render sky sonic stacks stellar story waves".split()
)
"""Coin names that are ordinary words: in a text they count only as a symbol or a tag."""
SHORTEST_SYMBOL = 2
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


@dataclass(frozen=True, slots=True)
class Subject:
    """A coin as texts name it.

    ``longer`` holds other names that contain the coin's own, such as Bitcoin Cash or Bitcoin Magazine.
    """

    symbol: str
    name: str
    longer: tuple[str, ...] = ()


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


def is_about(article: Article, subject: Subject) -> bool:
    """Tell if the tags, or whole words of the title or summary, name the coin."""
    named = {subject.symbol.casefold(), subject.name.casefold()}
    if any(tag.casefold() in named for tag in (*article.tags, *article.categories)):
        return True
    return mentions(article.title, subject) or mentions(article.summary or "", subject)


def mentions(text: str, subject: Subject) -> bool:
    """Tell if a text names the coin: its symbol in capitals as a word ("BTC", "$BTC"), or its name as a word.

    In a text that is all capitals any word may look like a symbol, so symbols do not count there.
    """
    symbol, name, longer = _patterns(subject)
    rest = longer.sub(" ", text) if longer else text
    if symbol is not None and text != text.upper() and symbol.search(rest):
        return True
    return name is not None and name.search(rest) is not None


Pattern = re.Pattern[str] | None


@lru_cache(maxsize=1024)
def _patterns(subject: Subject) -> tuple[Pattern, Pattern, Pattern]:
    symbol = re.compile(_word(subject.symbol)) if len(subject.symbol) >= SHORTEST_SYMBOL else None
    ordinary = subject.name.casefold() in ORDINARY
    name = None if ordinary else re.compile(_word(subject.name), re.IGNORECASE)
    longest = sorted(subject.longer, key=len, reverse=True)
    longer = re.compile("|".join(_word(other) for other in longest), re.IGNORECASE) if longest else None
    return symbol, name, longer


def _word(text: str) -> str:
    """Pattern that matches a text as a whole word."""
    return rf"(?<![\w]){re.escape(text)}(?![\w])"
