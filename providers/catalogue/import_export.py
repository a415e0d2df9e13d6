"""Export and import of providers, endpoints and chains as one JSON document, without API keys."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Model

from providers.adapters import ADAPTERS
from providers.adapters.generic.definitions import GENERIC
from providers.catalogue.definitions import GenericParts, export_generic_parts
from providers.catalogue.document import CHAIN, ENDPOINT, LINK, Document, Entry, References, Values, by_position, parse
from providers.domain.local_models import LOCAL_ADAPTERS
from providers.models import Chain, ChainLink, Definition, Endpoint, Provider, RequestFormat

T = TypeVar("T", Endpoint, ChainLink)

log = logging.getLogger(__name__)

PROVIDER_FIELDS = ("slug", "name", "adapter", "quota_group", "enabled")
ENDPOINT_FIELDS = ("base_url", *ENDPOINT)


def export_text() -> str:
    """Return the complete catalogue as JSON; importing it again changes nothing."""
    return json.dumps(export(), indent=2, ensure_ascii=False) + "\n"


def export() -> dict[str, list[Values]]:
    """Return the catalogue as plain values."""
    providers = (
        Provider.objects.order_by("slug").select_related("request_format").prefetch_related("endpoints", "definitions")
    )
    chains = Chain.objects.order_by("category").prefetch_related("links__provider")
    return {
        "providers": [_exported_provider(provider) for provider in providers],
        "chains": [_exported_chain(chain) for chain in chains],
    }


def _exported_provider(provider: Provider) -> Values:
    endpoints = [_fields(endpoint, ENDPOINT_FIELDS) for endpoint in provider.endpoints.all()]
    row = {**_fields(provider, PROVIDER_FIELDS), "endpoints": endpoints}
    request_format = getattr(provider, "request_format", None)
    return (
        row if request_format is None else {**row, **export_generic_parts(request_format, provider.definitions.all())}
    )


def _exported_chain(chain: Chain) -> Values:
    links = [{"provider": link.provider.slug, **_fields(link, LINK)} for link in chain.links.all()]
    return {**_fields(chain, CHAIN), "links": links}


def _fields(row: Model, names: Iterable[str]) -> Values:
    return {name: getattr(row, name) for name in names}


def import_text(text: str, *, dry_run: bool = False) -> list[str]:
    """Import a document in one transaction; return the changes and what stayed unchanged, one line each.

    Raises InvalidDocument with all errors before anything is written. ``dry_run`` rolls back.
    """
    with transaction.atomic():
        document = parse(text, current_references())
        lines = list(_apply(document))
        transaction.set_rollback(dry_run)
    if not dry_run:
        log.info("catalogue imported: %s changes", sum(not is_unchanged(line) for line in lines))
    return lines


def current_references() -> References:
    """Return what a document may refer to in this installation."""
    return References(
        frozenset(ADAPTERS) | LOCAL_ADAPTERS | {GENERIC},
        frozenset(Provider.objects.values_list("slug", flat=True)),
        settings.ALLOW_PRIVATE_UPSTREAMS,
        {
            request_format.provider.slug: GenericParts(
                request_format.conf(), tuple(one.conf() for one in request_format.provider.definitions.all())
            )
            for request_format in RequestFormat.objects.select_related("provider").prefetch_related(
                "provider__definitions"
            )
        },
    )


def is_unchanged(line: str) -> bool:
    """Return True if a line of ``import_text`` reports no change."""
    return line.endswith(": unchanged")


def _apply(document: Document) -> Iterator[str]:
    for provider in document.providers:
        yield from _or_unchanged(f"provider {provider.name}", _apply_provider(provider))
    for chain in document.chains:
        yield from _or_unchanged(f"chain {chain.name}", _apply_chain(chain))


def _or_unchanged(name: str, changes: Iterable[str]) -> list[str]:
    return [f"{name}: {change}" for change in changes] or [f"{name}: unchanged"]


def _apply_provider(named: Entry) -> Iterator[str]:
    provider = Provider.objects.select_for_update().filter(slug=named.name).first()
    if provider is None:
        provider = Provider.objects.create(**named.fields)
        yield "created"
    else:
        yield from _update(provider, named.fields)
    if named.rows is not None:
        new = {row["base_url"]: Endpoint(provider=provider, **row) for row in by_position(named.rows)}
        stored = {endpoint.base_url: endpoint for endpoint in provider.endpoints.all()}
        yield from _replace("endpoint", ENDPOINT, stored, new)
    yield from _apply_generic_parts(provider, named.generic_parts)


def _apply_generic_parts(provider: Provider, generic_parts: GenericParts) -> Iterator[str]:
    """Request format and definitions of a provider with the generic adapter."""
    if generic_parts.request_format is not None:
        request_format, created = RequestFormat.objects.get_or_create(
            provider=provider, defaults=asdict(generic_parts.request_format)
        )
        changes = ["created"] if created else _update(request_format, asdict(generic_parts.request_format))
        yield from (f"request format: {change}" for change in changes)
    stored = {one.category: one for one in provider.definitions.all()}
    for requested in generic_parts.definitions or ():
        row, values = stored.pop(requested.category, None), asdict(requested)
        if row is None:
            Definition.objects.create(provider=provider, **values)
        changes = ["created"] if row is None else _update(row, values)
        yield from (f"definition {requested.category}: {change}" for change in changes)
    for category, removed in stored.items() if generic_parts.definitions is not None else ():
        removed.delete()
        yield f"definition {category} removed"


def _apply_chain(named: Entry) -> Iterator[str]:
    chain = Chain.objects.select_for_update().filter(category=named.name).first()
    if chain is None:
        chain = Chain.objects.create(**named.fields)
        yield "created"
    else:
        yield from _update(chain, named.fields)
    if named.rows is not None:
        providers = {provider.slug: provider for provider in Provider.objects.all()}
        links = [
            ChainLink(chain=chain, **row | {"provider": providers[row["provider"]]}) for row in by_position(named.rows)
        ]
        stored = {link.provider.slug: link for link in chain.links.select_related("provider")}
        yield from _replace("link", LINK, stored, {link.provider.slug: link for link in links})


def _replace(kind: str, names: Iterable[str], stored: Mapping[str, T], requested: Mapping[str, T]) -> Iterator[str]:
    """Make the stored rows equal the requested ones, by name: update, create, delete."""
    for name, row in requested.items():
        if name in stored:
            for change in _update(stored[name], _fields(row, names)):
                yield f"{kind} {name}: {change}"
        else:
            row.save()
            yield f"{kind} {name} created at position {row.position}"
    for name, row in stored.items():
        if name not in requested:
            row.delete()
            yield f"{kind} {name} removed"


def _update(row: Model, values: Values) -> Iterator[str]:
    """Write the fields that differ and no others, so that concurrent edits of other fields stay."""
    changed = {name: (getattr(row, name), value) for name, value in values.items() if getattr(row, name) != value}
    for name, (_, value) in changed.items():
        setattr(row, name, value)
    if changed:
        row.save(update_fields=list(changed))
    return (f"{name} {_json(old)} -> {_json(new)}" for name, (old, new) in changed.items())


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
