"""The outlets that are asked for news, what each had, and the one list made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from markets.analysis import article_merge
from markets.assets import registry
from markets.assets.index import AssetRef
from markets.feeds import cache_dependencies, provenance
from markets.feeds.cache_dependencies import CacheDependencies
from markets.feeds.category_cache import CacheResult, CategoryCache
from markets.feeds.provenance import REASONS, Meta, Missing
from providers.adapters import ADAPTERS
from providers.adapters.aggregators import render_stories
from providers.domain.adapter import KeyUse
from providers.domain.categories import Category
from providers.domain.config import ChainConf, LinkConf
from providers.domain.news import Article, NewsQuery

OUTLETS_NAMED_AS_COINS = ("Bitcoin Magazine",)
REPUBLISHERS: Mapping[str, Iterable[str]] = {"render": render_stories.OUTLETS}
"""Adapters that have no articles of their own, and the outlets whose articles they pass on."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """What one outlet had, and of which provider. ``missing`` says why there is nothing; the rest is None then."""

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
    """All outlets' articles, each page once and newest first, and how each outlet is."""

    articles: tuple[article_merge.MergedArticle, ...]
    outlets: tuple[Outlet, ...]
    meta: Meta
    dependencies: CacheDependencies = None


def digest(feed: CategoryCache[NewsQuery]) -> NewsDigest:
    """The paper of this moment: every outlet of the chain is asked, and those that answer are in it."""
    chain = feed.state.current().chains.get(Category.NEWS)
    items = outlets_of(chain) if chain is not None else []
    served = feed.get(items)
    rows = tuple(_outlet(item, served) for item in items)
    carried = [served.entries[item].answer for item in items if item in served.entries]
    told = article_merge.merge_articles((answer.provider, answer.value.articles) for answer in carried)
    return NewsDigest(
        tuple(told), rows, provenance.meta(feed, served), cache_dependencies.dependencies_of(feed, served)
    )


def outlets_of(chain: ChainConf) -> list[NewsQuery]:
    """The outlets that can be asked, in the chain's order. Who passes on others' articles stands in for those of the
    chain; alone in it, it is asked for all it has.
    """
    asked = [link.provider.outlet for link in chain.links if _can_be_asked(link)]
    own = [adapter for adapter in asked if adapter not in REPUBLISHERS]
    found = own or [outlet for adapter in asked for outlet in REPUBLISHERS[adapter]]
    return [NewsQuery(outlet) for outlet in dict.fromkeys(found)]


def _can_be_asked(link: LinkConf) -> bool:
    adapter = link.provider.resolve_adapter(ADAPTERS)
    if adapter is None or Category.NEWS not in adapter.handlers or not (link.enabled and link.provider.enabled):
        return False
    return adapter.key_use is not KeyUse.REQUIRED or bool(link.provider.key)


def _outlet(item: NewsQuery, served: CacheResult[NewsQuery]) -> Outlet:
    entry = served.entries.get(item)
    if entry is None:
        return Outlet(item.outlet, item.outlet, 0, missing=provenance.missing(served.missing[item]))
    answer, stale = entry.answer, served.stale.get(item)
    reason = None if stale is None else REASONS.get(stale, stale)
    value = answer.value
    return Outlet(
        item.outlet, answer.provider, len(value.articles), answer.host, value.as_of, answer.fetched_at, reason
    )


def articles_about(told: Iterable[article_merge.MergedArticle], asset: AssetRef) -> list[article_merge.MergedArticle]:
    """The articles about a coin."""
    wanted = subject(asset)
    return [one for one in told if article_merge.is_about(one.article, wanted)]


def mentions(article: Article, asset: AssetRef) -> bool:
    """Whether an article or a post is about a coin."""
    return article_merge.is_about(article, subject(asset))


def subject(asset: AssetRef) -> article_merge.Subject:
    """A coin as texts name it."""
    return article_merge.Subject(asset.symbol, asset.name, _longer_names(asset.name))


def _longer_names(name: str) -> tuple[str, ...]:
    """Names of other coins, and of outlets, that contain this one."""
    inside = f" {name.casefold()} "
    others = (other.name for other in registry.top(MAX_COINS) if other.name != name)
    return tuple(other for other in (*others, *OUTLETS_NAMED_AS_COINS) if inside in f" {other.casefold()} ")


MAX_COINS = 10_000
