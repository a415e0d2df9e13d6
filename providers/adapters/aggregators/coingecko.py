"""CoinGecko: market-wide prices by its own coin ids, without a key or with a free demo key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from providers.adapters.aggregators.coingecko_candles import CandleSeries
from providers.adapters.aggregators.coingecko_listings import listings
from providers.adapters.aggregators.coingecko_social import SocialStats
from providers.adapters.shared import errors, parsing
from providers.adapters.shared.quoting import FIAT, Quoting, asset_names, with_header
from providers.adapters.shared.rows import MARKET, Row, build_quote, entry, index_rows, read_values
from providers.adapters.shared.volumes import MarketVolumes
from providers.domain.adapter import Adapter, Budget, KeyUse, Lookup, Request, Response
from providers.domain.categories import Category
from providers.domain.market_data import Instrument, Quote
from providers.domain.outcomes import Outcome

QUOTING = Quoting(dollar="USD", currencies=FIAT)

CODES = {
    "429": Outcome.RATE_LIMITED,
    "1015": Outcome.RATE_LIMITED,
    "1020": Outcome.RATE_LIMITED,
    "10002": Outcome.UNAUTHORIZED,
    "10005": Outcome.NOT_SUPPORTED,
    "10010": Outcome.UNAUTHORIZED,
    "10011": Outcome.UNAUTHORIZED,
    "10012": Outcome.NOT_SUPPORTED,
}

_THROTTLE_TEXTS = (
    b"throttled",
    b"error code: 1015",
    b"error 1015",
    b"error code: 1020",
    b"error 1020",
    b"rate limited",
)


def answer(response: Response) -> object:
    """Return the body of a successful response; raise Failure for every other one."""
    if _is_throttled(response):
        errors.raise_for_outcome(response, Outcome.RATE_LIMITED, "throttled")
    body = errors.decode_body(response)
    code, message = _error(body)
    errors.raise_for_outcome(response, _outcome(response, code, message), f"code {code}" if code else "")
    return body


def authorize(request: Request, key: str) -> Request:
    """Add a demo key; the public host accepts no other kind."""
    return with_header(request, "x-cg-demo-api-key", key)


def simple_params(lookups: Sequence[Lookup[Instrument]]) -> tuple[tuple[str, str], ...]:
    """Return the simple/price parameters that name the coins and the quote currencies."""
    currencies = ",".join(QUOTING.quote_currencies(lookups)).lower()
    return (("ids", ",".join(asset_names(lookups))), ("vs_currencies", currencies))


def simple_quotes(lookups: Sequence[Lookup[Instrument]], coins: Row) -> dict[Instrument, Quote]:
    """Read quotes from a simple/price body: a map of coin ids to maps of currencies; both may be incomplete."""
    return read_values(lookups, lambda lookup: entry(coins, lookup.name), _simple_quote)


class Prices:
    """Prices from ``/api/v3/simple/price``; bodies of coins/markets and coins/{id} are read too."""

    max_items = 250

    def accepts(self, lookup: Lookup[Instrument]) -> bool:
        """Return whether the provider can answer this lookup."""
        return QUOTING.accepts(lookup)

    def request(self, lookups: Sequence[Lookup[Instrument]]) -> Request:
        """Build the request for the lookups."""
        extras = (
            ("include_24hr_vol", "true"),
            ("include_24hr_change", "true"),
            ("include_last_updated_at", "true"),
            ("precision", "full"),
        )
        return Request("/api/v3/simple/price", simple_params(lookups) + extras)

    def parse(self, lookups: Sequence[Lookup[Instrument]], response: Response) -> dict[Instrument, Quote]:
        """Read the values by item."""
        body = answer(response)
        if isinstance(body, list):
            return _market_quotes(lookups, body)
        coins = parsing.mapping(body)
        return _detail_quotes(lookups, coins) if "market_data" in coins else simple_quotes(lookups, coins)


def _simple_quote(lookup: Lookup[Instrument], row: Row) -> Quote | None:
    currency = QUOTING.currency(lookup.item)
    unit = currency.lower()
    return build_quote(
        lookup,
        currency,
        parsing.price(row.get(unit)),
        change=parsing.percent(row.get(f"{unit}_24h_change")),
        volume=parsing.amount(row.get(f"{unit}_24h_vol")),
        scope=MARKET,
        as_of=parsing.from_seconds(row.get("last_updated_at")),
    )


def _market_quotes(lookups: Sequence[Lookup[Instrument]], listed: object) -> dict[Instrument, Quote]:
    """Read quotes from coins/markets, whose rows do not name their currency: it is the requested one."""
    if len(QUOTING.quote_currencies(lookups)) != 1:
        raise parsing.broken("rows in one currency where several were requested")
    rows = index_rows(listed, "id", asset_names(lookups))
    return read_values(lookups, lambda lookup: rows.get(lookup.name), _market_quote)


def _market_quote(lookup: Lookup[Instrument], row: Row) -> Quote | None:
    return build_quote(
        lookup,
        QUOTING.currency(lookup.item),
        parsing.price(parsing.field(row, "current_price")),
        change=parsing.percent(row.get("price_change_percentage_24h")),
        volume=parsing.amount(row.get("total_volume")),
        scope=MARKET,
        as_of=parsing.from_iso(row.get("last_updated")),
    )


def _detail_quotes(lookups: Sequence[Lookup[Instrument]], coin: Row) -> dict[Instrument, Quote]:
    """Read quotes from coins/{id}."""
    rows = index_rows([coin], "id", asset_names(lookups))
    return read_values(lookups, lambda lookup: rows.get(lookup.name), _detail_quote)


def _detail_quote(lookup: Lookup[Instrument], row: Row) -> Quote | None:
    """Read amounts, which are maps by currency; the plain price_change_percentage_24h is in US dollars."""
    data = parsing.mapping(parsing.field(row, "market_data"), "market_data")
    currency = QUOTING.currency(lookup.item)

    def money(name: str) -> object:
        return (entry(data, name) or {}).get(currency.lower())

    return build_quote(
        lookup,
        currency,
        parsing.price(money("current_price")),
        change=parsing.percent(money("price_change_percentage_24h_in_currency")),
        volume=parsing.amount(money("total_volume")),
        scope=MARKET,
        as_of=parsing.from_iso(data.get("last_updated")),
    )


def _error(body: object) -> tuple[str, str]:
    """Return code and message of an error body, which has ``error`` (text), ``error.status`` or ``status``.

    A coin with the id ``status`` exists, so ``status`` is an error only if it contains an error_code.
    """
    fields = body if isinstance(body, Mapping) else {}
    error = fields.get("error")
    nested = error.get("status") if isinstance(error, Mapping) else fields.get("status")
    message = error if isinstance(error, str) else errors.text(nested, "error_message")
    return errors.code(errors.text(nested, "error_code")), message


def _outcome(response: Response, code: str, message: str) -> Outcome | None:
    if code in CODES:
        return CODES[code]
    if response.status == 404 and errors.names_unknown_asset(message):
        return Outcome.UNKNOWN_ASSET
    return Outcome.BROKEN if (code or message) and errors.succeeded(response) else None


def _is_throttled(response: Response) -> bool:
    """Detect rate-limit bodies that are not JSON: plain "Throttled" or Cloudflare's page."""
    start = response.body[:20_000].strip().lower()
    return not start.startswith((b"{", b"[")) and any(word in start for word in _THROTTLE_TEXTS)


ADAPTER = Adapter(
    handlers={
        Category.MARKET_PRICE: Prices(),
        Category.MARKET_OHLCV: CandleSeries(answer, QUOTING),
        Category.MARKET_VOLUME: MarketVolumes(Prices()),
        Category.MARKET_METADATA: listings(answer),
        Category.SOCIAL: SocialStats(answer),
    },
    key_use=KeyUse.OPTIONAL,
    authorize=authorize,
    # Without a key no limit is published; 5 to 15 calls a minute were observed. A demo key has 100 a minute.
    budget=Budget(10, 60.0),
)
