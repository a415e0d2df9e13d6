"""A bulkhead lets so many in, so many wait, and turns the rest away: threads are left for warm answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from markets.feeds import category_cache, queries
from markets.feeds.bulkhead import Bulkhead
from providers.domain.market_data import Instrument
from providers.models import Chain
from providers.sandbox.client import Sandbox
from tests.small_hub import restart
from tests.waiting import until

THREADS = 32
"""The server's."""


HANGING, ANSWERING = -1.0, 600.0


def test_who_finds_no_place_and_may_not_wait_is_turned_away() -> None:
    bulkhead = Bulkhead(1, 1)
    assert [bulkhead.enter(0), bulkhead.enter(0)] == [True, False]
    bulkhead.leave()
    assert bulkhead.enter(0)


def test_while_upstreams_hang_only_so_many_wait_and_those_get_in_as_others_leave() -> None:
    bulkhead = Bulkhead(1, 2, HANGING)
    assert bulkhead.enter(0)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(come_and_go, bulkhead) for _ in range(2)]
        assert until(lambda: bulkhead.waiting == 2)
        assert not bulkhead.enter(60.0)
        bulkhead.leave()
    assert [one.result() for one in waiting] == [True, True]
    assert (bulkhead.inside, bulkhead.waiting) == (0, 0)


def test_while_they_answer_a_crowd_may_wait() -> None:
    bulkhead = Bulkhead(1, 0, ANSWERING)
    assert bulkhead.enter(0)
    with ThreadPoolExecutor(8) as pool:
        crowd = [pool.submit(come_and_go, bulkhead) for _ in range(8)]
        assert until(lambda: bulkhead.waiting == 8)
        bulkhead.leave()
    assert all(one.result() for one in crowd)


def come_and_go(bulkhead: Bulkhead) -> bool:
    came = bulkhead.enter(60.0)
    if came:
        bulkhead.leave()
    return came


def test_patience_ends() -> None:
    bulkhead = Bulkhead(1, 1)
    assert [bulkhead.enter(0), bulkhead.enter(0.001)] == [True, False]
    assert bulkhead.waiting == 0


def test_a_quarter_of_the_servers_threads_is_never_left_to_misses() -> None:
    assert category_cache.MAX_MISSES + category_cache.MAX_WAITING <= THREADS * 3 // 4


@pytest.mark.usefixtures("soft_deadline")
def test_with_every_upstream_hanging_and_a_crowd_of_cold_misses_a_warm_answer_is_given(
    hub: Chain, sandbox: Sandbox
) -> None:
    Chain.objects.update(cache_s=60)
    restart()
    assert queries.prices([Instrument("bitcoin")]).rows
    sandbox.fault("*", "hang")
    with ThreadPoolExecutor(THREADS) as server:
        cold = [server.submit(asked, "ethereum") for _ in range(3 * THREADS)]
        warm = server.submit(asked, "bitcoin")
        assert warm.result().rows
        assert any(not one.done() for one in cold), "it did not wait for those before it"
    assert {missing.code for one in cold for missing in one.result().missing.values()} <= {"deadline", "unavailable"}


def asked(coin: str) -> queries.Prices:
    """As a server's thread does: what it opened it closes."""
    try:
        return queries.prices([Instrument(coin)])
    finally:
        connection.close()
