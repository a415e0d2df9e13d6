"""GET and POST to one provider, for needs beyond the feeds: ``client("binance").get(path, params)``.

Endpoints are chosen by the same selection as the engine's, with the same health, cooldown, quota and deadline. A POST
is never sent twice once it may have reached a server.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

from providers.adapters import ADAPTERS
from providers.adapters.shared.errors import raise_for_outcome
from providers.domain.adapter import Adapter, Request, Response
from providers.domain.categories import Category, Strategy
from providers.domain.config import ChainConf, EndpointConf, LinkConf, ProviderConf
from providers.domain.outcomes import Failure, Outcome
from providers.engine.attempt import EngineContext, admission_refusal, record_refusal
from providers.engine.decide import engine
from providers.resilience.eligibility import Ineligible, provider_eligibility
from providers.resilience.selection import Skip, View, blocked, candidates
from providers.state.health_registry import AttemptContext
from providers.transport import http

DEADLINE_S = 10.0
NO_ENDPOINT = "no endpoint of it may be asked now"
NOT_SENT = frozenset({Outcome.REFUSED})
"""Outcomes after which a POST has reached no server, so it may go to another endpoint."""


class Client:
    """Client of one provider. Methods return a successful Response, or raise the last Failure."""

    def __init__(self, slug: str, category: Category = Category.MARKET_PRICE) -> None:
        self.slug = slug
        self.category = category

    def get(self, path: str, params: Mapping[str, str] | None = None, *, deadline_s: float = DEADLINE_S) -> Response:
        """Send a GET; after a failure of an endpoint the next one follows, within the deadline."""
        return self._send(Request(path, tuple((params or {}).items())), deadline_s)

    def post(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        body: bytes = b"",
        content_type: str = "application/json",
        deadline_s: float = DEADLINE_S,
    ) -> Response:
        """Send a POST; another endpoint follows only if the request has reached no server."""
        headers = (("Content-Type", content_type),)
        return self._send(Request(path, tuple((params or {}).items()), headers, "POST", body), deadline_s)

    def once(self, request: Request, *, deadline_s: float = DEADLINE_S) -> tuple[EndpointConf, Response]:
        """Send one request to the first available endpoint and return its response whatever the status.

        Connection failures and outcomes that start a cooldown are recorded. Other responses are left to the caller to
        judge, as the request itself may be wrong.
        """
        provider, adapter = self._provider()
        context = engine().context(self.category)
        for endpoint in self._endpoints(context, provider, adapter):
            call = http.Call(time.monotonic() + deadline_s)
            exchange = _Exchange(context, provider, adapter, endpoint)
            return endpoint, exchange.send(_authorized(request, provider, adapter), call, any_status=True)
        raise Failure(Outcome.REFUSED, NO_ENDPOINT)

    def _send(self, request: Request, deadline_s: float) -> Response:
        provider, adapter = self._provider()
        context = engine().context(self.category)
        request, deadline = _authorized(request, provider, adapter), time.monotonic() + deadline_s
        last = Failure(Outcome.REFUSED, NO_ENDPOINT)
        for endpoint in self._endpoints(context, provider, adapter):
            try:
                return _Exchange(context, provider, adapter, endpoint).send(request, http.Call(deadline))
            except Failure as failure:
                last = failure
                if not _may_go_on(request, failure):
                    break
        raise last

    def _provider(self) -> tuple[ProviderConf, Adapter]:
        """Return the provider with its adapter. Raises Failure if it cannot be called at all."""
        provider = engine().state.current().providers.get(self.slug)
        if provider is None:
            raise Failure(Outcome.NOT_SUPPORTED, f"there is no provider {self.slug}")
        adapter = provider.resolve_adapter(ADAPTERS)
        if adapter is None:
            raise Failure(Outcome.NOT_SUPPORTED, f"{self.slug} is not asked over the network")
        reason = provider_eligibility(provider, None, ADAPTERS)
        if reason in (Ineligible.KEY_MISSING, Ineligible.KEY_UNREADABLE):
            raise Failure(Outcome.UNAUTHORIZED, reason.value)
        return provider, adapter

    def _endpoints(self, context: EngineContext, provider: ProviderConf, adapter: Adapter) -> Iterator[EndpointConf]:
        """Yield the endpoints to call, in the engine's order, as if the provider were the only one in a chain.

        No prober may be counted on: it knows only endpoints in chains. So user calls are the trials here.
        """
        serving = replace(adapter, handlers={self.category: None})  # type: ignore[dict-item]  # never called
        link = LinkConf(0, replace(provider, generic_adapter=serving), provider.slug, 1, 0, 1)
        chain = ChainConf(self.category, Strategy.PRIORITY, DEADLINE_S, 0.0, 0.0, (link,), "client")
        is_first = True
        for step in candidates(chain, _without_prober(context.view())):
            if isinstance(step, Skip) or (not is_first and blocked(step, _without_prober(context.view()))):
                continue
            if not admission_refusal(context.state, step, time.time()):
                is_first = False
                yield step.endpoint


def _without_prober(view: View) -> View:
    return replace(view, prober_alive=False)


class _Exchange:
    """A request to one endpoint, with its outcome recorded."""

    def __init__(
        self, context: EngineContext, provider: ProviderConf, adapter: Adapter, endpoint: EndpointConf
    ) -> None:
        self._state = context.state
        self._send = context.send
        self._provider = provider
        self._adapter = adapter
        self._target = AttemptContext(provider, endpoint, context.category, time.time())

    def send(self, request: Request, call: http.Call, *, any_status: bool = False) -> Response:
        """Send the request. With ``any_status`` an error response is returned, and recorded if it starts a cooldown.

        Raises Failure, otherwise also for a response that is no success.
        """
        state, began = self._state, time.perf_counter()
        state.health.count_usage(self._provider, self._adapter.budget, time.time())
        response: Response | None = None
        try:
            response = self._send(self._target.endpoint.base_url, request, call)
            _check(response, self._provider)
        except Failure as failure:
            if response is None or not any_status:
                record_refusal(state, self._target, failure)
                raise
            if failure.outcome.starts_cooldown:
                record_refusal(state, self._target, failure)
            return response
        if not any_status:
            ms = (time.perf_counter() - began) * 1000
            usage = self._adapter.usage(response.headers)
            state.write_changes(state.health.record_success(self._target, ms, usage, time.time()))
        return response


def _authorized(request: Request, provider: ProviderConf, adapter: Adapter) -> Request:
    """Add the provider's API key to the request, if it has one."""
    return adapter.authorize(request, provider.key) if provider.key else request


def _check(response: Response, provider: ProviderConf) -> None:
    """Raise the Failure that the status means.

    A wrong path, or one that needs a key where we have none, is the calling code's mistake: it becomes a BAD_REQUEST,
    so that the provider's prices do not suffer for it.
    """
    try:
        raise_for_outcome(response)
    except Failure as failure:
        is_unconfigured = failure.outcome is Outcome.UNAUTHORIZED and not provider.key
        if is_unconfigured or (failure.outcome is Outcome.BROKEN and 400 <= response.status < 500):
            raise Failure(Outcome.BAD_REQUEST, failure.detail) from None
        raise


def _may_go_on(request: Request, failure: Failure) -> bool:
    """Return True if another endpoint may follow: a GET unless it would fail alike, a POST if it reached no server."""
    if request.method != "GET":
        return failure.outcome in NOT_SENT
    return failure.outcome.trips_breaker or failure.outcome.starts_cooldown


def client(slug: str, category: Category = Category.MARKET_PRICE) -> Client:
    """Return a client of the provider; server errors count against its breaker in ``category``."""
    return Client(slug, category)
