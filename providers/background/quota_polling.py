"""Poll providers for the rest of their call limits, and stop using them before they refuse.

A provider whose limit is nearly used up gets a cooldown for the whole fleet, with the provider's own figures as the
reason, until the window may have been reset; then it is polled again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from providers.adapters import ADAPTERS
from providers.domain.adapter import Allowance, Meter
from providers.domain.categories import Category
from providers.domain.config import Configuration, ProviderConf
from providers.domain.outcomes import Failure, Outcome
from providers.domain.scope_keys import cooldown_keys
from providers.engine import attempt, thread_pool
from providers.engine.client import Client
from providers.engine.decide import Engine
from providers.resilience.eligibility import cooldown_for, provider_eligibility
from providers.resilience.quota import STOP_AT
from providers.state import leases
from providers.state.health_registry import AttemptContext

log = logging.getLogger(__name__)

INTERVAL_S = 3600.0
"""Seconds between polls of one provider; each poll costs a call of the limit it reads."""
CHECK_S = 30.0
"""Seconds between checks of the lease that tells if a provider is due."""
MIN_WINDOW_S = 60.0
"""Windows shorter than this are over before a cooldown could take effect."""
TIMEOUT_S = 5.0


class QuotaPoller:
    """Polls the providers that have a quota route, one after another in a pool thread.

    A lease per provider stores when it was last polled, because the polling process changes.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._holder = leases.new_holder()
        self._checked_at: dict[int, float] = {}
        self._idle = threading.Lock()

    def turn(self, now: float) -> bool:
        """Start polling the providers due at ``now`` (unix seconds); return True if any were."""
        if not self._idle.acquire(blocking=False):
            return False
        due = [(provider, meter) for provider, meter in metered(self.engine, now) if self._is_due(provider, now)]
        if due and thread_pool.pool.run(lambda: self._run(due)):
            return True
        for provider, _ in due:  # the pool is busy: keep them due
            leases.release(_lease_name(provider), self._holder, datetime.fromtimestamp(now, UTC))
        self._idle.release()
        return False

    def _is_due(self, provider: ProviderConf, now: float) -> bool:
        """Acquire the provider's lease; return False if any process has polled it within ``INTERVAL_S``."""
        if 0 <= now - self._checked_at.get(provider.id, -CHECK_S) < CHECK_S:
            return False
        self._checked_at[provider.id] = now
        name, moment, term = _lease_name(provider), datetime.fromtimestamp(now, UTC), timedelta(seconds=INTERVAL_S)
        return not leases.is_held(name, moment, term) and leases.acquire(name, self._holder, term, moment)

    def _run(self, due: list[tuple[ProviderConf, Meter]]) -> None:
        try:
            for provider, meter in due:
                self._read(provider, meter)
        finally:
            self._idle.release()

    def _read(self, provider: ProviderConf, meter: Meter) -> None:
        state = self.engine.state
        try:
            endpoint, response = Client(provider.slug).once(meter.request(), deadline_s=TIMEOUT_S)
        except Failure as failure:  # the client has recorded it
            log.info("limits of %s could not be read: %s", provider.slug, failure.outcome.value)
            return
        at = AttemptContext(provider, endpoint, Category.MARKET_PRICE, time.time(), probe=True)
        try:
            limits = meter.parse(response)
        except Failure as failure:
            log.info("limits of %s could not be read: %s", provider.slug, failure.outcome.value)
            if failure.outcome.starts_cooldown:
                attempt.record_refusal(state, at, failure)
            return
        used_up = [limit for limit in limits if limit.seconds >= MIN_WINDOW_S and limit.fraction >= STOP_AT]
        if used_up:
            longest = max(used_up, key=lambda limit: limit.seconds)
            state.write_cooldown(*state.health.cool_down(at, nearly_used_up(longest, at.started), at.started))


def _lease_name(provider: ProviderConf) -> str:
    """Return the name of the lease that stores when the provider was last polled."""
    return f"meter {provider.slug}"


def metered(engine: Engine, now: float) -> Iterator[tuple[ProviderConf, Meter]]:
    """Yield the providers in use that have a quota route, are configured and have no cooldown at ``now``."""
    configuration, cooldowns = engine.state.current(), engine.state.health.cooldowns
    for provider in linked(configuration):
        adapter = provider.resolve_adapter(ADAPTERS)
        if adapter is None or adapter.meter is None or provider_eligibility(provider, None, ADAPTERS):
            continue
        if cooldown_for(cooldown_keys(provider), cooldowns, now) is None:
            yield provider, adapter.meter


def linked(configuration: Configuration) -> list[ProviderConf]:
    """Return each enabled provider that has at least one enabled link, once."""
    links = [link for chain in configuration.chains.values() for link in chain.links]
    return list({link.provider.id: link.provider for link in links if link.enabled and link.provider.enabled}.values())


def nearly_used_up(limit: Allowance, now: float) -> Failure:
    """Return the failure that starts the cooldown: until the window may have been reset, at most ``INTERVAL_S``."""
    until = datetime.fromtimestamp(now + min(limit.seconds, INTERVAL_S), UTC)
    total, window = limit.used + limit.remaining, window_text(limit.seconds)
    detail = f"{limit.remaining:,} of {total:,} calls in {window} are left, by the provider's count"
    return Failure(Outcome.RATE_LIMITED, detail, until)


def window_text(seconds: float) -> str:
    """Return a window in words: ``a minute``, ``30 days``."""
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            count = round(seconds / length)
            return f"{count} {unit}s" if count > 1 else f"{'an' if unit == 'hour' else 'a'} {unit}"
    return f"{seconds:.0f} s"
