"""CoinMarketCap's keyless public API: market-wide prices by its numeric coin ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Generic

from providers.adapters.aggregators.coinmarketcap_listings import listings
from providers.adapters.shared import errors, parsing
from providers.adapters.shared.fear_greed import FearGreedOfCoinMarketCap
from providers.adapters.shared.quoting import FIAT, Quoting, asset_names
from providers.adapters.shared.rows import MARKET, Row, build_quote, entry, index_rows, read_values
from providers.adapters.shared.volumes import market_volume
from providers.domain.adapter import Adapter, Budget, Lookup, Request, Response, V
from providers.domain.categories import Category
from providers.domain.market_data import Instrument, Quote, Volume
from providers.domain.outcomes import Outcome

QUOTING = Quoting(dollar="USD", currencies=FIAT)

CODES = {
    "400": Outcome.BAD_REQUEST,
    **dict.fromkeys(("1001", "1002", "1003", "1004", "1007"), Outcome.UNAUTHORIZED),
    **dict.fromkeys(("1005", "1006"), Outcome.NOT_SUPPORTED),
    **dict.fromkeys(("1008", "1009", "1010", "1011"), Outcome.RATE_LIMITED),
}
"""Outcomes by ``status.error_code``: a number or a text, 0 in a success, valid with HTTP 200 too."""


def answer(response: Response) -> object:
    """Return the ``data`` of a successful response; raise Failure for every other one."""
    body = errors.decode_body(response)
    status = body.get("status") if isinstance(body, Mapping) else None
    code = errors.code(errors.text(status, "error_code"))
    outcome = _outcome(response, code, errors.text(status, "error_message"))
    errors.raise_for_outcome(response, outcome, f"error_code {code}" if code else "")
    return parsing.field(parsing.mapping(body), "data")


class Tickers(Generic[V]):
    """Prices and volumes from ``/public-api/v3/cryptocurrency/quotes/latest``.

    Unlike simple/price it names the quote currency. ``data`` and ``quote`` are lists in v3; older versions key them by
    id and by currency, which is read too.
    """

    max_items = 200

    def __init__(self, read: Callable[[Lookup[Instrument], Row], V | None]) -> None:
        self._read = read

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        """Return whether the provider can answer this lookup."""
        return lookup.name.isdecimal() and QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        """Build the request for the lookups."""
        params = (
            ("id", ",".join(asset_names(lookups))),
            ("convert", ",".join(QUOTING.quote_currencies(lookups))),
            ("skip_invalid", "true"),
        )
        return Request("/public-api/v3/cryptocurrency/quotes/latest", params)

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, V]:
        """Read the values by item."""
        data = answer(response)
        rows = index_rows(list(data.values()) if isinstance(data, Mapping) else data, "id", asset_names(lookups))
        return read_values(lookups, lambda lookup: rows.get(lookup.name), self._read)


def _quote(lookup: Lookup[Instrument], row: Row) -> Quote | None:
    currency = QUOTING.currency(lookup.item)
    quoted = _in_currency(parsing.field(row, "quote"), currency)
    if quoted is None:
        return None
    return build_quote(
        lookup,
        currency,
        parsing.price(parsing.field(quoted, "price")),
        change=parsing.percent(quoted.get("percent_change_24h")),
        volume=parsing.amount(quoted.get("volume_24h")),
        scope=MARKET,
        as_of=parsing.from_iso(quoted.get("last_updated")),
    )


def _volume(lookup: Lookup[Instrument], row: Row) -> Volume | None:
    currency = QUOTING.currency(lookup.item)
    quoted = _in_currency(parsing.field(row, "quote"), currency)
    if quoted is None:
        return None
    return market_volume(
        lookup,
        currency,
        parsing.strict_amount(parsing.field(quoted, "volume_24h")),
        change=parsing.percent(quoted.get("percent_change_24h")),
        volume_change=parsing.percent(quoted.get("volume_change_24h")),
        as_of=parsing.from_iso(quoted.get("last_updated")),
    )


def _in_currency(quotes: object, currency: str) -> Row | None:
    if isinstance(quotes, Mapping):
        return entry(quotes, currency)
    return index_rows(quotes, "symbol", (currency,)).get(currency)


def _outcome(response: Response, code: str, message: str) -> Outcome | None:
    if code == "400" and message.startswith("Invalid value") and '"id"' in message:
        return Outcome.UNKNOWN_ASSET
    if code in CODES:
        return CODES[code]
    return Outcome.BROKEN if code != "0" and errors.succeeded(response) else None


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: Tickers(_quote),
        Category.MARKET_VOLUME: Tickers(_volume),
        Category.SENTIMENT: FearGreedOfCoinMarketCap(answer),
        Category.MARKET_METADATA: listings(answer),
    },
    # No limit is published for keyless calls; the free plan with a key has 30 a minute.
    budget=Budget(30, 60.0),
)
