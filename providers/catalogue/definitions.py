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
class Spoken:
    """How a provider without code is asked and read."""

    request_format: RequestFormatConf | None = None
    definitions: tuple[DefinitionConf, ...] | None = None


def exported(request_format: RequestFormat, definitions: Iterable[Definition]) -> Values:
    """The two keys of a provider that has them; of a definition what its category has."""
    return {
        "request_format": asdict(request_format.conf()),
        "definitions": [
            {"category": one.category, **{name: getattr(one, name) for name in FIELDS[Category(one.category)]}}
            for one in definitions
        ],
    }


def read(row: Mapping[str, Any], path: str, standing: Spoken, problems: list[str]) -> Spoken:
    """What a provider of the document says; what is wrong goes to ``problems``. ``standing`` is what there is here."""
    before = len(problems)
    request_format = (
        _conf(RequestFormatConf, RequestFormat, row["request_format"], f"{path}.request_format", problems)
        if "request_format" in row
        else None
    )
    definitions = _definitions(row["definitions"], f"{path}.definitions", problems) if "definitions" in row else None
    found = Spoken(request_format, definitions)
    if len(problems) == before and (request_format is not None or definitions is not None):
        problems += _unsound(found, standing, path)
    return found


def _definitions(raw: Any, path: str, problems: list[str]) -> tuple[DefinitionConf, ...]:
    if not isinstance(raw, list):
        problems.append(f"{path}: {_shown(raw)} is not a list")
        return ()
    read_ones = [
        _conf(DefinitionConf, Definition, one, f"{path}[{n}]", problems, ("category",)) for n, one in enumerate(raw)
    ]
    found = tuple(one for one in read_ones if one is not None)
    named = [one.category for one in found]
    twice = sorted({category for category in named if named.count(category) > 1})
    problems += [f"{path}: category {_shown(category)} is given twice; allowed: once" for category in twice]
    return found


def _conf(
    made: type[C],
    model: type[RequestFormat | Definition],
    raw: Any,
    path: str,
    problems: list[str],
    required: tuple[str, ...] = (),
) -> C | None:
    """One object, each field of its type and no longer than its column."""
    least: Values = dict.fromkeys(required, "")
    defaults = asdict(made(**least))
    if not isinstance(raw, dict):
        problems.append(f"{path}: {_shown(raw)} is not an object")
        return None
    wrong = [f"{path}: unknown key {_shown(key)}; allowed: {', '.join(defaults)}" for key in raw if key not in defaults]
    wrong += [f"{path}.{name}: is missing" for name in required if name not in raw]
    for name in defaults.keys() & raw.keys():
        said = _unfit(raw[name], defaults[name], getattr(model._meta.get_field(name), "max_length", None))
        wrong += [f"{path}.{name}: {said}"] if said else []
    problems += sorted(wrong)
    return None if wrong else made(**raw)


def _unfit(value: Any, default: Any, longest: int | None) -> str | None:
    if isinstance(default, int):
        fits = isinstance(value, int) and not isinstance(value, bool)
        return None if fits else f"{_shown(value)} is not a whole number"
    if not isinstance(value, str):
        return f"{_shown(value)} is not text"
    return f"is longer than {longest} characters" if longest and len(value) > longest else None


def _unsound(found: Spoken, standing: Spoken, path: str) -> Iterator[str]:
    """What does not hold together, with what is here already where the document leaves that out."""
    request_format = found.request_format or standing.request_format or RequestFormatConf()
    wrong = problems_of_request_format(request_format)
    yield from (f"{path}.request_format.{field}: {said}" for field, said in wrong.items())
    if wrong:
        return
    for n, definition in enumerate(found.definitions or ()):
        for field, said in problems_of(definition, request_format).items():
            yield f"{path}.definitions[{n}].{field}: {said}"
    for definition in (standing.definitions or ()) if found.definitions is None else ():
        for field, said in problems_of(definition, request_format).items():
            yield f"{path}.request_format: its {definition.category} would not hold: {field}: {said}"


def _shown(value: Any) -> str:
    told = json.dumps(value, ensure_ascii=False, default=str)
    return told if len(told) <= 60 else f"{told[:57]}..."
