"""Match the rows of a response with the lookups they answer; one bad row does not spoil the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from providers.adapters.shared.parsing import broken, mapping, sequence
from providers.domain.adapter import I, Lookup, V
from providers.domain.market_data import Instrument, Quote
from providers.domain.outcomes import Failure, InactiveMarket, Outcome

Row = Mapping[str, object]

VENUE, MARKET = "venue", "market"
"""Scopes of a volume: one exchange, or all of them."""


class PartialValues(dict[I, V]):
    """Values by item of an answer in which the rows of the items in ``faulty`` could not be read."""

    def __init__(self, values: Mapping[I, V], faulty: Collection[I]) -> None:
        super().__init__(values)
        self.faulty = frozenset(faulty)


def index_rows(rows: object, key: str, names: Collection[str]) -> dict[str, Row]:
    """Return the rows of a list whose field ``key`` is one of ``names``, by name.

    A row without a name belongs to nobody and is left out, and so are different rows of one name: which is right is
    not known. BROKEN if every row is without a name, or nothing but contradictory rows was asked for.
    """
    indexed: dict[str, Row] = {}
    listed, contradictory, named = sequence(rows), set[str](), False
    for row in listed:
        name = row.get(key) if isinstance(row, dict) else None
        if not isinstance(row, dict) or not isinstance(name, str):
            continue
        named = True
        if name in names and indexed.setdefault(name, row) != row:
            contradictory.add(name)
    if listed and not named:
        raise broken(f"a row has no {key}")
    if contradictory and contradictory >= indexed.keys():
        failure = broken(f"two rows disagree about one {key}")
        raise failure.about_item() if len(names) == 1 else failure
    return {name: row for name, row in indexed.items() if name not in contradictory}


def entry(table: Row, name: str) -> Row | None:
    """Return a row of an object keyed by name, None if it is absent or null."""
    value = table.get(name)
    return None if value is None else mapping(value)


def read_values(
    lookups: Sequence[Lookup[I]], find: Callable[[Lookup[I]], Row | None], read: Callable[[Lookup[I], Row], V | None]
) -> dict[I, V]:
    """Return the value (``read``) of every lookup that has a row (``find``); PartialValues if a row is faulty.

    A row that is BROKEN or IMPLAUSIBLE is left out, so that the rest of its batch is answered. Its failure is raised
    only if no row has a value, and is the item's own if no other row failed. A row of a market without trades
    (InactiveMarket) is left out as well, and never raised.
    """
    values: dict[I, V] = {}
    faulty: dict[I, Failure] = {}
    for lookup in lookups:
        try:
            row = find(lookup)
            value = None if row is None else read(lookup, row)
        except Failure as failure:
            if failure.outcome not in (Outcome.IMPLAUSIBLE, Outcome.BROKEN):
                raise
            if not isinstance(failure, InactiveMarket):
                faulty[lookup.item] = failure
        else:
            if value is not None:
                values[lookup.item] = value
    if not faulty:
        return values
    if values:
        return PartialValues(values, faulty)
    item, first = faulty.popitem()
    raise first if faulty else first.about_item(item)


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
    """Return a quote, None without a price. ``scope`` applies to the volume."""
    if price is None:
        return None
    volume_scope = None if volume is None else scope
    if volume is not None and volume == 0:
        as_of = None  # the last trade is at least a day old, whatever the time of the response
    return Quote(lookup.item.asset, currency, price, change, volume, volume_scope, as_of)
