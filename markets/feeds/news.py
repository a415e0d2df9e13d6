"""News outlets: which are asked, what each had, and one digest of their articles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from markets.analysis import article_merge, coin_mentions
from markets.analysis.article_merge import MergedArticle
from markets.assets import registry
from markets.assets.index import AssetRef
from markets.feeds import provenance
from markets.feeds.cache_dependencies import CacheDependencies, dependencies_of
from markets.feeds.category_cache import CategoryCache
from markets.feeds.provenance import CacheResult, Meta, Missing
from providers.adapters import ADAPTERS
from providers.adapters.aggregators import render_stories
from providers.domain.categories import Category
from providers.domain.config import ChainConf
from providers.domain.news import Article, NewsQuery
from providers.resilience.eligibility import eligibility

REPUBLISHERS: Mapping[str, Iterable[str]] = {"render": render_stories.OUTLETS}
"""Adapters that have no articles of their own, and the outlets whose articles they pass on."""
MAX_COINS = 10_000


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet's state: the number of articles and their provenance; ``missing`` with the reason if there are none.

    ``name`` is the provider that answered for it.
    """

    outlet: str
    name: str
    articles: int
    endpoint: str | None = None
    as_of: datetime | None = None
    fetched_at: datetime | None = None
    stale_reason: str | None = None
    missing: Missing | None = None


@dataclass(frozen=True, slots=True)
class NewsDigest:
    """All outlets' articles, each page once and newest first, and the state of each outlet."""

    articles: tuple[MergedArticle, ...]
    outlets: tuple[Outlet, ...]
    meta: Meta
    dependencies: CacheDependencies = None


def digest(cache: CategoryCache[NewsQuery]) -> NewsDigest:
    """Ask every outlet of the chain, and merge the articles of those that answer."""
    chain = cache.state.current().chains.get(Category.NEWS)
    items = outlets_of(chain) if chain is not None else []
    result = cache.get(items)
    answers = [result.entries[item].answer for item in items if item in result.entries]
    articles = article_merge.merge_articles((answer.provider, answer.value.articles) for answer in answers)
    rows = tuple(_outlet(item, result) for item in items)
    return NewsDigest(tuple(articles), rows, provenance.meta(result), dependencies_of(cache, result))


def outlets_of(chain: ChainConf) -> list[NewsQuery]:
    """Return the outlets that can be asked, in the chain's order.

    A republisher stands in for outlets of the chain; alone in the chain, it is asked for every outlet it passes on.
    """
    usable = [link for link in chain.links if eligibility(link, Category.NEWS, ADAPTERS) is None]
    adapters = [link.provider.outlet for link in usable]
    own = [adapter for adapter in adapters if adapter not in REPUBLISHERS]
    outlets = own or [outlet for adapter in adapters for outlet in REPUBLISHERS[adapter]]
    return [NewsQuery(outlet) for outlet in dict.fromkeys(outlets)]


def _outlet(item: NewsQuery, result: CacheResult[NewsQuery]) -> Outlet:
    entry = result.entries.get(item)
    if entry is None:
        return Outlet(item.outlet, item.outlet, 0, missing=provenance.missing(result.missing[item]))
    answer, news = entry.answer, entry.answer.value
    source = answer.host, news.as_of, answer.fetched_at, result.stale_reason(item)
    return Outlet(item.outlet, answer.provider, len(news.articles), *source)


def articles_about(articles: Iterable[MergedArticle], asset: AssetRef) -> list[MergedArticle]:
    """Return the articles about a coin."""
    coin = subject(asset)
    return [merged for merged in articles if coin_mentions.is_about(merged.article, coin)]


def mentions(article: Article, asset: AssetRef) -> bool:
    """Tell if an article or a post is about a coin."""
    return coin_mentions.is_about(article, subject(asset))


def subject(asset: AssetRef) -> coin_mentions.Subject:
    """Return a coin as texts name it, with the longer names that contain its own."""
    others = [other.name for other in registry.top(MAX_COINS) if other.slug != asset.slug]
    return coin_mentions.subject_of(asset.slug, asset.symbol, asset.name, others)
