"""The bulkhead leaves threads for warm answers; of callers that need the same key at once one fetches it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from markets.feeds import category_cache, queries
from markets.feeds.concurrency import Bulkhead, InflightFetches
from providers.domain.market_data import Instrument
from providers.models import Chain
from providers.sandbox.client import Sandbox
from tests.hub import restart
from tests.waiting import until

THREADS = 32
"""The server's."""


HANGING, ANSWERING = -1.0, 600.0


def test_a_caller_without_a_slot_and_without_patience_is_turned_away() -> None:
    bulkhead = Bulkhead(1, 1)
    assert [bulkhead.enter(0), bulkhead.enter(0)] == [True, False]
    bulkhead.leave()
    assert bulkhead.enter(0)


def test_while_upstreams_hang_the_queue_is_bounded_and_moves_up_as_others_leave() -> None:
    bulkhead = Bulkhead(1, 2, HANGING)
    assert bulkhead.enter(0)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(enter_and_leave, bulkhead) for _ in range(2)]
        assert until(lambda: bulkhead.queued == 2)
        assert not bulkhead.enter(60.0)
        bulkhead.leave()
    assert [future.result() for future in waiting] == [True, True]
    assert (bulkhead.inside, bulkhead.queued) == (0, 0)


def test_while_upstreams_answer_any_number_may_queue() -> None:
    bulkhead = Bulkhead(1, 0, ANSWERING)
    assert bulkhead.enter(0)
    with ThreadPoolExecutor(8) as pool:
        crowd = [pool.submit(enter_and_leave, bulkhead) for _ in range(8)]
        assert until(lambda: bulkhead.queued == 8)
        bulkhead.leave()
    assert all(future.result() for future in crowd)


def enter_and_leave(bulkhead: Bulkhead) -> bool:
    entered = bulkhead.enter(60.0)
    if entered:
        bulkhead.leave()
    return entered


def test_waiting_for_a_slot_times_out() -> None:
    bulkhead = Bulkhead(1, 1)
    assert [bulkhead.enter(0), bulkhead.enter(0.001)] == [True, False]
    assert bulkhead.queued == 0


def test_a_quarter_of_the_servers_threads_is_never_left_to_misses() -> None:
    assert category_cache.MAX_MISSES + category_cache.MAX_QUEUED <= THREADS * 3 // 4


def test_with_every_upstream_hanging_and_a_crowd_of_cold_misses_a_warm_answer_is_given(
    hub: Chain, sandbox: Sandbox
) -> None:
    Chain.objects.update(cache_s=60)
    restart()
    assert queries.prices([Instrument("bitcoin")]).rows
    sandbox.fault("*", "hang")
    with ThreadPoolExecutor(THREADS) as server:
        cold = [server.submit(request_price, "ethereum") for _ in range(3 * THREADS)]
        warm = server.submit(request_price, "bitcoin")
        assert warm.result().rows
        assert any(not future.done() for future in cold), "the warm request waited for the cold ones"
    codes = {missing.code for future in cold for missing in future.result().missing.values()}
    assert codes <= {"deadline", "unavailable"}


def request_price(coin: str) -> queries.Prices:
    """Ask as a server's thread does, which closes its connection."""
    try:
        return queries.prices([Instrument(coin)])
    finally:
        connection.close()


# -- single flight ----------------------------------------------------------------------------------------------------


def test_only_keys_nobody_is_fetching_are_fetched() -> None:
    fetches: InflightFetches[str] = InflightFetches()
    first, others = fetches.join(["a", "b"])
    assert (first.keys, others) == (["a", "b"], set())
    second, others = fetches.join(["b", "c"])
    assert (second.keys, others) == (["c"], {first})
    assert not first.done.is_set()
    assert not second.done.is_set()


def test_completing_a_fetch_wakes_those_who_wait_and_lets_the_next_begin() -> None:
    fetches: InflightFetches[str] = InflightFetches()
    first, _ = fetches.join(["a"])
    fetches.complete(first)
    assert first.done.is_set()
    assert fetches.join(["a"])[0].keys == ["a"]


def test_completing_a_fetch_late_takes_nothing_from_a_younger_one() -> None:
    fetches: InflightFetches[str] = InflightFetches()
    first, _ = fetches.join(["a"])
    fetches.complete(first)
    second, _ = fetches.join(["a"])
    fetches.complete(first)
    assert fetches.join(["a"])[1] == {second}


def test_keys_that_left_a_fetch_can_be_fetched_by_another() -> None:
    fetches: InflightFetches[str] = InflightFetches()
    first, _ = fetches.join(["a", "b"])
    fetches.leave(first, ["a"])
    second, others = fetches.join(["a", "b"])
    assert (first.keys, second.keys, others) == (["b"], ["a"], {first})


def test_of_many_that_join_at_once_one_fetches() -> None:
    fetches: InflightFetches[str] = InflightFetches()
    ready = threading.Barrier(32)

    def join(_: int) -> bool:
        ready.wait()
        return bool(fetches.join(["a"])[0].keys)

    with ThreadPoolExecutor(32) as pool:
        assert sum(pool.map(join, range(32))) == 1
