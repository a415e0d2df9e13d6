"""Probes: test calls to endpoints, sent and counted apart from user traffic.

Suspect and open endpoints are probed every two seconds for as long as the outage lasts; quiet endpoints seldom, within
a twentieth of their provider's limit. A successful probe closes a breaker; a quiet endpoint that fails its probe
becomes suspect before user traffic reaches it. A value that the peers contradict is confirmed by asking other lineages
at once; only if they contradict it too, it is quarantined. Endpoints in a cooldown or tripped by hand are not probed.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from providers.adapters import ADAPTERS
from providers.domain.adapter import Lookup
from providers.domain.categories import Category
from providers.domain.config import ChainConf, Configuration, EndpointConf, LinkConf, ProviderConf
from providers.domain.outcomes import Failure, Outcome
from providers.domain.scope_keys import breaker_keys, cooldown_keys, endpoint_key, in_category
from providers.engine import attempt, thread_pool
from providers.engine.confirmation import confirm, record_wrong
from providers.engine.decide import Engine
from providers.engine.query import Names, lookup_for
from providers.models import Health
from providers.resilience import hedging
from providers.resilience.breaker import CLOSED, is_shut
from providers.resilience.eligibility import cooldown_for, eligibility
from providers.resilience.selection import Candidate, candidates
from providers.state.health_registry import AttemptContext
from providers.transport import http

SHUT_INTERVAL_S = 2.0
QUIET_INTERVAL_S = 5.0
"""Shortest interval between probes of an endpoint without recent calls, if its provider's limit allows it."""
FIRST_INTERVAL_S = 15.0
"""The same for the first provider of a chain in use: an outage is noticed in time however seldom users ask."""
NEXT_INTERVAL_S = 60.0
"""The same for the next two providers of a chain in use."""
IDLE_INTERVAL_S = 8 * 3600.0
"""The same for all others: three calls a day, one in a hundred of the smallest monthly plan.

The first question after a rest finds a dead provider by hedging.
"""
QUIET_SHARE = 0.05
SHUT_SHARE = 0.9
"""Share of a provider's limit for probes of shut endpoints: no other traffic uses it then, but more may cause a ban."""
SLOW_FACTOR = 2.0
"""A shut endpoint has not recovered if it takes this many times its hedge delay."""
SLOW_MAX_S = 300.0
"""Seconds after which a slower endpoint is accepted at its new speed."""
TIMEOUT_S = 2.0

Usage = Callable[[float], Collection[Category]]
"""Tells which categories users have asked for lately, at a unix time."""
Items = Mapping[Category, Sequence[Any]]
"""Items by category that every provider should know; a probe uses the first that the provider accepts."""


@dataclass(frozen=True, slots=True)
class Target:
    """An endpoint and category to probe. ``shut`` means that a breaker keeps user traffic away from it.

    ``place`` is its provider's place among those of the chain that may be called.
    """

    link: LinkConf
    endpoint: EndpointConf
    category: Category
    shut: bool
    place: int = 0

    @property
    def key(self) -> tuple[int, Category]:
        """Endpoint id and category."""
        return self.endpoint.id, self.category


