"""Export and import of a provider's request format and definitions in the catalogue document.

Like every list of the document they are whole where they are there: what a definition leaves out has its default.
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
    """How a provider without code is asked and read."""

    request_format: RequestFormatConf | None = None
    definitions: tuple[DefinitionConf, ...] | None = None


def export_generic_parts(request_format: RequestFormat, definitions: Iterable[Definition]) -> Values:
    """The two keys of a provider that has them; of a definition what its category has."""
    return {
        "request_format": asdict(request_format.conf()),
        "definitions": [
            {"category": one.category, **{name: getattr(one, name) for name in FIELDS[Category(one.category)]}}
            for one in definitions
        ],
    }


def read_generic_parts(row: Mapping[str, Any], path: str, stored: GenericParts, problems: list[str]) -> GenericParts:
    """What a provider of the document says; what is wrong goes to ``problems``. ``standing`` is what there is here."""
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
        problems.append(f"{path}: {_shown(raw)} is not a list")
        return ()
    confs = [
        _conf(DefinitionConf, Definition, one, f"{path}[{n}]", problems, ("category",)) for n, one in enumerate(raw)
    ]
    definitions = tuple(one for one in confs if one is not None)
    categories = [one.category for one in definitions]
    repeated = sorted({category for category in categories if categories.count(category) > 1})
    problems += [f"{path}: category {_shown(category)} is given twice; allowed: once" for category in repeated]
    return definitions


def _conf(
    conf_class: type[C],
    model: type[RequestFormat | Definition],
    raw: Any,
    path: str,
    problems: list[str],
    required: tuple[str, ...] = (),
) -> C | None:
    """One object, each field of its type and no longer than its column."""
    required_values: Values = dict.fromkeys(required, "")
    defaults = asdict(conf_class(**required_values))
    if not isinstance(raw, dict):
        problems.append(f"{path}: {_shown(raw)} is not an object")
        return None
    errors = [
        f"{path}: unknown key {_shown(key)}; allowed: {', '.join(defaults)}" for key in raw if key not in defaults
    ]
    errors += [f"{path}.{name}: is missing" for name in required if name not in raw]
    for name in defaults.keys() & raw.keys():
        error = _value_error(raw[name], defaults[name], getattr(model._meta.get_field(name), "max_length", None))
        errors += [f"{path}.{name}: {error}"] if error else []
    problems += sorted(errors)
    return None if errors else conf_class(**raw)


def _value_error(value: Any, default: Any, longest: int | None) -> str | None:
    if isinstance(default, int):
        fits = isinstance(value, int) and not isinstance(value, bool)
        return None if fits else f"{_shown(value)} is not a whole number"
    if not isinstance(value, str):
        return f"{_shown(value)} is not text"
    return f"is longer than {longest} characters" if longest and len(value) > longest else None


def _consistency_errors(parts: GenericParts, stored: GenericParts, path: str) -> Iterator[str]:
    """What does not hold together, with what is here already where the document leaves that out."""
    request_format = parts.request_format or stored.request_format or RequestFormatConf()
    errors = problems_of_request_format(request_format)
    yield from (f"{path}.request_format.{field}: {said}" for field, said in errors.items())
    if errors:
        return
    for n, definition in enumerate(parts.definitions or ()):
        for field, said in problems_of(definition, request_format).items():
            yield f"{path}.definitions[{n}].{field}: {said}"
    for definition in (stored.definitions or ()) if parts.definitions is None else ():
        for field, said in problems_of(definition, request_format).items():
            yield f"{path}.request_format: its {definition.category} would not hold: {field}: {said}"


def _shown(value: Any) -> str:
    told = json.dumps(value, ensure_ascii=False, default=str)
    return told if len(told) <= 60 else f"{told[:57]}..."
