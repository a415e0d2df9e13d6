"""Definitions of the generic adapter as values, and their validation. Pure.

A ``RequestFormat`` applies to every request of a provider: names of markets, place of the key, form of errors. A
``Definition`` applies to one category: path, parameters, and one expression for each field of the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from providers.adapters.generic import expressions, templates
from providers.domain.adapter import KeyUse
from providers.domain.categories import Category
from providers.domain.market_data import INTERVALS

GENERIC = "generic"
"""Value of the adapter field of a provider without code of its own."""

Problems = dict[str, str]
"""Messages by the field to correct."""

PRICE, CANDLES, BOOK, NEWS = Category.MARKET_PRICE, Category.MARKET_OHLCV, Category.MARKET_ORDERBOOK, Category.NEWS

SINGLE, LIST, KEYED, COLUMNS = "one", "list", "keyed", "columns"
SHAPES: Mapping[Category, Mapping[str, str]] = {
    PRICE: {
        SINGLE: "one market: what the rows expression finds is the row",
        LIST: "a list of rows, each with its market's name",
        KEYED: "an object of rows by their markets' names",
    },
    CANDLES: {
        LIST: "a list of candles",
        COLUMNS: "lists side by side: all times, all opening prices, …",
    },
}
TIMES = {
    "seconds": "seconds since 1970",
    "ms": "milliseconds since 1970",
    "us": "microseconds since 1970",
    "iso": "ISO 8601 with its offset (2026-11-23T12:00:00Z)",
    "iso_utc": "ISO 8601, in UTC where there is no offset",
}
CHANGES = {"percent": "percent (1.5)", "fraction": "a fraction (0.015)", "opening": "the price 24 hours ago"}
VOLUMES = {"quote": "in the quote currency", "base": "in the coin"}
VOLUME_SCOPES = {"venue": "what this exchange traded", "market": "what the whole market traded"}
KEY_LOCATIONS = {"header": "in a header", "parameter": "in a query parameter"}

MARKET_PLACEHOLDERS = ("symbol", "base", "quote", "base_lower", "quote_lower")
RANGE_PLACEHOLDERS = ("start", "end", "start_ms", "end_ms", "start_iso", "end_iso")
"""Set only for a past range: when its first candle opens, and one second after its last candle opens."""
PLACEHOLDERS: Mapping[Category, tuple[str, ...]] = {
    PRICE: (*MARKET_PLACEHOLDERS, "symbols"),
    CANDLES: (*MARKET_PLACEHOLDERS, "interval", "limit", *RANGE_PLACEHOLDERS),
    BOOK: (*MARKET_PLACEHOLDERS, "levels"),
    NEWS: (),
}
"""Placeholders allowed in paths and parameters."""

EXPRESSIONS: Mapping[Category, tuple[str, ...]] = {
    PRICE: ("rows", "name", "price", "change", "volume", "average", "time"),
    CANDLES: ("rows", "time", "open", "high", "low", "close", "volume", "quote_volume"),
    BOOK: ("rows", "bids", "asks", "price", "quantity", "time"),
    NEWS: ("rows", "title", "url", "summary", "time", "tags"),
}
REQUIRED: Mapping[Category, tuple[str, ...]] = {
    PRICE: ("price",),
    CANDLES: ("time", "open", "high", "low", "close"),
    BOOK: ("bids", "asks", "price", "quantity"),
    NEWS: ("title", "url"),
}
FIELDS: Mapping[Category, tuple[str, ...]] = {
    PRICE: (
        *("path", "params", "most", "shape", "rows", "name", "name_is", "price", "change", "change_unit"),
        *("volume", "volume_unit", "volume_scope", "average", "time", "time_unit"),
    ),
    CANDLES: (
        *("path", "params", "intervals", "most", "shape", "rows", "time", "time_unit"),
        *("open", "high", "low", "close", "volume", "quote_volume"),
    ),
    BOOK: ("path", "params", "most", "rows", "bids", "asks", "price", "quantity", "time", "time_unit"),
    NEWS: ("path", "params", "rows", "title", "url", "summary", "time", "time_unit", "tags"),
}
"""Fields of a category, in the order of its form."""

MAX_ITEMS = 5_000
_QUOTE = re.compile(r"[A-Z0-9]{2,10}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
_PARAMETER = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_STATUSES = re.compile(r"(?:4(?!01|02|03|18|29|51)[0-9]{2}\s*,?\s*)*")
_OWN_HEADERS = frozenset(
    "accept-encoding connection content-length cookie expect host te trailer transfer-encoding upgrade".split()
)


@dataclass(frozen=True, slots=True)
class RequestFormatConf:
    """Rules for building requests to a provider; the same fields as ``models.RequestFormat``."""

    symbol: str = "{base}{quote}"
    quotes: str = "USDT"
    key_use: str = KeyUse.NONE.value
    key_place: str = "header"
    key_name: str = ""
    key_value: str = "{key}"
    limit_calls: int = 60
    limit_seconds: int = 60
    unknown_statuses: str = ""
    unknown_if: str = ""
    limited_if: str = ""
    failed_if: str = ""


@dataclass(frozen=True, slots=True)
class DefinitionConf:
    """Rules for reading a provider's answers in a category; the same fields as ``models.Definition``."""

    category: str
    path: str = ""
    params: str = ""
    most: int = 100
    shape: str = ""
    intervals: str = ""
    rows: str = ""
    name: str = ""
    name_is: str = ""
    price: str = ""
    quantity: str = ""
    change: str = ""
    change_unit: str = "percent"
    volume: str = ""
    volume_unit: str = "quote"
    volume_scope: str = "venue"
    average: str = ""
    quote_volume: str = ""
    time: str = ""
    time_unit: str = "ms"
    open: str = ""
    high: str = ""
    low: str = ""
    close: str = ""
    bids: str = ""
    asks: str = ""
    title: str = ""
    url: str = ""
    summary: str = ""
    tags: str = ""


