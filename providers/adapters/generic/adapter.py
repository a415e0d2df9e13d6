"""An adapter made of an operator's definitions, for a provider nobody has written code for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from providers.adapters.generic import templates
from providers.adapters.generic.codec import ResponseCodec
from providers.adapters.generic.definitions import (
    BOOK,
    CANDLES,
    NEWS,
    PRICE,
    DefinitionConf,
    Problems,
    RequestFormatConf,
    problems_of,
    problems_of_request_format,
)
from providers.adapters.generic.handlers import Books, Candlesticks, Newspaper, Prices, Volumes
from providers.adapters.shared.quoting import with_header
from providers.domain.adapter import Adapter, Budget, Handler, KeyUse, Request
from providers.domain.categories import Category


@dataclass(frozen=True, slots=True)
class GenericAdapter:
    """What a provider's definitions come to. ``wording`` changes whenever a category's answers could.

    ``problems`` says, for operators, what was left out because it is not sound.
    """

    adapter: Adapter
    fingerprint: Mapping[Category, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


class NotSound(ValueError):  # noqa: N818 - it is the definition that is not
    """A definition that cannot be used; ``problems`` by field."""

    def __init__(self, problems: Problems) -> None:
        super().__init__("; ".join(f"{name}: {said}" for name, said in problems.items()))
        self.problems = problems


def generic_adapter(
    slug: str, name: str, request_format: RequestFormatConf, definitions: Iterable[DefinitionConf]
) -> GenericAdapter:
    """The adapter of a provider. What is not sound is left out: one bad row must not take the others down."""
    handlers: dict[Category, Handler[Any, Any]] = {}
    wording: dict[Category, str] = {}
    problems: list[str] = []
    for definition in definitions:
        try:
            found = handlers_of(slug, name, request_format, definition)
        except NotSound as wrong:
            problems.append(f"{definition.category}: {wrong}")
        else:
            handlers |= found
            wording |= dict.fromkeys(found, repr((request_format, definition)))
    return GenericAdapter(_adapter(request_format, handlers), wording, tuple(problems))


def handlers_of(
    slug: str, name: str, request_format: RequestFormatConf, definition: DefinitionConf
) -> dict[Category, Handler[Any, Any]]:
    """The handlers a definition makes: a price that comes with a volume serves that too. Raises NotSound."""
    problems = problems_of_request_format(request_format) or problems_of(definition, request_format)
    if problems:
        raise NotSound(problems)
    speech = ResponseCodec(request_format, definition)
    if definition.category == NEWS:
        return {NEWS: Newspaper(speech, slug, name)}
    if definition.category == CANDLES:
        return {CANDLES: Candlesticks(speech)}
    if definition.category == BOOK:
        return {BOOK: Books(speech)}
    volumes = {Category.MARKET_VOLUME: Volumes(speech)} if definition.volume else {}
    return {PRICE: Prices(speech), **volumes}


def _adapter(request_format: RequestFormatConf, handlers: Mapping[Category, Handler[Any, Any]]) -> Adapter:
    if problems_of_request_format(request_format):
        return Adapter({})
    budget = Budget(request_format.limit_calls, float(request_format.limit_seconds))
    return Adapter(
        handlers, KeyUse(request_format.key_use), lambda request, key: _with_key(request_format, request, key), budget
    )


def _with_key(request_format: RequestFormatConf, request: Request, key: str) -> Request:
    if request_format.key_use == KeyUse.NONE:
        return request
    value = templates.filled(request_format.key_value, {"key": key})
    if request_format.key_place == "header":
        return with_header(request, request_format.key_name, value)
    return replace(request, params=(*request.params, (request_format.key_name, value)))
