"""GET and POST to one provider for code that needs more than the feeds give: ``client("binance").get(path, params)``.

The provider's endpoints are tried in order, with the same health, cooldown, budget and deadline as everything else.
A POST is never sent twice once it may have reached a server.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from providers.adapters import ADAPTERS
from providers.adapters.shared.errors import raise_for_outcome
from providers.domain.adapter import KeyUse, Request, Response
from providers.domain.categories import Category
from providers.domain.config import EndpointConf, ProviderConf
from providers.domain.outcomes import Failure, Outcome
from providers.domain.scope_keys import endpoint_key, group_key, in_category, provider_key
from providers.engine import attempt
from providers.engine.decide import Engine, engine
from providers.resilience.breaker import CLOSED, BreakerState, state
from providers.resilience.quota import STOP_AT
from providers.state.health_registry import AttemptContext
from providers.transport import http

DEADLINE_S = 10.0
NOBODY = "no endpoint of it may be asked now"
NOT_SENT = frozenset({Outcome.REFUSED})
"""Outcomes after which a POST has reached nobody, and may go to another endpoint."""


class Client:
    """One provider. Methods return a Response with a status of success, or raise the last Failure."""

    def __init__(self, slug: str, category: Category = Category.MARKET_PRICE) -> None:
        self.slug = slug
        self.category = category

    def get(self, path: str, params: Mapping[str, str] | None = None, *, deadline_s: float = DEADLINE_S) -> Response:
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
        headers = (("Content-Type", content_type),)
        return self._send(Request(path, tuple((params or {}).items()), headers, "POST", body), deadline_s)

    def once(self, request: Request, *, deadline_s: float = DEADLINE_S) -> tuple[EndpointConf, Response]:
        """One call to the first endpoint that may be asked, with its answer whatever its status: an operator's test.

        What fails on the way or parks is recorded as ever. What the answer is worth is the caller's to say: it may be
        the question that is wrong.
        """
        held = engine()
        provider, request = self._ready(held, request)
        for endpoint in self._may_be_asked(held, provider):
            return endpoint, self._exchange(held, provider, endpoint, request, http.Call(time.monotonic() + deadline_s))
        raise Failure(Outcome.REFUSED, NOBODY)

    def _send(self, request: Request, deadline_s: float) -> Response:
        held = engine()
        provider, request = self._ready(held, request)
        return self._try_each(held, provider, request, time.monotonic() + deadline_s)

    def _ready(self, held: Engine, request: Request) -> tuple[ProviderConf, Request]:
        """The provider, and the request with its key. Raises Failure where it cannot be asked at all."""
        provider = held.state.current().providers.get(self.slug)
        if provider is None:
            raise Failure(Outcome.NOT_SUPPORTED, f"there is no provider {self.slug}")
        adapter = provider.resolve_adapter(ADAPTERS)
        if adapter is None:
            raise Failure(Outcome.NOT_SUPPORTED, f"{self.slug} is not asked over the network")
        if adapter.key_use is KeyUse.REQUIRED and not provider.key:
            raise Failure(Outcome.UNAUTHORIZED, "not configured: needs an API key")
        if provider.key:
            request = adapter.authorize(request, provider.key)
        return provider, request

    def _try_each(self, held: Engine, provider: ProviderConf, request: Request, deadline: float) -> Response:
        last = Failure(Outcome.REFUSED, NOBODY)
        for endpoint in self._may_be_asked(held, provider):
            try:
                return self._once(held, provider, endpoint, request, http.Call(deadline))
            except Failure as failure:
                last = failure
                if not _may_go_on(request, failure):
                    break
        raise last

    def _may_be_asked(self, held: Engine, provider: ProviderConf) -> Iterator[EndpointConf]:
        """The healthy in their order, then those due for a trial, which nobody else may give them; if there was none
        of either, the shut ones as a last resort, within the budget for such calls."""
        book, asked = held.state.health, False
        standing = [(self._standing(held, endpoint), endpoint) for endpoint in provider.endpoints]
        for wanted in (
            (BreakerState.CLOSED, BreakerState.SLOW_START),
            (BreakerState.SUSPECT, BreakerState.HALF_OPEN),
            (BreakerState.OPEN,),
        ):
            for found, endpoint in standing:
                now = time.time()
                if found not in wanted or not self._may(held, provider, endpoint, now):
                    continue
                if BreakerState.SUSPECT in wanted and not book.claim_trial(endpoint, now):
                    continue
                if BreakerState.OPEN in wanted and (asked or not book.take_extra_call(now)):
                    continue
                asked = True
                yield endpoint

    def _standing(self, held: Engine, endpoint: EndpointConf) -> BreakerState:
        """The worse of the endpoint's own breaker and the one of its category."""
        key = endpoint_key(endpoint)
        breakers = [held.state.health.breakers.get(name, CLOSED) for name in (key, in_category(key, self.category))]
        return max((state(breaker, time.time()) for breaker in breakers), key=list(BreakerState).index)

    def _may(self, held: Engine, provider: ProviderConf, endpoint: EndpointConf, now: float) -> bool:
        book = held.state.health
        keys = (provider_key(provider), group_key(provider), endpoint_key(endpoint))
        parked = any(key in book.cooldowns and now < book.cooldowns[key].until for key in keys)
        forced = book.breakers.get(endpoint_key(endpoint), CLOSED).forced_open
        used_up = book.quota_usage(provider, attempt.adapter_of(provider).budget, now).reported >= STOP_AT
        return endpoint.enabled and provider.enabled and not (parked or forced or used_up)

    def _once(
        self, held: Engine, provider: ProviderConf, endpoint: EndpointConf, request: Request, call: http.Call
    ) -> Response:
        at = AttemptContext(provider, endpoint, self.category, time.time())
        began = time.perf_counter()
        book = held.state.health
        book.count_usage(provider, attempt.adapter_of(provider).budget, time.time())
        try:
            response = http.send(endpoint.base_url, request, call)
            _check(response, provider)
        except Failure as failure:
            attempt.record_refusal(held.state, at, failure)
            raise
        ms = (time.perf_counter() - began) * 1000
        usage = attempt.adapter_of(provider).usage(response.headers)
        held.state.write_changes(book.record_success(at, ms, usage, time.time()))
        return response

    def _exchange(
        self, held: Engine, provider: ProviderConf, endpoint: EndpointConf, request: Request, call: http.Call
    ) -> Response:
        """As ``_once``, but an answer that is no success is given back, and counts only where it parks."""
        at = AttemptContext(provider, endpoint, self.category, time.time())
        adapter = attempt.adapter_of(provider)
        held.state.health.count_usage(provider, adapter.budget, time.time())
        try:
            response = http.send(endpoint.base_url, request, call)
        except Failure as failure:
            attempt.record_refusal(held.state, at, failure)
            raise
        try:
            _check(response, provider)
        except Failure as failure:
            if failure.outcome.parks:
                attempt.record_refusal(held.state, at, failure)
        return response


def _check(response: Response, provider: ProviderConf) -> None:
    """Raise what the status means. A path that is not there, or one that needs a key where we have none, is a mistake
    of the code that asked: the provider's prices must not suffer for it.
    """
    try:
        raise_for_outcome(response)
    except Failure as failure:
        ours = failure.outcome is Outcome.UNAUTHORIZED and not provider.key
        if ours or (failure.outcome is Outcome.BROKEN and 400 <= response.status < 500):
            raise Failure(Outcome.BAD_REQUEST, failure.detail) from None
        raise


def _may_go_on(request: Request, failure: Failure) -> bool:
    """Whether another endpoint may be asked: a GET unless it would say the same, a POST if it has reached nobody."""
    if request.method != "GET":
        return failure.outcome in NOT_SENT
    return failure.outcome.trips or failure.outcome.parks


def client(slug: str, category: Category = Category.MARKET_PRICE) -> Client:
    """A client of the provider with this slug; ``category`` names the breaker its server errors count against."""
    return Client(slug, category)
