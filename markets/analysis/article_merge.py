"""Articles of several outlets made one list, each page told once; and which of them are about a coin. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from providers.adapters.shared.articles import identity
from providers.adapters.shared.quoting import distinct
from providers.domain.news import Article

ORDINARY = frozenset(
    "avalanche aster compound cosmos dash flare flow gate harmony immutable jupiter maker mantle near optimism quant"
    " render sky sonic stacks stellar story waves".split()
)
"""Names of coins that are words of their own: in a text they count only as a symbol or a tag."""
SHORTEST_SYMBOL = 2
_OLDEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MergedArticle:
    """An article and the providers that carried it, the first of them the one it is told by."""

    article: Article
    sources: tuple[str, ...]

    @property
    def id(self) -> str:
        """The same for the same page, whoever carries it."""
        return hashlib.blake2b(identity(self.article.url).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Subject:
    """A coin as texts name it. ``longer`` are other names that contain its own: Bitcoin Cash, Bitcoin Magazine."""

    symbol: str
    name: str
    longer: tuple[str, ...] = ()


def merge_articles(by_source: Iterable[tuple[str, Sequence[Article]]]) -> list[MergedArticle]:
    """All articles, each page once, the newest first; without a time, last."""
    pages: dict[str, MergedArticle] = {}
    for source, articles in by_source:
        for article in articles:
            page = identity(article.url)
            held = pages.get(page)
            pages[page] = MergedArticle(article, (source,)) if held is None else _add_source(held, article, source)
    return sorted(pages.values(), key=lambda told: told.article.published_at or _OLDEST, reverse=True)


def _add_source(page: MergedArticle, other: Article, source: str) -> MergedArticle:
    """One page told by two: the first's words, and what only the second says."""
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
    """Whether its tags or, as whole words, its title or summary name the coin."""
    named = {subject.symbol.casefold(), subject.name.casefold()}
    if any(tag.casefold() in named for tag in (*article.tags, *article.categories)):
        return True
    return mentions(article.title, subject) or mentions(article.summary or "", subject)


def mentions(text: str, subject: Subject) -> bool:
    """Whether a text names the coin: its symbol in capitals as a word ("BTC", "$BTC"), or its name as one.

    In a text that is all capitals a symbol may be any word, and does not count.
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
    """A pattern for a text that stands by itself."""
    return rf"(?<![\w]){re.escape(text)}(?![\w])"
