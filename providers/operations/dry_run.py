"""Test call for a definition, saved or not: fetch one small answer and show what was read from it.

The call goes through the normal transport, so deadline, size limit, address guard, cooldowns, breakers and call budget
apply. The content of the answer is not charged to the provider's health, since the definition may be wrong.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from providers.adapters.generic import adapter as generic
from providers.adapters.generic import templates
from providers.adapters.generic.codec import ResponseCodec
from providers.adapters.generic.definitions import DefinitionConf, RequestFormatConf
from providers.domain.adapter import Handler, Lookup, Request, Response
from providers.domain.categories import Category, Strategy
from providers.domain.config import ChainConf, EndpointConf, LinkConf, ProviderConf
from providers.domain.market_data import ANY_DOLLAR, CandleQuery, Candles, Instrument, OrderBook, OrderBookQuery, Quote
from providers.domain.news import News, NewsQuery
from providers.domain.outcomes import Failure, Outcome
from providers.engine import attempt
from providers.engine.client import NO_ENDPOINT, Client
from providers.engine.decide import Engine, engine
from providers.operations.response_preview import preview, shorten
from providers.resilience.quota import STOP_AT
from providers.resilience.selection import Skip, candidates

DEADLINE_S = 10.0
SAMPLE_SIZE = 5
"""Number of candles or order book levels requested."""
MISSING = "not given"


@dataclass(frozen=True, slots=True)
class DryRun:
    """Result of a test call. ``outcome`` is OK only if the hub could serve the value.

    ``ms`` is the duration, ``size`` the body's bytes; ``facts``, ``columns`` and ``rows`` show the parsed value.
    """

    outcome: Outcome
    reason: str = ""
    request: str = ""
    host: str = ""
    status: int | None = None
    ms: float | None = None
    size: int | None = None
    preview: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    expressions: tuple[tuple[str, str], ...] = ()
    """Each expression with the value it found, if the hub could not serve the answer."""

    @property
    def ok(self) -> bool:
        """True if the hub could serve the value."""
        return self.outcome is Outcome.OK


def sample_lookup(definition: DefinitionConf, name: str, quote: str) -> Lookup[Any]:
    """Return a small query of the definition's category for the market the provider calls ``name``."""
    category, size = Category(definition.category), min(SAMPLE_SIZE, definition.most)
    if category is Category.MARKET_OHLCV:
        interval = next(iter(templates.parse_spellings(definition.intervals)))
        return Lookup(CandleQuery(name, quote, interval, size), name)
    if category is Category.MARKET_ORDERBOOK:
        return Lookup(OrderBookQuery(name, quote, size), name)
    return Lookup(NewsQuery(), "") if category is Category.NEWS else Lookup(Instrument(name, quote), name)


def dry_run(
    slug: str, request_format: RequestFormatConf, definition: DefinitionConf, name: str = "BTC", quote: str = ANY_DOLLAR
) -> DryRun:
    """Make one test call; report upstream failures and invalid definitions in the result instead of raising."""
    current_engine, category = engine(), Category(definition.category)
    current_engine.state.refresh()
    try:
        handlers = generic.build_handlers(slug, slug, request_format, definition)
    except generic.InvalidDefinition as error:
        return DryRun(Outcome.BAD_REQUEST, str(error))
    lookup, handler = sample_lookup(definition, name, quote), handlers[category]
    refusal = _refusal(current_engine, slug, handler, lookup)
    if refusal is not None:
        return refusal
    request = handler.request([lookup])
    began = time.perf_counter()
    try:
        endpoint, response = Client(slug, category).once(request, deadline_s=DEADLINE_S)
    except Failure as failure:
        return DryRun(
            failure.outcome,
            failure.detail + _skip_reasons(current_engine, slug, handlers, failure),
            _request_text(request),
        )
    ms = (time.perf_counter() - began) * 1000
    provider = current_engine.state.current().providers[slug]
    trial = _read(current_engine, provider, (endpoint, request, response, ms), handler, lookup)
    if trial.ok:
        return trial
    codec = ResponseCodec(request_format, definition)
    return replace(trial, expressions=_expression_results(codec, response, provider.key))


def _refusal(current_engine: Engine, slug: str, handler: Handler[Any, Any], lookup: Lookup[Any]) -> DryRun | None:
    """Return the result if the call must not be made: not expressible, no such provider, or limit nearly used up.

    The hub's own count is checked as well, because a provider may not report how much of its limit is left.
    """
    if not handler.accepts(lookup):
        return DryRun(Outcome.NOT_SUPPORTED, "no such quote currency here, or the coin's name cannot be sent")
    provider = current_engine.state.current().providers.get(slug)
    if provider is None:
        return DryRun(Outcome.NOT_SUPPORTED, "there is no such provider")
    used = current_engine.state.health.quota_usage(provider, attempt.adapter_of(provider).budget, time.time())
    if max(used.reported, used.estimated) < STOP_AT:
        return None
    return DryRun(Outcome.RATE_LIMITED, "not sent: the published limit is nearly used up; try again later")


Exchange = tuple[EndpointConf, Request, Response, float]


