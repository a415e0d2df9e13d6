"""Reader of the catalogue's JSON document, which reports all errors at once.

A document contains what it sets: absent fields keep their value (or get the default if the row is new), and a list
replaces the stored list completely.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import CharField, Model

from providers.adapters.generic.definitions import GENERIC
from providers.catalogue.definitions import GenericParts, read_generic_parts, shown
from providers.domain.categories import Category, Strategy
from providers.models import Chain, ChainLink, Endpoint, Provider
from providers.models.base_urls import base_url_problem

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class References:
    """Adapters and providers that a document may refer to, and the stored request formats and definitions."""

    adapters: frozenset[str]
    providers: frozenset[str]
    allow_private: bool = False
    generic_parts: Mapping[str, GenericParts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A provider or chain of the document: its own fields, and its endpoints or links (None where absent).

    ``generic_parts`` holds the request format and definitions of a provider with the generic adapter.
    """

    name: str
    fields: Values
    rows: tuple[Values, ...] | None
    generic_parts: GenericParts = field(default_factory=GenericParts)


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document."""

    providers: tuple[Entry, ...] = ()
    chains: tuple[Entry, ...] = ()


class InvalidDocument(Exception):  # noqa: N818 - the document is what is invalid
    """All errors of a document, one per line: position, value, and what is allowed."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def parse(text: str, references: References) -> Document:
    """Return the document in ``text``. Raises InvalidDocument."""
    reader = _Reader(references)
    try:
        raw = json.loads(text, object_pairs_hook=reader.pairs)
    except (ValueError, RecursionError) as error:
        raise InvalidDocument([f"document: is not JSON ({error})"]) from None
    document = reader.document(raw)
    if reader.problems:
        raise InvalidDocument(reader.problems)
    return document


Check = Callable[[Any], str | None]
"""Returns an error that states what is allowed, or None."""


def _text(model: type[Model], name: str) -> Check:
    """Check text with the validators of the model's field."""
    column = model._meta.get_field(name)
    assert isinstance(column, CharField)  # noqa: S101 - of the table below, not of the document

    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            return f"{shown(value)} is not text"
        if not value.isprintable() or (value and not value.strip()):
            return f"{shown(value)} has nothing to show, or characters that cannot be shown"
        if not value:
            return None if column.blank else "is empty"
        try:
            column.run_validators(value)
        except ValidationError as error:
            return f"{shown(value)}: {' '.join(error.messages)}"
        return None

    return check