class Prober:
    """Sends the probes of the whole fleet from one process; a lease ensures that there is only one."""

    def __init__(self, engine: Engine, names: Names, items: Items, usage: Usage | None = None) -> None:
        self.engine = engine
        self._usage = usage
        self._names = names
        self._items = items
        self._last: dict[tuple[int, Category], float] = {}
        self._seeded = usage is None
        self._in_flight: set[tuple[int, Category]] = set()
        self._lock = threading.Lock()

    def turn(self, now: float) -> int:
        """Start the probes due at ``now`` (unix seconds) in pool threads; return the number started."""
        started = 0
        if not self._seeded:
            self._seeded = True
            self._last.update(last_calls(self.engine.state.current(), self._items))
        in_use = self._usage(now) if self._usage is not None else None
        for target in targets(self.engine.state.current(), self._items, self.engine, now, in_use):
            if not self._is_due(target, now, in_use):
                continue
            if thread_pool.pool.run(lambda target=target: self._run(target)):  # type: ignore[misc]  # bound now
                started += 1
            else:
                self._postpone(target)
        return started

    def _postpone(self, target: Target) -> None:
        """Make the target due again at the next turn: all pool threads are busy."""
        with self._lock:
            self._last.pop(target.key, None)
            self._in_flight.discard(target.key)

    def _is_due(self, target: Target, now: float, in_use: Collection[Category] | None) -> bool:
        provider = target.link.provider
        interval = shut_interval(provider) if target.shut else quiet_interval(provider)
        if in_use is not None and not target.shut:
            interval = max(interval, rest_interval(target, in_use))
        with self._lock:
            elapsed = now - self._last.get(target.key, 0.0)
            due = (elapsed >= interval or elapsed < 0) and target.key not in self._in_flight
            if due:
                self._last[target.key] = now
                self._in_flight.add(target.key)
        return due

    def _run(self, target: Target) -> None:
        try:
            self.probe(target)
        finally:
            with self._lock:
                self._in_flight.discard(target.key)

    def probe(self, target: Target) -> Outcome:
        """Call one endpoint, record the result in the health registry and return the outcome."""
        context = self.engine.context(target.category)
        candidate = Candidate(target.link, target.endpoint, "probe")
        lookup = self._probe_lookup(target)
        if lookup is None:
            return Outcome.NOT_SUPPORTED
        at = AttemptContext(target.link.provider, target.endpoint, target.category, time.time(), probe=True)
        try:
            success = self._call_twice_if_slow(target, candidate, lookup, at)
        except Failure as failure:
            attempt.record_failure(context, at, [lookup], failure)
            return failure.outcome
        found = confirm(self.engine, self._names, candidate, at, success)
        if record_wrong(self.engine, at, found):
            return Outcome.IMPLAUSIBLE
        believed = len(found.believed) == len(success.values) - len(success.old)
        attempt.record_success(context, at, [lookup], success, corroborated=believed)
        return Outcome.OK

    def _probe_lookup(self, target: Target) -> Lookup[Any] | None:
        provider = target.link.provider
        handler, names = attempt.handler_of(provider, target.category), self._names(provider.slug)
        lookups = (lookup_for(item, names) for item in self._items[target.category])
        return next((ask for ask in lookups if ask is not None and handler.accepts(ask)), None)

    def _call_twice_if_slow(
        self, target: Target, candidate: Candidate, lookup: Lookup[Any], at: AttemptContext
    ) -> attempt.Success:
        """Call the endpoint; call a slow shut endpoint again, on the connection that is open by then."""
        success = self._call(candidate, target.category, lookup)
        if target.shut and self._is_slow(target, at, success.ms):
            success = self._call(candidate, target.category, lookup)
            if self._is_slow(target, at, success.ms):
                raise Failure(Outcome.LOST_HEDGE, f"answered only after {success.ms:.0f} ms")
        return success

    def _call(self, candidate: Candidate, category: Category, lookup: Lookup[Any]) -> attempt.Success:
        """Make one call."""
        call = http.Call(time.monotonic() + TIMEOUT_S)
        return attempt.perform(self.engine.context(category), candidate, [lookup], call, probe=True)

    def _is_slow(self, target: Target, at: AttemptContext, ms: float) -> bool:
        """Return True if a shut endpoint is still much slower than before, so that users would only lose hedges on it.

        Applies only while other candidates are healthy and for ``SLOW_MAX_S``; after that the new speed counts as
        normal.
        """
        book = self.engine.state.health
        p95 = book.p95_ms(at.provider, at.endpoint, target.category)
        breakers = [book.breakers.get(key, CLOSED) for key in breaker_keys(at.provider, at.endpoint, target.category)]
        since = max((breaker.opened_at or breaker.suspect_since or 0.0) for breaker in breakers)
        is_slow = ms / 1000 > SLOW_FACTOR * hedging.delay(p95, math.inf)
        return is_slow and at.started - since < SLOW_MAX_S and self._others_are_healthy(target.category)

    def _others_are_healthy(self, category: Category) -> bool:
        chain = self.engine.state.current().chains.get(category)
        steps = candidates(chain, self.engine.view(category)) if chain is not None else ()
        return any(isinstance(step, Candidate) and not step.last_resort for step in steps)


