"""CoinCap v3: market-wide dollar prices by its own coin slugs; needs an API key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from providers.adapters.shared import errors, parsing
from providers.adapters.shared.quoting import Quoting, asset_names, with_header
from providers.adapters.shared.rows import MARKET, Row, build_quote, index_rows, read_values
from providers.domain.adapter import Adapter, Budget, KeyUse, Lookup, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import Instrument, Quote
from providers.domain.outcomes import Outcome

QUOTING = Quoting(dollar="USD", currencies=frozenset({"USD"}))


def answer(response: Response) -> Row:
    """Return the body of a successful response; its ``data`` and ``timestamp`` belong together.

    The retired v2 API answers with a notice: ``data`` is an object with a message and no asset.

    Raises:
        Failure: for every other response.
    """
    body = errors.decode_body(response)
    unknown = response.status == 404 and "not found" in errors.text(body, "error").lower()
    errors.raise_for_outcome(response, Outcome.UNKNOWN_ASSET if unknown else None)
    row = parsing.mapping(body)
    if errors.text(row.get("data"), "message"):
        raise parsing.broken("a notice instead of assets")
    return row


def authorize(request: Request, key: str) -> Request:
    """Add the API key as a bearer token."""
    return with_header(request, "authorization", f"Bearer {key}")


class Prices:
    """Prices from ``/v3/assets?ids=``; numbers are strings, one timestamp in milliseconds covers the response."""

    max_items = 100

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        """Return whether the provider can answer this lookup."""
        return QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        """Build the request for the lookups."""
        return Request("/v3/assets", (("ids", ",".join(asset_names(lookups))),))

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, Quote]:
        """Read the values by item."""
        body = answer(response)
        data = parsing.field(body, "data")
        rows = index_rows([data] if isinstance(data, Mapping) else data, "id", asset_names(lookups))
        as_of = parsing.from_millis(body.get("timestamp"))
        return read_values(
            lookups, lambda lookup: rows.get(lookup.name), lambda lookup, row: _quote(lookup, row, as_of)
        )


def _quote(lookup: Lookup[Instrument], row: Row, as_of: datetime | None) -> Quote | None:
    return build_quote(
        lookup,
        "USD",
        parsing.price(parsing.field(row, "priceUsd")),
        change=parsing.percent(row.get("changePercent24Hr")),
        volume=parsing.amount(row.get("volumeUsd24Hr")),
        scope=MARKET,
        as_of=as_of,
    )


ADAPTER = Adapter(
    handlers={Category.MARKET_PRICE: Prices()},
    key_use=KeyUse.REQUIRED,
    authorize=authorize,
    # Plans are counted in credits; no request rate is known to be published.
    budget=Budget(60, 60.0),
)
