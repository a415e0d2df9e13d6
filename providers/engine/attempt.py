"""An attempt: send one request to one endpoint, read and check the response, record the outcome."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from providers.adapters import ADAPTERS
from providers.adapters.shared import limits
from providers.adapters.shared.rows import PartialValues
from providers.domain.adapter import Adapter, Handler, Lookup, Request, Response
from providers.domain.categories import Category
from providers.domain.config import ProviderConf
from providers.domain.outcomes import Failure, InactiveMarket, Outcome
from providers.engine.query import Checks
from providers.resilience.answer_checks import is_inactive
from providers.resilience.negative_cache import NegativeCache
from providers.resilience.selection import Candidate, View
from providers.state.health_registry import AttemptContext
from providers.state.runtime import RuntimeState
from providers.transport import http

log = logging.getLogger(__name__)

Send = Callable[[str, Request, http.Call], Response]
"""Function that sends a request to a base URL; returns the response or raises Failure."""


@dataclass(frozen=True, slots=True)
class EngineContext:
    """Parts of the engine that attempts in one category work with. ``view`` returns the facts for selection, now."""

    category: Category
    state: RuntimeState
    checks: Checks
    negative_cache: NegativeCache
    send: Send
    view: Callable[[], View]


@dataclass(frozen=True, slots=True)
class Success:
    """Checked values by item; ``old`` gives the reason for those that are not current. ``ms`` is the time taken."""

    values: dict[Any, Any]
    old: dict[Any, str]
    response: Response
    ms: float
    faulty: frozenset[Any] = frozenset()
    """Items whose part of the answer was faulty; nothing is known of them."""


def adapter_of(provider: ProviderConf) -> Adapter:
    """Return the adapter of a provider; raises KeyError for one without code."""
    return provider.generic_adapter or ADAPTERS[provider.adapter]


def handler_of(provider: ProviderConf, category: Category) -> Handler[Any, Any]:
    """Return the provider's handler of a category; raises KeyError if it has none."""
    return adapter_of(provider).handlers[category]


def perform(
    context: EngineContext,
    candidate: Candidate,
    lookups: Sequence[Lookup[Any]],
    call: http.Call,
    *,
    probe: bool = False,
) -> Success:
    """Send, read and check one request. Raises Failure; the caller records the outcome."""
    provider, state = candidate.provider, context.state
    adapter = adapter_of(provider)
    handler = adapter.handlers[context.category]
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
        response = context.send(candidate.endpoint.base_url, request, call)
        limits.check(context.category, response.body)
        success = _check(context.checks, handler.parse(lookups, response), response)
    except Failure as failure:
        failure.status = response.status if response is not None else None
        raise
    except Exception:
        log.exception("%s: our adapter failed", provider.slug)
        raise Failure(Outcome.BAD_REQUEST, "our own reading of it failed") from None
    return replace(success, ms=(time.perf_counter() - began) * 1000)


def _check(checks: Checks, values: dict[Any, Any], response: Response) -> Success:
    """Return the possible values, with the reasons of those that are old.

    The value of an inactive market is left out. So is an impossible one; its failure is raised if no value is left, and
    is the item's own if no other one failed.
    """
    possible: dict[Any, Any] = {}
    old: dict[Any, str] = {}
    faulty = set(values.faulty) if isinstance(values, PartialValues) else set()
    failed: Failure | None = None
    for item, value in values.items():
        if is_inactive(value, response.received_at):
            continue
        try:
            checks.possible(value)
            reason = checks.old(value, response.received_at)
        except Failure as failure:
            failed = failure.about_item(item)
            faulty.add(item)
            continue
        possible[item] = value
        if reason is not None:
            old[item] = reason
    if failed is not None and not possible:
        failed.of_item = len(faulty) == 1
        raise failed
    return Success(possible, old, response, 0.0, frozenset(faulty))


def record_success(
    context: EngineContext,
    target: AttemptContext,
    lookups: Sequence[Lookup[Any]],
    success: Success,
    *,
    corroborated: bool = True,
) -> None:
    """Record a success for the target's scopes; items absent from the answer are remembered as unknown there.

    ``corroborated`` is False if all values still wait for another lineage (see ``HealthRegistry.record_success``).
    """
    now = time.time()
    state, slug = context.state, target.provider.slug
    usage = adapter_of(target.provider).usage(success.response.headers)
    is_all_old = bool(success.old) and len(success.old) == len(success.values)
    if is_all_old:
        corroborated = False  # an old value does not prove that the source follows the market
        failure = Failure(Outcome.IMPLAUSIBLE, next(iter(success.old.values())))
        if state.health.is_shared_fault(target, failure.outcome, [item.key for item in success.old], now):
            record_refusal(state, target, failure)
    elif success.values:
        state.health.forget_item_faults(target)
    state.write_changes(state.health.record_success(target, success.ms, usage, now, corroborated=corroborated))
    context.negative_cache.answered(slug, [lookup for lookup in lookups if lookup.item in success.values])
    for lookup in lookups:
        if lookup.item in success.faulty:
            context.negative_cache.faulty(slug, lookup, now)
        elif lookup.item not in success.values:
            context.negative_cache.absent(slug, lookup, now)


def record_failure(
    context: EngineContext, target: AttemptContext, lookups: Sequence[Lookup[Any]], failure: Failure
) -> None:
    """Record a failure against exactly the scope that explains it; a cooldown is committed before this returns."""
    if failure.outcome in (Outcome.UNKNOWN_ASSET, Outcome.NOT_SUPPORTED):
        context.negative_cache.refused(target.provider.slug, lookups, time.time())
    elif isinstance(failure, InactiveMarket):
        for lookup in lookups:
            context.negative_cache.faulty(target.provider.slug, lookup, time.time())
    elif failure.of_item and _is_items_own(context, target, lookups, failure):
        context.negative_cache.faulty(target.provider.slug, _lookup_at_fault(lookups, failure), time.time())
    elif failure.outcome is Outcome.BAD_REQUEST:
        log.error("%s rejected our request as invalid: %s", target.provider.slug, failure.detail)
    else:
        record_refusal(context.state, target, failure)


def _is_items_own(
    context: EngineContext, target: AttemptContext, lookups: Sequence[Lookup[Any]], failure: Failure
) -> bool:
    """Return whether a fault counts against its item: until another item fails at the same source as well."""
    key = _lookup_at_fault(lookups, failure).item.key
    return not context.state.health.is_shared_fault(target, failure.outcome, [key], time.time())


def _lookup_at_fault(lookups: Sequence[Lookup[Any]], failure: Failure) -> Lookup[Any]:
    return next((lookup for lookup in lookups if lookup.item == failure.item), lookups[0])


def record_refusal(state: RuntimeState, target: AttemptContext, failure: Failure) -> None:
    """Count the failure against its scope's breaker, or start the scope's cooldown, as the outcome demands."""
    now = time.time()
    siblings = [endpoint for endpoint in target.provider.endpoints if endpoint.enabled]
    changes = state.health.record_failure(target, failure, now, siblings)
    if failure.outcome.starts_cooldown:
        state.write_cooldown(*state.health.cool_down(target, failure, now))
    state.write_changes(changes)


def admission_refusal(state: RuntimeState, candidate: Candidate, now: float) -> str:
    """Return why a last resort or a trial may not run now, or ""; a granted one is taken from its budget."""
    if candidate.last_resort and not state.health.take_extra_call(now):
        return "last resort, and the extra-call budget is used up"
    if candidate.trial and not state.health.claim_trial(candidate.endpoint, now):
        return "another call is its trial"
    return ""