def parse_statuses(text: str) -> frozenset[int]:
    """Return the HTTP statuses in a list such as ``404, 400``."""
    return frozenset(int(part) for part in re.findall(r"[0-9]+", text))


def problems_of_request_format(request_format: RequestFormatConf) -> Problems:
    """Problems of a request format by field; empty if there are none."""
    problems = {
        "quotes": templates.spellings_problem(request_format.quotes, _QUOTE, "quote currency"),
        "symbol": _symbol_problem(request_format.symbol, request_format),
        "key_use": _choice_problem(request_format.key_use, [use.value for use in KeyUse]),
        "key_place": _choice_problem(request_format.key_place, KEY_LOCATIONS),
        "unknown_statuses": _statuses_problem(request_format.unknown_statuses),
        "limit_calls": None if 1 <= request_format.limit_calls <= 1_000_000 else "1 to 1000000 calls.",
        "limit_seconds": None if 1 <= request_format.limit_seconds <= 86_400 else "1 to 86400 seconds.",
        **_key_problems(request_format),
    }
    for name in ("unknown_if", "limited_if", "failed_if"):
        problems[name] = _expression_problem(getattr(request_format, name))
    return _without_empty(problems)


def problems_of(definition: DefinitionConf, request_format: RequestFormatConf) -> Problems:
    """Problems of a definition by field, given its provider's valid request format; empty if there are none."""
    try:
        category = Category(definition.category)
        places = PLACEHOLDERS[category]
    except (ValueError, KeyError):
        return {"category": f"Allowed: {', '.join(category.value for category in PLACEHOLDERS)}."}
    problems = {
        "path": templates.path_problem(definition.path, [name for name in places if name not in RANGE_PLACEHOLDERS]),
        "params": templates.lines_problem(definition.params, places),
        "most": None if 1 <= definition.most <= MAX_ITEMS else f"1 to {MAX_ITEMS}.",
        "time_unit": _choice_problem(definition.time_unit, TIMES),
        **{name: _expression_problem(getattr(definition, name)) for name in EXPRESSIONS[category]},
    }
    for name in REQUIRED[category]:
        if not getattr(definition, name):
            problems[name] = "Required."
    if category in SHAPES:
        problems["shape"] = _choice_problem(definition.shape, SHAPES[category])
    single = _without_empty(problems)
    return single or _without_empty(dict(_combined_problems(category, definition, request_format)))