def rest_interval(target: Target, in_use: Collection[Category]) -> float:
    """Return the seconds between probes of a quiet endpoint: short only for those that users may meet next."""
    if target.category not in in_use or target.place > 2:
        return IDLE_INTERVAL_S
    return FIRST_INTERVAL_S if target.place == 0 else NEXT_INTERVAL_S


def last_calls(configuration: Configuration, items: Items) -> dict[tuple[int, Category], float]:
    """Return when each endpoint was last called, by any process, in unix seconds: a new prober does not begin anew."""
    rows = Health.objects.filter(key__startswith="endpoint:").values_list("key", "last_success_at", "last_failure_at")
    moments = {key: max((at.timestamp() for at in times if at is not None), default=0.0) for key, *times in rows}
    found = {}
    for category in items:
        chain = configuration.chains.get(category)
        for link in chain.links if chain is not None else ():
            for endpoint in link.provider.endpoints:
                found[endpoint.id, category] = moments.get(in_category(endpoint_key(endpoint), category), 0.0)
    return found


def quiet_interval(provider: ProviderConf) -> float:
    """Return the seconds between probes of one quiet endpoint: all of a provider's use a twentieth of its limit."""
    return max(QUIET_INTERVAL_S, _spacing(provider, QUIET_SHARE))


def shut_interval(provider: ProviderConf) -> float:
    """Return the seconds between probes of one shut endpoint: the limit holds even if all are shut."""
    return max(SHUT_INTERVAL_S, _spacing(provider, SHUT_SHARE))


def _spacing(provider: ProviderConf, share: float) -> float:
    budget = attempt.adapter_of(provider).budget
    per_call = budget.seconds / (budget.calls * share)
    return per_call * max(1, sum(endpoint.enabled for endpoint in provider.endpoints))


def targets(
    configuration: Configuration, items: Items, engine: Engine, now: float, in_use: Collection[Category] | None = None
) -> Iterator[Target]:
    """Yield every endpoint that may be probed at ``now`` (unix seconds).

    A quiet endpoint is yielded for one category only, the first one in use: all share its host and its limit. A shut
    endpoint is yielded for every category in which it is shut.
    """
    quiet: set[int] = set()
    for category in sorted(items, key=lambda category: in_use is not None and category not in in_use):
        chain = configuration.chains.get(category)
        for target in _chain_targets(chain, engine, now) if chain is not None else ():
            if target.shut or target.endpoint.id not in quiet:
                yield target
            quiet.add(target.endpoint.id)


def _chain_targets(chain: ChainConf, engine: Engine, now: float) -> Iterator[Target]:
    book, place = engine.state.health, -1
    for link in chain.links:
        provider = link.provider
        if eligibility(link, chain.category, ADAPTERS) or cooldown_for(cooldown_keys(provider), book.cooldowns, now):
            continue
        place += 1
        for endpoint in provider.endpoints:
            if not endpoint.enabled or cooldown_for((endpoint_key(endpoint),), book.cooldowns, now):
                continue
            breakers = [book.breakers.get(key, CLOSED) for key in breaker_keys(provider, endpoint, chain.category)]
            if not any(breaker.forced_open for breaker in breakers):
                shut = any(is_shut(breaker, now) for breaker in breakers)
                yield Target(link, endpoint, chain.category, shut, place)
