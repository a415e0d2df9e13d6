"""DefiLlama: dollar prices by CoinGecko coin ids, without a key; they are CoinGecko's own, no independent check."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from providers.adapters.shared import errors, parsing
from providers.adapters.shared.quoting import Quoting, distinct, path_segment
from providers.adapters.shared.rows import Row, build_quote, entry, read_values
from providers.domain.adapter import Adapter, Budget, Lookup, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import Instrument, Quote

QUOTING = Quoting(dollar="USD", currencies=frozenset({"USD"}))


def answer(response: Response) -> Row:
    """Return ``coins`` of a successful response, without unknown ones; raise Failure for every other one."""
    body = errors.decode_body(response)
    errors.raise_for_outcome(response)
    return parsing.mapping(parsing.field(parsing.mapping(body), "coins"), "coins")


LEAST_CONFIDENCE = Decimal("0.5")
"""DefiLlama's own confidence in a price, from 0 to 1, below which the price counts as unknown; usual is 0.99."""


class Prices:
    """Prices from ``/prices/current/{coins}``: the price and its time in seconds only."""

    max_items = 100

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        """Return whether the provider can answer this lookup."""
        return QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        """Build the request for the lookups."""
        coins = distinct(path_segment(_key(lookup)) for lookup in lookups)
        return Request(f"/prices/current/{','.join(coins)}")

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, Quote]:
        """Read the values by item."""
        coins = answer(response)
        return read_values(lookups, lambda lookup: entry(coins, _key(lookup)), _quote)


def _key(lookup: Lookup[Instrument]) -> str:
    """Return the key of a coin: a CoinGecko id, unless the name has a prefix of its own (``ethereum:0x...``)."""
    return lookup.name if ":" in lookup.name else f"coingecko:{lookup.name}"


def _quote(lookup: Lookup[Instrument], row: Row) -> Quote | None:
    """Read a price; None if the provider itself hardly trusts it."""
    confidence = parsing.amount(row.get("confidence"))
    if confidence is not None and confidence < LEAST_CONFIDENCE:
        return None
    return build_quote(
        lookup,
        "USD",
        parsing.price(parsing.field(row, "price")),
        as_of=parsing.from_seconds(row.get("timestamp")),
    )


ADAPTER = Adapter(
    handlers={Category.MARKET_PRICE: Prices()},
    # 500 calls a minute without a key.
    budget=Budget(500, 60.0),
)