def _combined_problems(
    category: Category, definition: DefinitionConf, request_format: RequestFormatConf
) -> Iterator[tuple[str, str | None]]:
    """Yield problems between fields, which can be checked only once every single field is valid."""
    if category in (CANDLES, BOOK):
        yield "path", _market_problem(definition, request_format)
    if category is CANDLES:
        yield "intervals", templates.spellings_problem(definition.intervals, INTERVALS, "interval")
        several = len(templates.parse_spellings(definition.intervals)) > 1
        unnamed = several and "interval" not in placeholders_of(definition)
        yield "params", "With several intervals, {interval} must be in the path or a parameter." if unnamed else None
    if category is PRICE:
        yield from _price_problems(definition, request_format)


def placeholders_of(definition: DefinitionConf) -> frozenset[str]:
    """Return all placeholders of the path and the parameters."""
    values = templates.parse_lines(definition.params).values()
    return templates.placeholders(definition.path).union(*map(templates.placeholders, values))


def _price_problems(definition: DefinitionConf, request_format: RequestFormatConf) -> Iterator[tuple[str, str | None]]:
    many = placeholders_of(definition) & {"symbols"} or not placeholders_of(definition)
    yield "change_unit", _choice_problem(definition.change_unit, CHANGES)
    yield "volume_unit", _choice_problem(definition.volume_unit, VOLUMES)
    yield "volume_scope", _choice_problem(definition.volume_scope, VOLUME_SCOPES)
    yield "name_is", _symbol_problem(definition.name_is, request_format) if definition.name_is else None
    yield (
        "name",
        "Required for a list: the field with the name of the market."
        if definition.shape == LIST and not definition.name
        else None,
    )
    yield "shape", "One row cannot answer for several markets." if definition.shape == SINGLE and many else None
    if not many:
        yield "path", _market_problem(definition, request_format)


def _market_problem(definition: DefinitionConf, request_format: RequestFormatConf) -> str | None:
    """Require that a request names its market, so that no answer is taken for another market's."""
    return _unnamed_market_problem(placeholders_of(definition), request_format, "The path or a parameter")


def _symbol_problem(template: str, request_format: RequestFormatConf) -> str | None:
    problem = templates.problem(template, [name for name in MARKET_PLACEHOLDERS if name != "symbol"])
    return problem or _unnamed_market_problem(templates.placeholders(template), request_format, "It")


def _unnamed_market_problem(places: frozenset[str], request_format: RequestFormatConf, what: str) -> str | None:
    if places & {"symbol", "symbols"}:
        return None
    if not places & {"base", "base_lower"}:
        return f"{what} must name the coin: {{symbol}} or {{base}}."
    several = len(templates.parse_spellings(request_format.quotes)) > 1
    if several and not places & {"quote", "quote_lower"}:
        return f"{what} must name the quote currency too, as there are several: {{symbol}} or {{quote}}."
    return None


def _key_problems(request_format: RequestFormatConf) -> dict[str, str | None]:
    if request_format.key_use == KeyUse.NONE.value:
        return {}
    in_header = request_format.key_place == "header"
    fits = (_HEADER if in_header else _PARAMETER).fullmatch(request_format.key_name)
    taken = in_header and request_format.key_name.lower() in _OWN_HEADERS
    value = templates.problem(request_format.key_value, ("key",)) or (
        None if "{key}" in request_format.key_value and request_format.key_value.isascii() else "It must contain {key}."
    )
    name = "The name of a header or parameter: letters, digits and hyphens." if not fits else None
    return {"key_name": "CryptoHub sets this header itself." if taken else name, "key_value": value}


def _expression_problem(text: str) -> str | None:
    return expressions.problem(text) if text else None


def _statuses_problem(text: str) -> str | None:
    return (
        None
        if _STATUSES.fullmatch(text)
        else "Statuses such as 404, 400; statuses for keys and rate limits are not allowed."
    )


def _choice_problem(value: str, allowed: Mapping[str, str] | list[str]) -> str | None:
    return None if value in allowed else f"Allowed: {', '.join(allowed)}."


def _without_empty(problems: Mapping[str, str | None]) -> Problems:
    return {name: message for name, message in problems.items() if message}
