"""From an answer's rows to values by item: matched by the row's own name, each row standing for itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from providers.adapters.shared.parsing import broken, mapping, sequence
from providers.domain.adapter import I, Lookup, V
from providers.domain.market_data import Instrument, Quote
from providers.domain.outcomes import Failure, Outcome

Row = Mapping[str, object]

VENUE, MARKET = "venue", "market"
"""Whose volume it is: one exchange's, or that of all of them."""


def index_rows(rows: object, key: str, wanted: Collection[str]) -> dict[str, Row]:
    """The wanted rows of a list by their own name. A nameless row, or two that disagree, is BROKEN."""
    found: dict[str, Row] = {}
    for value in sequence(rows):
        row = mapping(value)
        name = row.get(key)
        if not isinstance(name, str):
            raise broken(f"a row has no {key}")
        if name in wanted and found.setdefault(name, row) != row:
            raise broken(f"two rows disagree about one {key}")
    return found


def entry(table: Row, name: str) -> Row | None:
    """A row of an object keyed by name; None where it is absent or null."""
    value = table.get(name)
    return None if value is None else mapping(value)


def read_values(
    lookups: Sequence[Lookup[I]], find: Callable[[Lookup[I]], Row | None], read: Callable[[Lookup[I], Row], V | None]
) -> dict[I, V]:
    """The value of every ask that has a row (``find``) with a value in it (``read``).

    A row of the wrong shape spoils the whole answer. A price that cannot be costs only its own row, as long as others
    can be: a dead listing that says 0 must not cost its batch an answer. Where none can be, that is the answer.
    """
    found: dict[I, V] = {}
    impossible: Failure | None = None
    for ask in lookups:
        try:
            row = find(ask)
            value = None if row is None else read(ask, row)
        except Failure as failure:
            if failure.outcome is not Outcome.IMPLAUSIBLE:
                raise
            impossible = failure
        else:
            if value is not None:
                found[ask.item] = value
    if impossible is not None and not found:
        raise impossible
    return found


def build_quote(
    lookup: Lookup[Instrument],
    currency: str,
    price: Decimal | None,
    *,
    change: Decimal | None = None,
    volume: Decimal | None = None,
    scope: str | None = None,
    as_of: datetime | None = None,
) -> Quote | None:
    """A quote with what the source says, its volume with its scope; None where there is no price."""
    if price is None:
        return None
    volume_scope = None if volume is None else scope
    return Quote(lookup.item.asset, currency, price, change, volume, volume_scope, as_of)
