"""Answering several kinds of question in one category: each with how it is asked and how its answer is read."""

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
NAME = re.compile(r"[\w.\-:]{1,100}")


@dataclass(frozen=True, slots=True)
class Route:
    """``request`` asks one item; ``read`` reads the body of a success, None where nothing is known of it."""

    request: Callable[[Lookup[Any]], Request]
    read: Callable[[Lookup[Any], object], object | None]


@dataclass(frozen=True, slots=True)
class Listings:
    """A provider's answers by the kind of question. ``answer`` gives the body of a success."""

    read_body: Callable[[Response], object]
    routes: Mapping[type, Route]
    max_items: int = 1

    def accepts(self, lookup: Lookup[Any]) -> bool:
        named = not lookup.item.asset or NAME.fullmatch(lookup.name) is not None
        return type(lookup.item) in self.routes and named

    def request(self, lookups: Sequence[Lookup[Any]]) -> Request:
        return self.routes[type(lookups[0].item)].request(lookups[0])

    def parse(self, lookups: Sequence[Lookup[Any]], response: Response) -> dict[Any, Any]:
        ask = lookups[0]
        value = self.routes[type(ask.item)].read(ask, self.read_body(response))
        return {} if value is None else {ask.item: value}


def fixed_request(path: str, *params: tuple[str, str]) -> Callable[[Lookup[Any]], Request]:
    """A request that is the same whatever is asked."""
    request = Request(path, params)

    def ask_always(lookup: Lookup[Any]) -> Request:
        return request

    return ask_always


def filled_rows(listed: object, what: str) -> list[Row]:
    """A list of objects that is not empty: a market without coins is no answer."""
    found = [parsing.mapping(row, what) for row in parsing.sequence(listed, f"a list of {what}")]
    if not found:
        raise broken(f"no {what} at all")
    return found


def row_id(row: Row, key: str = "id") -> str:
    """A row's own id, which may be a whole number."""
    value = row.get(key)
    odd = isinstance(value, parsing.Numeral) and not value.isdecimal()
    if not isinstance(value, str) or not value or odd or len(value) > 200:
        raise broken(f"a row has no {key}")
    return str(value)


def name_or_id(row: Row, key: str) -> str:
    """A name or a symbol as plain text, the row's id where there is none."""
    return articles.plain_text(row.get(key), LONGEST_NAME) or row_id(row)


def text(row: Row, key: str, longest: int = LONGEST_NAME) -> str | None:
    return articles.plain_text(row.get(key), longest)


def text_list(row: Row, key: str) -> tuple[str, ...]:
    values = row.get(key)
    return articles.tags(values) if isinstance(values, list) else ()


def urls(values: object) -> tuple[str, ...]:
    """The web addresses among these values."""
    listed = values if isinstance(values, list) else [values]
    return tuple(address for value in listed if (address := articles.canonical_url(value)))[:10]


def positive_integer(value: object, highest: int = HIGHEST_RANK) -> int | None:
    """A count or a rank from 1; None where there is none that can be."""
    number = parsing.amount(value)
    return int(number) if number is not None and 1 <= number <= highest else None


def price_or_none(value: object) -> Decimal | None:
    """A price; None for one that cannot be: a dead listing says 0."""
    try:
        return parsing.price(value)
    except Failure as failure:
        if failure.outcome is Outcome.IMPLAUSIBLE:
            return None
        raise


def table(found: Sequence[CoinRow], priced: bool = True) -> Table:
    """A table of coins. One with prices in which none can be is IMPLAUSIBLE."""
    if priced and all(row.price is None for row in found):
        raise Failure(Outcome.IMPLAUSIBLE, "no row has a price that can be")
    return Table(tuple(found), oldest(row.as_of for row in found))


def global_figures(market_cap: object, **more: Any) -> Global:
    """The market's figures. A market worth nothing, or shares beyond all of it, is IMPLAUSIBLE."""
    worth = price_or_none(market_cap)
    shares = (more.get("bitcoin_share"), more.get("ethereum_share"))
    if worth is None or sum(share for share in shares if share is not None) > HIGHEST_SHARE:
        raise Failure(Outcome.IMPLAUSIBLE, "a market that cannot be")
    return Global(worth, **more)


def percent_share(value: object) -> Decimal | None:
    """A share in percent; None where there is none that can be."""
    found = parsing.amount(value)
    return found if found is not None and found <= HIGHEST_SHARE else None


def oldest(times: Any) -> datetime | None:
    return min((moment for moment in times if moment is not None), default=None)


def flag(row: Row, key: str) -> bool | None:
    value = row.get(key)
    return value if isinstance(value, bool) else None


def nested(row: Row, key: str) -> Row:
    """An object inside, empty where there is none."""
    value = row.get(key)
    return value if isinstance(value, dict) else {}


def raw_text(row: Row, key: str) -> str:
    """A text as it stands; "" where there is none, or a number."""
    value = row.get(key)
    return "" if isinstance(value, parsing.Numeral) else errors.text(row, key)
