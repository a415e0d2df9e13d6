"""A host that answers again, but far more slowly than it did, is not let in to lose hedges."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F

from markets.assets import registry
from providers.background.probes import SLOW_MAX_S, Prober, targets
from providers.domain.categories import Category
from providers.domain.market_data import Instrument
from providers.domain.outcomes import Outcome
from providers.engine.decide import engine
from providers.models import Chain, Endpoint, Health
from providers.sandbox.client import Sandbox
from providers.state import runtime

ITEMS = {Category.MARKET_PRICE: [Instrument("bitcoin")]}


def probe_first() -> Outcome:
    """Probe Binance's first host as it stands in this process's book."""
    held = engine()
    target = next(targets(held.state.current(), ITEMS, held, time.time()))
    assert target.link.provider.slug == "binance"
    return Prober(held, registry.provider_names, ITEMS).probe(target)


@pytest.fixture
def shut(hub: Chain, sandbox: Sandbox) -> str:
    """Binance's first host is quick, and then fails its probe: users stay away."""
    assert probe_first() is Outcome.OK
    sandbox.fault("binance", "status", n=0, status=500)
    assert probe_first() is Outcome.BROKEN
    sandbox.heal("binance")
    return Health.objects.get(suspect_since__isnull=False).key


def is_shut(key: str) -> bool:
    return runtime.runtime().health.breakers[key].suspect_since is not None


def test_a_host_that_is_much_slower_than_it_was_stays_shut(shut: str, sandbox: Sandbox) -> None:
    sandbox.fault("binance", "slow", n=0, ms=1500)  # far from what a busy machine takes for its first probe
    assert probe_first() is Outcome.LOST_HEDGE
    assert is_shut(shut)


def test_a_host_that_needs_long_to_connect_but_not_to_answer_is_let_in(shut: str, sandbox: Sandbox) -> None:
    sandbox.fault("binance", "slow", n=0, ms=700, count=1)
    assert probe_first() is Outcome.OK
    assert not is_shut(shut)


def test_with_nobody_else_well_a_slow_host_is_let_in(shut: str, sandbox: Sandbox, hub: Chain) -> None:
    hub.links.exclude(provider__slug="binance").update(enabled=False)
    Endpoint.objects.filter(provider__slug="binance", position__gt=0).update(enabled=False)
    runtime.runtime().refresh()
    sandbox.fault("binance", "slow", n=0, ms=700)
    assert probe_first() is Outcome.OK
    assert not is_shut(shut)


def test_after_a_while_its_pace_is_the_new_usual(shut: str, sandbox: Sandbox) -> None:
    long_ago = datetime.now(UTC) - timedelta(seconds=SLOW_MAX_S + 1)
    Health.objects.filter(key=shut).update(suspect_since=long_ago, revision=F("revision") + 1)
    runtime.runtime().refresh()
    sandbox.fault("binance", "slow", n=0, ms=700)
    assert probe_first() is Outcome.OK
    assert not is_shut(shut)
