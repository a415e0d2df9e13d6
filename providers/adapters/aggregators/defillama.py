"""DefiLlama: dollar prices by CoinGecko's coin ids, keyless. They are CoinGecko's, so no check on CoinGecko."""

from __future__ import annotations

from collections.abc import Sequence

from providers.adapters.shared import errors, parsing
from providers.adapters.shared.quoting import Quoting, distinct, path_part
from providers.adapters.shared.rows import Row, entry, quote, read_each
from providers.domain.adapter import Adapter, Budget, Lookup, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import Instrument, Quote

QUOTING = Quoting(dollar="USD", currencies=frozenset({"USD"}))


def answer(response: Response) -> Row:
    """The ``coins`` of a success; unknown ones are absent. Raises Failure for everything else."""
    body = errors.document(response)
    errors.check(response)
    return parsing.mapping(parsing.field(parsing.mapping(body), "coins"), "coins")


class Prices:
    """Prices from ``/prices/current/{coins}``: a price and its time in seconds, nothing else."""

    max_items = 100

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        return QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        coins = distinct(path_part(_key(ask)) for ask in lookups)
        return Request(f"/prices/current/{','.join(coins)}")

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, Quote]:
        coins = answer(response)
        return read_each(lookups, lambda ask: entry(coins, _key(ask)), _quote)


def _key(lookup: Lookup[Instrument]) -> str:
    """A CoinGecko id, unless the name says itself whose it is (``ethereum:0x...``)."""
    return lookup.name if ":" in lookup.name else f"coingecko:{lookup.name}"


def _quote(lookup: Lookup[Instrument], row: Row) -> Quote | None:
    return quote(
        lookup,
        "USD",
        parsing.price(parsing.field(row, "price")),
        as_of=parsing.from_seconds(row.get("timestamp")),
    )


ADAPTER = Adapter(
    handlers={Category.MARKET_PRICE: Prices()},
    # 500 a minute for free callers.
    budget=Budget(500, 60.0),
)
