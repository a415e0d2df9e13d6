"""An adapter made of an operator's definitions, for a provider nobody has written code for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from providers.adapters.generic import templates
from providers.adapters.generic.codec import Speech
from providers.adapters.generic.definitions import (
    BOOK,
    CANDLES,
    NEWS,
    PRICE,
    DefinitionConf,
    DialectConf,
    Problems,
    problems_of,
    problems_of_dialect,
)
from providers.adapters.generic.handlers import Books, Candlesticks, Newspaper, Prices, Volumes
from providers.adapters.shared.quoting import with_header
from providers.domain.types import Adapter, Budget, Category, Handler, KeyUse, Request


@dataclass(frozen=True, slots=True)
class Made:
    """What a provider's definitions come to. ``wording`` changes whenever a category's answers could.

    ``problems`` says, for operators, what was left out because it is not sound.
    """

    adapter: Adapter
    wording: Mapping[Category, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


class NotSound(ValueError):  # noqa: N818 - it is the definition that is not
    """A definition that cannot be used; ``problems`` by field."""

    def __init__(self, problems: Problems) -> None:
        super().__init__("; ".join(f"{name}: {said}" for name, said in problems.items()))
        self.problems = problems


def made(slug: str, name: str, dialect: DialectConf, definitions: Iterable[DefinitionConf]) -> Made:
    """The adapter of a provider. What is not sound is left out: one bad row must not take the others down."""
    handlers: dict[Category, Handler[Any, Any]] = {}
    wording: dict[Category, str] = {}
    problems: list[str] = []
    for definition in definitions:
        try:
            found = handlers_of(slug, name, dialect, definition)
        except NotSound as wrong:
            problems.append(f"{definition.category}: {wrong}")
        else:
            handlers |= found
            wording |= dict.fromkeys(found, repr((dialect, definition)))
    return Made(_adapter(dialect, handlers), wording, tuple(problems))


def handlers_of(
    slug: str, name: str, dialect: DialectConf, definition: DefinitionConf
) -> dict[Category, Handler[Any, Any]]:
    """The handlers a definition makes: a price that comes with a volume serves that too. Raises NotSound."""
    problems = problems_of_dialect(dialect) or problems_of(definition, dialect)
    if problems:
        raise NotSound(problems)
    speech = Speech(dialect, definition)
    if definition.category == NEWS:
        return {NEWS: Newspaper(speech, slug, name)}
    if definition.category == CANDLES:
        return {CANDLES: Candlesticks(speech)}
    if definition.category == BOOK:
        return {BOOK: Books(speech)}
    volumes = {Category.MARKET_VOLUME: Volumes(speech)} if definition.volume else {}
    return {PRICE: Prices(speech), **volumes}


def _adapter(dialect: DialectConf, handlers: Mapping[Category, Handler[Any, Any]]) -> Adapter:
    if problems_of_dialect(dialect):
        return Adapter({})
    budget = Budget(dialect.limit_calls, float(dialect.limit_seconds))
    return Adapter(handlers, KeyUse(dialect.key_use), lambda request, key: _with_key(dialect, request, key), budget)


def _with_key(dialect: DialectConf, request: Request, key: str) -> Request:
    if dialect.key_use == KeyUse.NONE:
        return request
    value = templates.filled(dialect.key_value, {"key": key})
    if dialect.key_place == "header":
        return with_header(request, dialect.key_name, value)
    return replace(request, params=(*request.params, (dialect.key_name, value)))