def _read(
    current_engine: Engine, provider: ProviderConf, exchange: Exchange, handler: Handler[Any, Any], lookup: Lookup[Any]
) -> DryRun:
    endpoint, request, response, ms = exchange
    body_preview = preview(response.body, provider.key)
    trial = DryRun(
        Outcome.OK, "", _request_text(request), endpoint.host, response.status, ms, len(response.body), body_preview
    )
    try:
        value = handler.parse([lookup], response).get(lookup.item)
        if value is None:
            return replace(trial, outcome=Outcome.UNKNOWN_ASSET, reason="the answer has no value for this market")
        _check(current_engine, Category(_category_of(value)), value, response)
    except Failure as failure:
        return replace(trial, outcome=failure.outcome, reason=failure.detail)
    return replace(trial, **_value_fields(value, provider.key))


def _expression_results(codec: ResponseCodec, response: Response, key: str) -> tuple[tuple[str, str], ...]:
    """Return each expression with the value it found; nothing if the response cannot be decoded."""
    try:
        return tuple((name, shorten(answer, key)) for name, answer in codec.describe_fields(response))
    except Failure:
        return ()


def _category_of(value: object) -> Category:
    return {
        Quote: Category.MARKET_PRICE,
        Candles: Category.MARKET_OHLCV,
        OrderBook: Category.MARKET_ORDERBOOK,
        News: Category.NEWS,
    }[type(value)]


def _check(current_engine: Engine, category: Category, value: Any, response: Response) -> None:
    """Apply the checks that the engine applies to every answer. Raises Failure."""
    checks = current_engine.checks_for(category)
    checks.possible(value)
    old = checks.old(value, response.received_at)
    if old is not None:
        raise Failure(Outcome.IMPLAUSIBLE, old)


def _skip_reasons(
    current_engine: Engine, slug: str, handlers: Mapping[Category, Handler[Any, Any]], failure: Failure
) -> str:
    """Return the reasons why every endpoint was skipped, in parentheses; "" for other failures."""
    provider = current_engine.state.current().providers.get(slug)
    if failure.detail != NO_ENDPOINT or provider is None:
        return ""
    category, adapter = next(iter(handlers)), attempt.adapter_of(provider)
    link = LinkConf(0, replace(provider, generic_adapter=replace(adapter, handlers=handlers)), slug, 1, 0, 1)
    chain = ChainConf(category, Strategy.PRIORITY, 1.0, 0.0, 0.0, (link,), "test")
    reasons = [_skip_text(step) for step in candidates(chain, current_engine.view(category)) if isinstance(step, Skip)]
    return f" ({'; '.join(dict.fromkeys(reasons))})" if reasons else " (it has no endpoint)"


def _skip_text(skip: Skip) -> str:
    until = f" until {datetime.fromtimestamp(skip.until, UTC):%H:%M:%S} UTC" if skip.until else ""
    return f"{skip.host + ': ' if skip.host else ''}{skip.reason}{until}"


def _request_text(request: Request) -> str:
    """Return the request line before the key is inserted."""
    return f"{request.method} {request.path}" + (f"?{urlencode(request.params)}" if request.params else "")


def _value_fields(value: Any, key: str) -> dict[str, Any]:
    if isinstance(value, Quote):
        return {"facts": tuple(_quote_facts(value))}
    if isinstance(value, Candles):
        columns = ("opens", "open", "high", "low", "close", "volume", "in the currency", "closed")
        return {
            "facts": (("currency", value.currency), ("interval", value.interval), ("candles", str(len(value.candles)))),
            "columns": columns,
            "rows": tuple(
                (
                    f"{candle.opens:%Y-%m-%d %H:%M}Z",
                    *map(_number_text, (candle.open, candle.high, candle.low, candle.close)),
                    *map(_number_text, (candle.volume, candle.quote_volume)),
                    "yes" if candle.closed else "forming",
                )
                for candle in value.candles
            ),
        }
    if isinstance(value, OrderBook):
        sides = zip(value.bids, value.asks, strict=False)
        return {
            "facts": (("currency", value.currency), ("time", _time_text(value.as_of))),
            "columns": ("bid", "quantity", "ask", "quantity"),
            "rows": tuple(tuple(map(_number_text, (*bid, *ask))) for bid, ask in sides),
        }
    newest = value.articles[:SAMPLE_SIZE]
    rows = [(_time_text(one.published_at), shorten(one.title, key), shorten(one.url, key)) for one in newest]
    return {
        "facts": (("articles", str(len(value.articles))),),
        "columns": ("published", "title", "address"),
        "rows": tuple(rows),
    }


def _quote_facts(quote: Quote) -> Iterator[tuple[str, str]]:
    yield "price", f"{_number_text(quote.price)} {quote.currency}"
    yield "change in 24 hours", MISSING if quote.change_24h is None else f"{_number_text(quote.change_24h)} %"
    scope = f"{quote.currency}, {quote.volume_scope}"
    yield "volume in 24 hours", MISSING if quote.volume_24h is None else f"{_number_text(quote.volume_24h)} {scope}"
    yield "time", _time_text(quote.as_of)


def _number_text(value: Decimal | None) -> str:
    return MISSING if value is None else f"{value:f}"


def _time_text(at: datetime | None) -> str:
    return MISSING if at is None else f"{at:%Y-%m-%d %H:%M:%S}Z"