def _integer(model: type[Model], name: str) -> Check:
    """Check a whole number against the range of the model's field."""

    def check(value: Any) -> str | None:
        low, high = bounds(model, name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            return f"{shown(value)} is not allowed; allowed: a whole number from {low} to {high}"
        return None

    return check


def bounds(model: type[Model], name: str) -> tuple[int, int]:
    """Return the range that a number field's validators allow, within what every database can store."""
    limits: dict[str, list[int]] = {"min_value": [0], "max_value": [2**31 - 1]}
    column = model._meta.get_field(name)
    for validator in getattr(column, "validators", ()):
        if getattr(validator, "code", None) in limits:
            limits[validator.code].append(validator.limit_value)
    return max(limits["min_value"]), min(limits["max_value"])


def _boolean(value: Any) -> str | None:
    return None if isinstance(value, bool) else f"{shown(value)} is not allowed; allowed: true or false"


def _one_of(allowed: Sequence[str]) -> Check:
    def check(value: Any) -> str | None:
        if isinstance(value, str) and value in allowed:
            return None
        return f"{shown(value)} is not known; allowed: {', '.join(allowed) or 'none yet'}"

    return check


RENAMED_KEYS = {"dialect": "request_format"}
"""Keys of release 1.0 with their present names, so that its exports can be imported."""


def _with_present_keys(raw: Any) -> Any:
    """Rename a provider's keys of release 1.0, unless the present key is there as well."""
    if not isinstance(raw, dict):
        return raw
    return {
        RENAMED_KEYS[key] if key in RENAMED_KEYS and RENAMED_KEYS[key] not in raw else key: value
        for key, value in raw.items()
    }


GENERIC_KEYS = ("request_format", "definitions")
"""Keys allowed only for providers with the generic adapter."""
PROVIDER: Mapping[str, Check] = {
    "slug": _text(Provider, "slug"),
    "name": _text(Provider, "name"),
    "quota_group": _text(Provider, "quota_group"),
    "enabled": _boolean,
}
ENDPOINT: Mapping[str, Check] = {"position": _integer(Endpoint, "position"), "enabled": _boolean}
CHAIN: Mapping[str, Check] = {
    "category": _one_of([category.value for category in Category]),
    "strategy": _one_of([strategy.value for strategy in Strategy]),
    "deadline_ms": _integer(Chain, "deadline_ms"),
    "cache_s": _integer(Chain, "cache_s"),
    "stale_s": _integer(Chain, "stale_s"),
}
LINK: Mapping[str, Check] = {
    "lineage": _text(ChainLink, "lineage"),
    "tier": _integer(ChainLink, "tier"),
    "position": _integer(ChainLink, "position"),
    "weight": _integer(ChainLink, "weight"),
    "enabled": _boolean,
}


@dataclass(slots=True)
class _Reader:
    """Reads a document and collects its errors."""

    references: References
    problems: list[str] = field(default_factory=list)

    def pairs(self, pairs: list[tuple[str, Any]]) -> Values:
        """Build an object; report repeated keys, of which JSON would silently drop one."""
        result: Values = {}
        for key, value in pairs:
            if key in result:
                self.problems.append(f"document: the key {shown(key)} is given twice in one object")
            result[key] = value
        return result

    def document(self, raw: Any) -> Document:
        """Read both lists. Providers come first, because links may refer to providers of the document."""
        top = self._object(raw, "document", ("providers", "chains"))
        providers = self._rows(top.get("providers", []), "providers", self._provider)
        self._check_unique("providers", "slug", [provider.name for provider in providers])
        allowed = sorted(self.references.providers | {provider.name for provider in providers})
        link = {"provider": _one_of(allowed), **LINK}
        chains = self._rows(top.get("chains", []), "chains", lambda row, path: self._chain(row, path, link))
        self._check_unique("chains", "category", [chain.name for chain in chains])
        return Document(tuple(providers), tuple(chains))

    def _provider(self, raw: Any, path: str) -> Entry:
        checks = {**PROVIDER, "adapter": _one_of(sorted(self.references.adapters))}
        row = self._fields(
            _with_present_keys(raw), path, checks, required=("slug",), lists=("endpoints", *GENERIC_KEYS)
        )
        slug = str(row.get("slug", ""))
        if slug and slug not in self.references.providers:
            self._check_required(row, path, ("name", "adapter"), f"{slug} is new here")
        endpoints = self._list(row, path, "endpoints", self._endpoint)
        self._check_unique(f"{path}.endpoints", "base_url", [str(e.get("base_url", "")) for e in endpoints or ()])
        if any(name in row for name in GENERIC_KEYS) and row.get("adapter", GENERIC) != GENERIC:
            self.problems.append(f"{path}: {' and '.join(GENERIC_KEYS)} are allowed only with the adapter {GENERIC}")
        generic_parts = read_generic_parts(
            row, path, self.references.generic_parts.get(slug, GenericParts()), self.problems
        )
        return Entry(slug, {name: row[name] for name in checks if name in row}, endpoints, generic_parts)

    def _endpoint(self, raw: Any, path: str) -> Values:
        def base_url(value: Any) -> str | None:
            if not isinstance(value, str):
                return f"{shown(value)} is not text"
            problem = base_url_problem(value, allow_private=self.references.allow_private)
            return problem and (problem if "@" in value or "?" in value else f"{shown(value)} {problem}")

        return self._fields(raw, path, {"base_url": base_url, **ENDPOINT}, required=("base_url",))

    def _chain(self, raw: Any, path: str, link: Mapping[str, Check]) -> Entry:
        row = self._fields(raw, path, CHAIN, required=("category",), lists=("links",))
        links = self._list(row, path, "links", lambda r, p: self._fields(r, p, link, required=("provider",)))
        self._check_unique(f"{path}.links", "provider", [str(found.get("provider", "")) for found in links or ()])
        if links:
            self._check_tiers(links, path)
        return Entry(str(row.get("category", "")), {name: row[name] for name in CHAIN if name in row}, links)

    def _check_tiers(self, links: Sequence[Values], path: str) -> None:
        """Check that tiers do not decrease along the chain."""
        highest = 0
        for link in by_position(links):
            tier = link.get("tier", 1)
            if isinstance(tier, int) and tier < highest:
                where = f"{path}.links: {link.get('provider')}"
                self.problems.append(f"{where} has tier {tier} after tier {highest}; allowed: {highest} or more")
            elif isinstance(tier, int):
                highest = tier

    # -- shapes ------------------------------------------------------------------------------------------------------

    def _object(self, raw: Any, path: str, allowed: Sequence[str]) -> Values:
        if not isinstance(raw, dict):
            self.problems.append(f"{path}: {shown(raw)} is not an object with {', '.join(allowed)}")
            return {}
        for key in raw:
            if key not in allowed:
                self.problems.append(f"{path}: unknown key {shown(key)}; allowed: {', '.join(allowed)}")
        return raw

    def _fields(
        self,
        raw: Any,
        path: str,
        checks: Mapping[str, Check],
        required: Sequence[str],
        lists: Sequence[str] = (),
    ) -> Values:
        """Return the valid fields of an object; report the others."""
        found = self._object(raw, path, (*checks, *lists))
        if isinstance(raw, dict):
            self._check_required(found, path, required)
        row = {name: found[name] for name in lists if name in found}
        for name in checks:
            if name in found:
                problem = checks[name](found[name])
                if problem:
                    self.problems.append(f"{path}.{name}: {problem}")
                else:
                    row[name] = found[name]
        return row

    def _check_required(self, row: Values, path: str, names: Sequence[str], why: str = "") -> None:
        reason = f" ({why})" if why else ""
        named = [problem.partition(": ")[0] for problem in self.problems]
        self.problems += [
            f"{path}.{name}: is missing{reason}" for name in names if name not in row and f"{path}.{name}" not in named
        ]

    def _rows(self, raw: Any, path: str, read: Callable[[Any, str], Any]) -> list[Any]:
        if not isinstance(raw, list):
            self.problems.append(f"{path}: {shown(raw)} is not a list")
            return []
        return [read(row, f"{path}[{index}]") for index, row in enumerate(raw)]

    def _list(self, row: Values, path: str, name: str, read: Callable[[Any, str], Values]) -> tuple[Values, ...] | None:
        """Read a list; the index is the default of each row's ``position``."""
        if name not in row:
            return None
        rows: list[Values] = self._rows(row[name], f"{path}.{name}", read)
        return tuple({"position": index, **found} for index, found in enumerate(rows))

    def _check_unique(self, path: str, field_name: str, values: Sequence[str]) -> None:
        for value in sorted({value for value in values if value and values.count(value) > 1}):
            self.problems.append(f"{path}: {field_name} {shown(value)} is given twice; allowed: once")


def by_position(rows: Sequence[Values]) -> Iterator[Values]:
    """Return the rows by position; equal positions keep their order."""
    return iter(sorted(rows, key=lambda row: int(row.get("position", 0))))
