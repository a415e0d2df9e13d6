"""Export and import of request formats and definitions in the catalogue document.

An object or list in the document replaces the stored one completely: fields left out get their default.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from providers.adapters.generic.definitions import (
    FIELDS,
    DefinitionConf,
    RequestFormatConf,
    problems_of,
    problems_of_request_format,
)
from providers.domain.categories import Category
from providers.models import Definition, RequestFormat

Values = dict[str, Any]
C = TypeVar("C", RequestFormatConf, DefinitionConf)


@dataclass(frozen=True, slots=True)
class GenericParts:
    """Request format and definitions of a provider that uses the generic adapter; None where absent."""

    request_format: RequestFormatConf | None = None
    definitions: tuple[DefinitionConf, ...] | None = None


def export_generic_parts(request_format: RequestFormat, definitions: Iterable[Definition]) -> Values:
    """Return the keys ``request_format`` and ``definitions``; a definition has the fields of its category."""
    return {
        "request_format": asdict(request_format.conf()),
        "definitions": [
            {"category": one.category, **{name: getattr(one, name) for name in FIELDS[Category(one.category)]}}
            for one in definitions
        ],
    }


def read_generic_parts(row: Mapping[str, Any], path: str, stored: GenericParts, problems: list[str]) -> GenericParts:
    """Read a provider's request format and definitions; add every error to ``problems``.

    ``stored`` is what the database has, against which the parts are checked where the document leaves one out.
    """
    before = len(problems)
    request_format = (
        _conf(RequestFormatConf, RequestFormat, row["request_format"], f"{path}.request_format", problems)
        if "request_format" in row
        else None
    )
    definitions = _definitions(row["definitions"], f"{path}.definitions", problems) if "definitions" in row else None
    parts = GenericParts(request_format, definitions)
    if len(problems) == before and (request_format is not None or definitions is not None):
        problems += _consistency_errors(parts, stored, path)
    return parts


def _definitions(raw: Any, path: str, problems: list[str]) -> tuple[DefinitionConf, ...]:
    if not isinstance(raw, list):
        problems.append(f"{path}: {shown(raw)} is not a list")
        return ()
    confs = [
        _conf(DefinitionConf, Definition, one, f"{path}[{n}]", problems, ("category",)) for n, one in enumerate(raw)
    ]
    definitions = tuple(one for one in confs if one is not None)
    categories = [one.category for one in definitions]
    repeated = sorted({category for category in categories if categories.count(category) > 1})
    problems += [f"{path}: category {shown(category)} is given twice; allowed: once" for category in repeated]
    return definitions


def _conf(
    conf_class: type[C],
    model: type[RequestFormat | Definition],
    raw: Any,
    path: str,
    problems: list[str],
    required: tuple[str, ...] = (),
) -> C | None:
    """Read one object; check each field's type and length."""
    required_values: Values = dict.fromkeys(required, "")
    defaults = asdict(conf_class(**required_values))
    if not isinstance(raw, dict):
        problems.append(f"{path}: {shown(raw)} is not an object")
        return None
    errors = [f"{path}: unknown key {shown(key)}; allowed: {', '.join(defaults)}" for key in raw if key not in defaults]
    errors += [f"{path}.{name}: is missing" for name in required if name not in raw]
    for name in defaults.keys() & raw.keys():
        error = _value_error(raw[name], defaults[name], getattr(model._meta.get_field(name), "max_length", None))
        errors += [f"{path}.{name}: {error}"] if error else []
    problems += sorted(errors)
    return None if errors else conf_class(**raw)


def _value_error(value: Any, default: Any, longest: int | None) -> str | None:
    if isinstance(default, int):
        fits = isinstance(value, int) and not isinstance(value, bool)
        return None if fits else f"{shown(value)} is not a whole number"
    if not isinstance(value, str):
        return f"{shown(value)} is not text"
    return f"is longer than {longest} characters" if longest and len(value) > longest else None


def _consistency_errors(parts: GenericParts, stored: GenericParts, path: str) -> Iterator[str]:
    """Yield where request format and definitions contradict each other."""
    request_format = parts.request_format or stored.request_format or RequestFormatConf()
    errors = problems_of_request_format(request_format)
    yield from (f"{path}.request_format.{field}: {answer}" for field, answer in errors.items())
    if errors:
        return
    for n, definition in enumerate(parts.definitions or ()):
        for field, answer in problems_of(definition, request_format).items():
            yield f"{path}.definitions[{n}].{field}: {answer}"
    for definition in (stored.definitions or ()) if parts.definitions is None else ():
        for field, answer in problems_of(definition, request_format).items():
            yield f"{path}.request_format: {definition.category} would become invalid: {field}: {answer}"


def shown(value: Any) -> str:
    """Return a value of the document as JSON, cut to one line."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
