"""Reads configuration and shared health facts from the database and builds immutable values from them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.db import connection

from providers.adapters.generic import adapter as generic
from providers.adapters.generic.definitions import GENERIC, DefinitionConf, RequestFormatConf
from providers.credentials import encryption
from providers.domain.categories import Category, Strategy
from providers.domain.config import ChainConf, Configuration, EndpointConf, LinkConf, ProviderConf
from providers.domain.outcomes import Outcome
from providers.models import Chain, ChainLink, Cooldown, Definition, Endpoint, Health, Lease, Provider, RequestFormat
from providers.models.generic import DEFINITION_FIELDS, REQUEST_FORMAT_FIELDS
from providers.resilience.breaker import Breaker
from providers.resilience.quota import CooldownPeriod

log = logging.getLogger(__name__)

PROBER_LEASE = "prober"
_CATEGORIES = frozenset(category.value for category in Category)


class ConfigurationRows(NamedTuple):
    """The configuration as read. Nothing is built while it equals the rows read before."""

    providers: tuple[Any, ...]
    endpoints: tuple[Any, ...]
    chains: tuple[Any, ...]
    links: tuple[Any, ...]
    request_formats: tuple[Any, ...]
    definitions: tuple[Any, ...]


class HealthRows(NamedTuple):
    """The health facts as read."""

    breakers: tuple[Any, ...]
    cooldowns: tuple[Any, ...]
    leases: tuple[Any, ...]


def read_configuration() -> ConfigurationRows:
    """Read the six configuration tables. An edit between two reads is complete in the next snapshot, 200 ms later."""
    return ConfigurationRows(
        tuple(
            Provider.objects.order_by("pk").values_list(
                "pk", "slug", "name", "adapter", "quota_group", "enabled", "api_key_encrypted"
            )
        ),
        tuple(
            Endpoint.objects.order_by("provider_id", "position", "pk").values_list(
                "pk", "provider_id", "base_url", "enabled"
            )
        ),
        tuple(
            Chain.objects.order_by("pk").values_list("pk", "category", "strategy", "deadline_ms", "cache_s", "stale_s")
        ),
        tuple(
            ChainLink.objects.order_by("position", "pk").values_list(
                "pk", "chain_id", "provider_id", "lineage", "tier", "position", "weight", "enabled"
            )
        ),
        _raw_rows(RequestFormat, REQUEST_FORMAT_FIELDS),
        _raw_rows(Definition, DEFINITION_FIELDS),
    )


def _raw_rows(model: type[RequestFormat | Definition], names: tuple[str, ...]) -> tuple[Any, ...]:
    """Read rows of plain text and numbers without the ORM, ordered by provider."""
    sql, params = _select_sql(model, names)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return tuple(map(tuple, cursor.fetchall()))


@cache
def _select_sql(model: type[RequestFormat | Definition], names: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL, compiled once: compiling thirty columns five times a second would cost more than the reads."""
    rows = model._default_manager.order_by("provider_id", "pk").values_list("provider_id", *names)
    return rows.query.sql_with_params()


def build(rows: ConfigurationRows) -> Configuration:
    """Build the configuration from its rows. Chains of unknown categories and links without provider are left out."""
    endpoints: dict[int, list[EndpointConf]] = {}
    for pk, provider_id, base_url, enabled in rows.endpoints:
        host = urlsplit(base_url).netloc.rpartition("@")[2]
        endpoints.setdefault(provider_id, []).append(EndpointConf(pk, base_url, host, enabled))
    adapters = _generic_adapters(rows)
    providers = {
        row[0]: _provider(row, tuple(endpoints.get(row[0], ())), adapters.get(row[0])) for row in rows.providers
    }
    links: dict[int, list[LinkConf]] = {}
    for pk, chain_id, provider_id, lineage, tier, position, weight, enabled in rows.links:
        provider = providers.get(provider_id)
        if provider is not None:
            link = LinkConf(pk, provider, lineage or provider.slug, tier, position, weight, enabled)
            links.setdefault(chain_id, []).append(link)
    chains = [_chain(row, tuple(links.get(row[0], ()))) for row in rows.chains if row[1] in _CATEGORIES]
    return Configuration(
        {chain.category: chain for chain in chains}, {provider.slug: provider for provider in providers.values()}
    )


