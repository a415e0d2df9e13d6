"""What an answer stands on says what the feed would: the same while it is young and held, nothing once it is not."""

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
from tests.small_hub import force_open, restart
from tests.waiting import until

BITCOIN, ETHER = Instrument("bitcoin"), Instrument("ethereum")


@pytest.fixture
def kept(hub: Chain) -> Chain:
    """Prices are fresh for a minute, and served while they are fetched again for another."""
    Chain.objects.update(cache_s=60, stale_s=86_400)
    restart()
    return hub


def ground(*items: Instrument, **asked: Any) -> CacheDependency:
    found = queries.prices(list(items) or [BITCOIN], **asked).dependencies
    assert found is not None
    (only,) = found
    return only


def test_fresh_prices_stand(kept: Chain) -> None:
    assert ground().is_valid(time.time())


def test_they_stand_when_another_is_fetched_and_fall_when_they_are_fetched_anew(kept: Chain) -> None:
    bitcoin = ground()
    queries.prices([ETHER])
    assert bitcoin.is_valid(time.time())
    with provenance.explain_context():
        queries.prices([BITCOIN])
    assert not bitcoin.is_valid(time.time())


def test_what_was_asked_for_once_or_is_stale_or_in_part_missing_has_no_grounds(kept: Chain, sandbox: Sandbox) -> None:
    with provenance.explain_context():
        assert queries.prices([BITCOIN]).dependencies is None
    assert queries.prices([BITCOIN, Instrument("nothing")]).dependencies is None
    sandbox.fault("*", "status", status=500)
    assert queries.prices([BITCOIN], max_age=0).dependencies is None


def test_aging_prices_stand_while_a_newer_one_is_fetched_behind_them(kept: Chain, sandbox: Sandbox) -> None:
    bitcoin, asked = ground(), len(sandbox.log())
    with time_machine.travel(time.time() + 70, tick=True):
        assert bitcoin.is_valid(time.time())
    assert until(lambda: len(sandbox.log()) > asked)
    assert until(lambda: not bitcoin.is_valid(time.time()))


def test_old_prices_do_not_stand(kept: Chain) -> None:
    bitcoin = ground()
    later = time.time() + 121
    assert later > bitcoin.valid_until
    with time_machine.travel(later, tick=True):
        assert not bitcoin.is_valid(time.time())


def test_prices_asked_for_by_age_stand_no_longer_than_that(kept: Chain) -> None:
    bitcoin = ground(max_age=5.0)
    with time_machine.travel(time.time() + 6, tick=True):
        assert not bitcoin.is_valid(time.time())


def test_prices_of_a_source_found_to_lie_do_not_stand(kept: Chain) -> None:
    bitcoin = ground()
    binance = engine().state.current().providers["binance"]
    force_open(f"provider:{binance.id}|MARKET_PRICE")
    assert not bitcoin.is_valid(time.time())


def test_the_world_is_another_once_anything_was_edited(kept: Chain) -> None:
    ground()
    world = cache_dependencies.ConfigEpoch.current()
    assert world.is_current()
    Chain.objects.update(deadline_ms=2_999)
    runtime.runtime().refresh()
    assert not world.is_current()
