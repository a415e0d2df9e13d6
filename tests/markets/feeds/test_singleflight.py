"""Single flight: of many that want the same at once, one fetches."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from markets.feeds.singleflight import InflightFetches


def test_what_nobody_fetches_is_mine_and_what_somebody_does_is_his() -> None:
    flights: InflightFetches[str] = InflightFetches()
    mine, first, others = flights.join(["a", "b"])
    assert (mine, others) == (["a", "b"], set())
    mine, second, others = flights.join(["b", "c"])
    assert (mine, others) == (["c"], {first})
    assert not first.done.is_set()
    assert not second.done.is_set()


def test_a_landing_wakes_who_waits_and_lets_the_next_fetch() -> None:
    flights: InflightFetches[str] = InflightFetches()
    mine, first, _ = flights.join(["a"])
    flights.complete(mine, first)
    assert first.done.is_set()
    assert flights.join(["a"])[0] == ["a"]


def test_landing_late_takes_nothing_from_a_younger_flight() -> None:
    flights: InflightFetches[str] = InflightFetches()
    _, first, _ = flights.join(["a"])
    flights.complete(["a"], first)
    _, second, _ = flights.join(["a"])
    flights.complete(["a"], first)
    assert flights.join(["a"])[2] == {second}


def test_of_many_that_board_at_once_one_fetches() -> None:
    flights: InflightFetches[str] = InflightFetches()
    ready = threading.Barrier(32)

    def board(_: int) -> bool:
        ready.wait()
        return bool(flights.join(["a"])[0])

    with ThreadPoolExecutor(32) as pool:
        assert sum(pool.map(board, range(32))) == 1
