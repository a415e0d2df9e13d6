"""A dependency is valid exactly while the cache would serve the same values at once."""

from __future__ import annotations

import time
from typing import Any

import pytest
import time_machine

from markets.feeds import cache_dependencies, provenance, queries
from markets.feeds.cache_dependencies import CacheDependency
from providers.domain.market_data import Instrument
from providers.engine.decide import engine
from providers.models import Chain
from providers.sandbox.client import Sandbox
from providers.state import runtime
from tests.hub import force_open, restart
from tests.waiting import until

pytestmark = pytest.mark.relaxed_timing

BITCOIN, ETHER = Instrument("bitcoin"), Instrument("ethereum")


@pytest.fixture
def cached_prices(hub: Chain) -> Chain:
    """Prices are fresh for a minute, and served while they are fetched again for another."""
    Chain.objects.update(cache_s=60, stale_s=86_400)
    restart()
    return hub


def dependency(*items: Instrument, **options: Any) -> CacheDependency:
    dependencies = queries.prices(list(items) or [BITCOIN], **options).dependencies
    assert dependencies is not None
    (only,) = dependencies
    return only


def test_fresh_prices_are_valid(cached_prices: Chain) -> None:
    assert dependency().is_valid(time.time())


def test_they_stay_valid_when_another_coin_is_fetched_but_not_when_they_are_fetched_anew(cached_prices: Chain) -> None:
    bitcoin = dependency()
    queries.prices([ETHER])
    assert bitcoin.is_valid(time.time())
    with provenance.explain_context():
        queries.prices([BITCOIN])
    assert not bitcoin.is_valid(time.time())


def test_explained_stale_or_partly_missing_prices_have_no_dependencies(cached_prices: Chain, sandbox: Sandbox) -> None:
    with provenance.explain_context():
        assert queries.prices([BITCOIN]).dependencies is None
    assert queries.prices([BITCOIN, Instrument("nothing")]).dependencies is None
    sandbox.fault("*", "status", status=500)
    assert queries.prices([BITCOIN], max_age=0).dependencies is None


def test_aging_prices_are_valid_while_newer_ones_are_fetched_in_the_background(
    cached_prices: Chain, sandbox: Sandbox
) -> None:
    bitcoin, asked = dependency(), len(sandbox.log())
    with time_machine.travel(time.time() + 70, tick=True):
        assert bitcoin.is_valid(time.time())
    assert until(lambda: len(sandbox.log()) > asked)
    assert until(lambda: not bitcoin.is_valid(time.time()))


def test_old_prices_are_not_valid(cached_prices: Chain) -> None:
    bitcoin = dependency()
    later = time.time() + 121
    assert later > bitcoin.valid_until
    with time_machine.travel(later, tick=True):
        assert not bitcoin.is_valid(time.time())


def test_prices_requested_by_age_are_valid_no_longer_than_that(cached_prices: Chain) -> None:
    bitcoin = dependency(max_age=5.0)
    with time_machine.travel(time.time() + 6, tick=True):
        assert not bitcoin.is_valid(time.time())


def test_prices_of_an_outlier_source_are_not_valid(cached_prices: Chain) -> None:
    bitcoin = dependency()
    binance = engine().state.current().providers["binance"]
    force_open(f"provider:{binance.id}|MARKET_PRICE")
    assert not bitcoin.is_valid(time.time())


def test_an_edit_begins_a_new_epoch(cached_prices: Chain) -> None:
    dependency()
    epoch = cache_dependencies.ConfigEpoch.current()
    assert epoch.is_current()
    Chain.objects.update(deadline_ms=2_999)
    runtime.runtime().refresh()
    assert not epoch.is_current()
