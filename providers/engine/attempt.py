"""One attempt: one request to one endpoint, read, checked, and recorded as what it was."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from providers.adapters import ADAPTERS
from providers.domain.adapter import Adapter, Handler, Lookup, Request, Response
from providers.domain.categories import Category
from providers.domain.config import ProviderConf
from providers.domain.outcomes import Failure, Outcome
from providers.engine.query import Checks
from providers.resilience.negative_cache import NegativeCache
from providers.resilience.selection import Candidate
from providers.state.health_registry import AttemptContext
from providers.state.runtime import RuntimeState
from providers.transport import http

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Success:
    """Values that may count, by item; ``old`` says why some are not current."""

    values: dict[Any, Any]
    old: dict[Any, str]
    response: Response
    ms: float


Send = Callable[[str, Request, http.Call], Response]
"""The road to the network: a base URL and a request in, an answer or a Failure out."""


def adapter_of(provider: ProviderConf) -> Adapter:
    """What the answers of a provider that may be asked mean."""
    return provider.generic_adapter or ADAPTERS[provider.adapter]


def handler_of(provider: ProviderConf, category: Category) -> Handler[Any, Any]:
    return adapter_of(provider).handlers[category]


def make(
    state: RuntimeState,
    checks: Checks,
    candidate: Candidate,
    category: Category,
    lookups: Sequence[Lookup[Any]],
    call: http.Call,
    *,
    probe: bool = False,
    send: Send = http.send,
) -> Success:
    """Ask, read and check. Raises Failure; records nothing (see ``record_success``, ``record_failure``)."""
    provider = candidate.provider
    adapter = adapter_of(provider)
    handler = adapter.handlers[category]
    began = time.perf_counter()
    response: Response | None = None
    try:
        request = handler.request(lookups)
        if provider.key:
            request = adapter.authorize(request, provider.key)
        now = time.time()
        state.health.count_usage(provider, adapter.budget, now)
        if not probe:
            state.health.count_call(now)
        response = send(candidate.endpoint.base_url, request, call)
        values = handler.parse(lookups, response)
        old = _check(checks, values, response)
    except Failure as failure:
        failure.status = response.status if response is not None else None
        raise
    except Exception:
        log.exception("%s: our own reading of it failed", provider.slug)
        raise Failure(Outcome.BAD_REQUEST, "our own reading of it failed") from None
    return Success(values, old, response, (time.perf_counter() - began) * 1000)


def _check(checks: Checks, values: dict[Any, Any], response: Response) -> dict[Any, str]:
    old = {}
    for item, value in values.items():
        checks.possible(value)
        reason = checks.old(value, response.received_at)
        if reason is not None:
            old[item] = reason
    if old and len(old) == len(values):
        raise Failure(Outcome.IMPLAUSIBLE, next(iter(old.values())))
    return old


def record_success(
    state: RuntimeState,
    unknown: NegativeCache,
    candidate: Candidate,
    at: AttemptContext,
    lookups: Sequence[Lookup[Any]],
    success: Success,
    *,
    believed: bool = True,
) -> None:
    """The scopes are well (see ``HealthBook.succeeded``); what was left out of the answer is not known there."""
    now = time.time()
    usage = adapter_of(candidate.provider).usage(success.response.headers)
    state.write_changes(state.health.record_success(at, success.ms, usage, now, corroborated=believed))
    slug = candidate.provider.slug
    unknown.answered(slug, [ask for ask in lookups if ask.item in success.values])
    for ask in lookups:
        if ask.item not in success.values:
            unknown.absent(slug, ask, now)


def record_failure(
    state: RuntimeState,
    unknown: NegativeCache,
    candidate: Candidate,
    at: AttemptContext,
    lookups: Sequence[Lookup[Any]],
    failure: Failure,
) -> None:
    """Blame exactly the scope that explains the failure; a cooldown is committed before this returns."""
    now = time.time()
    if failure.outcome in (Outcome.UNKNOWN_ASSET, Outcome.NOT_SUPPORTED):
        unknown.refused(candidate.provider.slug, lookups, now)
        return
    if failure.outcome is Outcome.BAD_REQUEST:
        log.error("%s calls our request bad: %s", candidate.provider.slug, failure.detail)
        return
    record_refusal(state, at, failure)


def record_refusal(state: RuntimeState, at: AttemptContext, failure: Failure) -> None:
    """Park or count against the scope that the outcome names."""
    now = time.time()
    siblings = [endpoint for endpoint in at.provider.endpoints if endpoint.enabled]
    changes = state.health.record_failure(at, failure, now, siblings)
    if failure.outcome.parks:
        state.write_cooldown(*state.health.cool_down(at, failure, now))
    state.write_changes(changes)
