"""Build requests and read responses as a definition says. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from providers.adapters.generic import expressions, templates
from providers.adapters.generic.definitions import (
    COLUMNS,
    EXPRESSIONS,
    KEYED,
    DefinitionConf,
    RequestFormatConf,
    parse_statuses,
    placeholders_of,
)
from providers.adapters.generic.expressions import Expression
from providers.adapters.shared import errors, parsing
from providers.adapters.shared.quoting import Q, Quoting
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import DOLLARS
from providers.domain.outcomes import Failure, Outcome


def from_iso_utc(value: object) -> datetime | None:
    """Read an ISO 8601 time; one without an offset is in UTC. Raises Failure for anything else."""
    if isinstance(value, str) and value:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise parsing.broken("a time was expected") from None
        return parsing.from_iso(value if moment.tzinfo else moment.replace(tzinfo=UTC).isoformat())
    return parsing.from_iso(value)


TIME_READERS: Mapping[str, Callable[[object], datetime | None]] = {
    "seconds": parsing.from_seconds,
    "ms": parsing.from_millis,
    "us": parsing.from_micros,
    "iso": parsing.from_iso,
    "iso_utc": from_iso_utc,
}


class ResponseCodec:
    """The requests, expressions and error rules of one definition, shared by its handlers."""

    def __init__(self, request_format: RequestFormatConf, definition: DefinitionConf) -> None:
        self.definition = definition
        self.placeholders = placeholders_of(definition)
        self._request_format = request_format
        self._quotes = templates.parse_spellings(request_format.quotes)
        self.intervals = templates.parse_spellings(definition.intervals)
        dollar = next((quote for quote in self._quotes if quote in DOLLARS), "")
        self.quoting = Quoting(dollar, frozenset(self._quotes))
        self.expressions = {
            name: Expression(getattr(definition, name)) for name in EXPRESSIONS[Category(definition.category)]
        }
        self._error_conditions = {
            name: Expression(getattr(request_format, name)) for name in ("unknown_if", "limited_if", "failed_if")
        }
        self._unknown_statuses = parse_statuses(request_format.unknown_statuses)
        self.read_time = TIME_READERS[definition.time_unit]

    def accepts(self, lookup: Lookup[Any]) -> bool:
        """Return whether the provider has the quote currency and a usable name for the asset."""
        return self.quoting.accepts(lookup) and lookup.name.strip(".") != ""

    def market_values(self, lookup: Lookup[Q]) -> dict[str, str]:
        """Return the placeholder values of a market."""
        quote = self._quotes[self.quoting.currency(lookup.item)]
        values = {"base": lookup.name, "quote": quote, "base_lower": lookup.name.lower(), "quote_lower": quote.lower()}
        return {**values, "symbol": templates.fill(self._request_format.symbol, values)}

    def request(self, values: Mapping[str, str]) -> Request:
        """Build the request with these placeholder values."""
        return Request(
            templates.fill_path(self.definition.path, values), templates.fill_params(self.definition.params, values)
        )

    def body(self, response: Response) -> Any:
        """Return the body of a successful response, numbers as Decimal; raise Failure for every other one."""
        body = self._document(response)
        errors.raise_for_outcome(response, self._stated_outcome(response, body))
        return body

    def _document(self, response: Response) -> object:
        try:
            return expressions.decode(response.body)
        except Failure:
            if errors.succeeded(response):
                raise
            return None

    def _stated_outcome(self, response: Response, body: object) -> Outcome | None:
        """Return the outcome that the body states; an unspecific error inside a success is BROKEN."""
        if response.status in self._unknown_statuses or self._error_conditions["unknown_if"].is_true(body):
            return Outcome.UNKNOWN_ASSET
        if self._error_conditions["limited_if"].is_true(body):
            return Outcome.RATE_LIMITED
        failed = errors.succeeded(response) and self._error_conditions["failed_if"].is_true(body)
        return Outcome.BROKEN if failed else None

    def rows(self, response: Response) -> Any:
        """Return what the rows expression finds in the body of a successful response."""
        return self.expressions["rows"].evaluate(self.body(response))

    def value(self, name: str, row: object) -> object:
        """Return what a field's expression finds in a row; None if the field has no expression."""
        expression = self.expressions[name]
        return expression.evaluate_as_text(row) if expression.text else None

    def time(self, row: object) -> datetime | None:
        """Return the time of a row."""
        return self.read_time(self.value("time", row))

    def describe_fields(self, response: Response) -> Iterator[tuple[str, str]]:
        """Yield each field with a short description of what it finds in the body or in the first row."""
        body = self._document(response)
        rows = self.expressions["rows"].evaluate(body)
        if self.expressions["rows"].text:
            yield "rows", describe(rows)
        row = rows if self.definition.shape == COLUMNS else _first_row(rows, keyed=self.definition.shape == KEYED)
        for name, expression in self.expressions.items():
            if name == "rows" or not expression.text:
                continue
            is_level = name in ("price", "quantity") and "bids" in self.expressions
            yield (
                name,
                _describe_result(expression, _first_row(self.expressions["bids"].evaluate(row)) if is_level else row),
            )


def describe(value: object) -> str:
    """Describe a value in a few words, for operators."""
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"an object of {', '.join(list(value)[:5]) or 'nothing'}{', …' if len(value) > 5 else ''}"
    return str(expressions.as_numeral(value))


def _describe_result(expression: Expression, value: object) -> str:
    try:
        return describe(expression.evaluate(value))
    except Failure as failure:
        return failure.detail


def _first_row(rows: object, *, keyed: bool = False) -> object:
    """Return the first of several rows, or the value itself if it is one row."""
    values = list(rows.values()) if keyed and isinstance(rows, dict) else rows
    return values[0] if isinstance(values, list) and values else values
