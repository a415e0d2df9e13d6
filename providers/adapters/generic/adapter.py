"""Build an adapter from an operator's definitions, for a provider without code of its own. Pure."""

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
from providers.adapters.generic.handlers import CandleSeries, NewsArticles, OrderBooks, Prices, Volumes
from providers.adapters.shared.quoting import with_header
from providers.domain.adapter import Adapter, Budget, Handler, KeyUse, Request
from providers.domain.categories import Category


@dataclass(frozen=True, slots=True)
class GenericAdapter:
    """An adapter built from definitions.

    ``fingerprints`` has a text per category that changes whenever its answers could. ``problems`` lists, for
    operators, the definitions that were left out because they are invalid.
    """

    adapter: Adapter
    fingerprints: Mapping[Category, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


class InvalidDefinition(ValueError):  # noqa: N818 - it describes input, not an error of the program
    """A definition that cannot be used; ``problems`` maps fields to messages."""

    def __init__(self, problems: Problems) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in problems.items()))
        self.problems = problems


def build_adapter(
    slug: str, name: str, request_format: RequestFormatConf, definitions: Iterable[DefinitionConf]
) -> GenericAdapter:
    """Build the adapter of a provider from its valid definitions; an invalid one does not affect the others."""
    handlers: dict[Category, Handler[Any, Any]] = {}
    fingerprints: dict[Category, str] = {}
    problems: list[str] = []
    for definition in definitions:
        try:
            handlers_of_definition = build_handlers(slug, name, request_format, definition)
        except InvalidDefinition as error:
            problems.append(f"{definition.category}: {error}")
        else:
            handlers |= handlers_of_definition
            fingerprints |= dict.fromkeys(handlers_of_definition, repr((request_format, definition)))
    return GenericAdapter(_assemble(request_format, handlers), fingerprints, tuple(problems))


def build_handlers(
    slug: str, name: str, request_format: RequestFormatConf, definition: DefinitionConf
) -> dict[Category, Handler[Any, Any]]:
    """Build the handlers of a definition; prices that come with a volume answer volume queries too.

    Raises:
        InvalidDefinition: if the definition or the request format has a problem.
    """
    problems = problems_of_request_format(request_format) or problems_of(definition, request_format)
    if problems:
        raise InvalidDefinition(problems)
    codec = ResponseCodec(request_format, definition)
    if definition.category == NEWS:
        return {NEWS: NewsArticles(codec, slug, name)}
    if definition.category == CANDLES:
        return {CANDLES: CandleSeries(codec)}
    if definition.category == BOOK:
        return {BOOK: OrderBooks(codec)}
    volumes = {Category.MARKET_VOLUME: Volumes(codec)} if definition.volume else {}
    return {PRICE: Prices(codec), **volumes}


def _assemble(request_format: RequestFormatConf, handlers: Mapping[Category, Handler[Any, Any]]) -> Adapter:
    if problems_of_request_format(request_format):
        return Adapter({})
    budget = Budget(request_format.limit_calls, float(request_format.limit_seconds))
    return Adapter(
        handlers, KeyUse(request_format.key_use), lambda request, key: _with_key(request_format, request, key), budget
    )


def _with_key(request_format: RequestFormatConf, request: Request, key: str) -> Request:
    if request_format.key_use == KeyUse.NONE:
        return request
    value = templates.fill(request_format.key_value, {"key": key})
    if request_format.key_place == "header":
        return with_header(request, request_format.key_name, value)
    return replace(request, params=(*request.params, (request_format.key_name, value)))
