"""Metadata queries: one route per kind of query, and readers for the fields of listings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from providers.adapters.shared import articles, errors, parsing
from providers.adapters.shared.parsing import broken
from providers.adapters.shared.rows import Row
from providers.domain.adapter import Lookup, Request, Response
from providers.domain.listings import CoinRow, Global, Table
from providers.domain.outcomes import Failure, Outcome

LONGEST_NAME = 120
HIGHEST_RANK = 1_000_000
HIGHEST_SHARE = 100
NAME = re.compile(r"(?!\.+\Z)[\w.\-:]{1,100}")


@dataclass(frozen=True, slots=True)
class Route:
    """The request for one kind of query, and the reader of a success's body (None if the item is not known)."""

    request: Callable[[Lookup[Any]], Request]
    read: Callable[[Lookup[Any], object], object | None]


@dataclass(frozen=True, slots=True)
class Listings:
    """Answer metadata queries by their type. ``read_body`` returns the body of a success or raises Failure."""

    read_body: Callable[[Response], object]
    routes: Mapping[type, Route]
    max_items: int = 1

    def accepts(self, lookup: Lookup[Any]) -> bool:
        """Return whether there is a route for the query, and the asset's name is valid."""
        named = not lookup.item.asset or NAME.fullmatch(lookup.name) is not None
        return type(lookup.item) in self.routes and named

    def request(self, lookups: Sequence[Lookup[Any]]) -> Request:
        """Build the request for the only lookup."""
        return self.routes[type(lookups[0].item)].request(lookups[0])

    def parse(self, lookups: Sequence[Lookup[Any]], response: Response) -> dict[Any, Any]:
        """Read the value of the only lookup. Raises Failure."""
        lookup, body = lookups[0], self.read_body(response)
        try:
            value = self.routes[type(lookup.item)].read(lookup, body)
        except Failure as failure:
            raise failure.about_item() from None
        return {} if value is None else {lookup.item: value}


def fixed_request(path: str, *params: tuple[str, str]) -> Callable[[Lookup[Any]], Request]:
    """Return a request builder that ignores the lookup."""
    request = Request(path, params)

    def build(lookup: Lookup[Any]) -> Request:
        return request

    return build


def filled_rows(listed: object, what: str) -> list[Row]:
    """Return a list of objects. An empty list is BROKEN: there is always at least one coin, exchange or category."""
    rows = [parsing.mapping(row, what) for row in parsing.sequence(listed, f"a list of {what}")]
    if not rows:
        raise broken(f"no {what} at all")
    return rows


def row_id(row: Row, key: str = "id") -> str:
    """Return a row's id: a string, or a whole number as one."""
    value = row.get(key)
    invalid = isinstance(value, parsing.Numeral) and not value.isdecimal()
    if not isinstance(value, str) or not value or invalid or len(value) > 200:
        raise broken(f"a row has no {key}")
    return str(value)


def name_or_id(row: Row, key: str) -> str:
    """Return a name or symbol as plain text, the row's id if there is none."""
    return articles.plain_text(row.get(key), LONGEST_NAME) or row_id(row)


def text(row: Row, key: str, longest: int = LONGEST_NAME) -> str | None:
    """Return a field as plain text, None if there is none."""
    return articles.plain_text(row.get(key), longest)


def text_list(row: Row, key: str) -> tuple[str, ...]:
    """Return a list field as plain texts, each once."""
    values = row.get(key)
    return articles.tags(values) if isinstance(values, list) else ()


def urls(values: object) -> tuple[str, ...]:
    """Return the http(s) URLs among these values, at most 10."""
    candidates = values if isinstance(values, list) else [values]
    return tuple(url for value in candidates if (url := articles.canonical_url(value)))[:10]


def positive_integer(value: object, highest: int = HIGHEST_RANK) -> int | None:
    """Return a count or rank from 1 to ``highest``; None for anything else."""
    number = parsing.amount(value)
    return int(number) if number is not None and 1 <= number <= highest else None


def price_or_none(value: object) -> Decimal | None:
    """Return a price, None for an impossible one: dead listings report 0."""
    try:
        return parsing.price(value)
    except Failure as failure:
        if failure.outcome is Outcome.IMPLAUSIBLE:
            return None
        raise


def table(rows: Sequence[CoinRow], priced: bool = True) -> Table:
    """Return a table of coins as old as its oldest row. ``priced`` without any valid price is IMPLAUSIBLE."""
    if priced and all(row.price is None for row in rows):
        raise Failure(Outcome.IMPLAUSIBLE, "no row has a price that can be")
    return Table(tuple(rows), oldest(row.as_of for row in rows))


def global_figures(market_cap: object, **figures: Any) -> Global:
    """Return the global figures. A market cap of 0, or shares that sum to over 100 %, are IMPLAUSIBLE."""
    total = price_or_none(market_cap)
    shares = (figures.get("bitcoin_share"), figures.get("ethereum_share"))
    if total is None or sum(share for share in shares if share is not None) > HIGHEST_SHARE:
        raise Failure(Outcome.IMPLAUSIBLE, "a market that cannot be")
    return Global(total, **figures)


def percent_share(value: object) -> Decimal | None:
    """Return a share in percent from 0 to 100; None for anything else."""
    share = parsing.amount(value)
    return share if share is not None and share <= HIGHEST_SHARE else None


def oldest(times: Any) -> datetime | None:
    """Return the earliest of the times that are known."""
    return min((moment for moment in times if moment is not None), default=None)


def flag(row: Row, key: str) -> bool | None:
    """Return a boolean field, None if there is none."""
    value = row.get(key)
    return value if isinstance(value, bool) else None


def nested(row: Row, key: str) -> Row:
    """Return a nested object, empty if there is none."""
    value = row.get(key)
    return value if isinstance(value, dict) else {}


def raw_text(row: Row, key: str) -> str:
    """Return a string field unchanged, "" if there is none or it is a number."""
    value = row.get(key)
    return "" if isinstance(value, parsing.Numeral) else errors.text(row, key)