def _generic_adapters(rows: ConfigurationRows) -> dict[int, generic.GenericAdapter]:
    """Return the adapters of providers without code, by provider id. Invalid definitions are logged and left out."""
    request_formats = {provider_id: RequestFormatConf(*answer) for provider_id, *answer in rows.request_formats}
    definitions: dict[int, list[DefinitionConf]] = {}
    for provider_id, *answer in rows.definitions:
        definitions.setdefault(provider_id, []).append(DefinitionConf(*answer))
    adapters = {
        pk: generic.build_adapter(slug, name, request_formats.get(pk, RequestFormatConf()), definitions.get(pk, ()))
        for pk, slug, name, adapter, *_ in rows.providers
        if adapter == GENERIC
    }
    for problem in [problem for one in adapters.values() for problem in one.problems]:
        log.error("definition ignored: %s", problem)
    return adapters


def _provider(
    row: tuple[Any, ...], endpoints: tuple[EndpointConf, ...], generic_adapter: generic.GenericAdapter | None
) -> ProviderConf:
    pk, slug, name, adapter, quota_group, enabled, token = row
    key, key_state = "", "unset"
    if token:
        try:
            key, key_state = encryption.decrypt(token), "set"
        except encryption.WrongKey:
            key_state = "unreadable"
    group = quota_group or slug
    if generic_adapter is None:
        return ProviderConf(pk, slug, name, adapter, group, enabled, endpoints, key, key_state)
    adapter_fields = (generic_adapter.adapter, generic_adapter.fingerprints)
    return ProviderConf(pk, slug, name, adapter, group, enabled, endpoints, key, key_state, *adapter_fields)


def _chain(row: tuple[Any, ...], links: tuple[LinkConf, ...]) -> ChainConf:
    _, category, strategy, deadline_ms, cache_s, stale_s = row
    content = repr(
        (category, strategy, cache_s, stale_s, [_link_fingerprint(link, Category(category)) for link in links])
    )
    generation = hashlib.blake2b(content.encode(), digest_size=6).hexdigest()
    return ChainConf(
        Category(category), _strategy(strategy), deadline_ms / 1000, float(cache_s), float(stale_s), links, generation
    )


def _strategy(value: str) -> Strategy:
    """Return the strategy, or ``priority`` for an unknown value, since ``.update()`` bypasses validators."""
    try:
        return Strategy(value)
    except ValueError:
        return Strategy.PRIORITY


def _outcome(value: str) -> Outcome:
    """Return the cooldown's outcome, or RATE_LIMITED for an unknown value: the cooldown counts in any case."""
    try:
        return Outcome(value)
    except ValueError:
        return Outcome.RATE_LIMITED


def _link_fingerprint(link: LinkConf, category: Category) -> tuple[Any, ...]:
    """Return everything about a link that can change an answer; never its key."""
    provider = link.provider
    endpoints = [(endpoint.id, endpoint.base_url, endpoint.enabled) for endpoint in provider.endpoints]
    about = (provider.slug, provider.adapter, provider.quota_group, provider.enabled, provider.key_state)
    fingerprint = provider.fingerprint.get(category, "")
    return (*about, endpoints, link.lineage, link.tier, link.position, link.weight, link.enabled, fingerprint)


def read_health() -> HealthRows:
    """Read breakers, cooldowns and the prober's lease."""
    return HealthRows(
        tuple(
            Health.objects.values_list(
                "key",
                "trips",
                "opened_at",
                "open_until",
                "closed_at",
                "suspect_since",
                "forced_open",
                "revision",
                "p50_ms",
                "p95_ms",
            )
        ),
        tuple(Cooldown.objects.values_list("key", "until", "outcome", "detail", "since")),
        tuple(Lease.objects.filter(name=PROBER_LEASE).values_list("name", "until")),
    )


def breakers(rows: Iterable[tuple[Any, ...]]) -> dict[str, Breaker]:
    """Return the breakers by scope key."""
    return {
        key: Breaker(
            trips, _timestamp(opened), _timestamp(until), _timestamp(closed), _timestamp(suspect), forced, revision
        )
        for key, trips, opened, until, closed, suspect, forced, revision, *_ in rows
    }


def quantiles(rows: Iterable[tuple[Any, ...]]) -> dict[str, tuple[float, float]]:
    """Return p50 and p95 in ms by scope key, where known."""
    return {row[0]: (row[-2], row[-1]) for row in rows if row[-1] is not None}


def cooldowns(rows: Iterable[tuple[Any, ...]]) -> dict[str, CooldownPeriod]:
    """Return the cooldowns by scope key."""
    return {
        key: CooldownPeriod(until.timestamp(), _outcome(outcome), detail, since.timestamp())
        for key, until, outcome, detail, since in rows
    }


def _timestamp(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment is not None else None
