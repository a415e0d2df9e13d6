"""CoinPaprika: market-wide prices by its own coin ids, without a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Generic

from providers.adapters.aggregators.coinpaprika_listings import listings
from providers.adapters.shared import errors, parsing
from providers.adapters.shared.quoting import FIAT, Quoting, asset_names, path_segment
from providers.adapters.shared.rows import MARKET, Row, build_quote, entry, index_rows, read_values
from providers.adapters.shared.volumes import market_volume
from providers.domain.adapter import Adapter, Budget, Lookup, Request, Response, V
from providers.domain.categories import Category
from providers.domain.market_data import Instrument, Quote, Volume
from providers.domain.outcomes import Outcome

QUOTING = Quoting(dollar="USD", currencies=FIAT)

DAY_S = 86_400.0


def answer(response: Response) -> object:
    """Return the body of a successful response; raise Failure for an ``error`` text or a body that is not JSON."""
    body = errors.decode_body(response)
    error = errors.text(body, "error")
    unknown = response.status == 404 and "not found" in error.lower()
    errors.raise_for_outcome(response, Outcome.UNKNOWN_ASSET if unknown else None)
    if error:
        raise parsing.broken("an error instead of data")
    return body


class Tickers(Generic[V]):
    """Prices and volumes from ``/v1/tickers/{id}``, or from ``/v1/tickers`` for several coins.

    A trailing slash would be answered with a redirect (301). Tickers are refreshed every few minutes; ``last_updated``
    has the time.
    """

    max_items = 500

    def __init__(self, read: Callable[[Lookup[Instrument], Row], V | None]) -> None:
        self._read = read

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        """Return whether the provider can answer this lookup."""
        return QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        """Build the request for the lookups."""
        coins = asset_names(lookups)
        path = f"/v1/tickers/{path_segment(coins[0])}" if len(coins) == 1 else "/v1/tickers"
        return Request(path, (("quotes", ",".join(QUOTING.quote_currencies(lookups))),))

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, V]:
        """Read the values by item."""
        body = answer(response)
        rows = index_rows([body] if isinstance(body, Mapping) else body, "id", asset_names(lookups))
        return read_values(lookups, lambda lookup: rows.get(lookup.name), self._read)


def _quote(lookup: Lookup[Instrument], row: Row) -> Quote | None:
    currency = QUOTING.currency(lookup.item)
    quoted = entry(parsing.mapping(parsing.field(row, "quotes"), "quotes"), currency)
    if quoted is None:
        return None
    return build_quote(
        lookup,
        currency,
        parsing.price(parsing.field(quoted, "price")),
        change=parsing.percent(quoted.get("percent_change_24h")),
        volume=parsing.amount(quoted.get("volume_24h")),
        scope=MARKET,
        as_of=parsing.from_iso(row.get("last_updated")),
    )


def _volume(lookup: Lookup[Instrument], row: Row) -> Volume | None:
    currency = QUOTING.currency(lookup.item)
    quoted = entry(parsing.mapping(parsing.field(row, "quotes"), "quotes"), currency)
    if quoted is None:
        return None
    return market_volume(
        lookup,
        currency,
        parsing.strict_amount(parsing.field(quoted, "volume_24h")),
        change=parsing.percent(quoted.get("percent_change_24h")),
        volume_change=parsing.percent(quoted.get("volume_24h_change_24h")),
        as_of=parsing.from_iso(row.get("last_updated")),
    )


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: Tickers(_quote),
        Category.MARKET_VOLUME: Tickers(_volume),
        Category.MARKET_METADATA: listings(answer),
    },
    # 20,000 calls a month and 10 a second per IP address; a day gets a thirtieth of the month.
    budget=Budget(660, DAY_S),
)
