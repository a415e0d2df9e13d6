"""A standing loop waits its turn, works, survives outages, and hands over at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from providers.background import standing_loop
from providers.state import leases
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def loop(turn: Callable[[], object]) -> Iterator[threading.Event]:
    stop = threading.Event()
    thread = threading.Thread(
        target=standing_loop.run, args=("work", turn), kwargs={"every_s": 0.05, "stop": stop}, daemon=True
    )
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def now() -> datetime:
    return datetime.now(UTC)


def test_the_lease_is_released_when_the_loop_is_told_to_stop() -> None:
    turns: list[int] = []
    with loop(lambda: turns.append(1)):
        assert until(lambda: len(turns) >= 3)
        assert leases.is_held("work", now(), standing_loop.TERM)
    assert not leases.is_held("work", now(), standing_loop.TERM)


def test_a_loop_that_stands_by_works_once_a_killed_holders_term_is_over() -> None:
    leases.acquire("work", "killed", timedelta(seconds=1.5), now())
    turns: list[int] = []
    with loop(lambda: turns.append(1)):
        assert until(lambda: bool(turns))


def test_of_two_loops_only_one_works() -> None:
    first: list[int] = []
    second: list[int] = []
    with loop(lambda: first.append(1)):
        assert until(lambda: bool(first))
        with loop(lambda: second.append(1)):
            seen = len(first)
            assert until(lambda: len(first) >= seen + 20)
            assert not second


def test_turns_go_on_after_an_outage_and_its_log_has_two_lines(caplog: pytest.LogCaptureFixture) -> None:
    turns: list[int] = []

    def turn() -> None:
        turns.append(1)
        if len(turns) <= 5:
            raise OperationalError("the server closed the connection")

    with loop(turn):
        assert until(lambda: len(turns) >= 8)
    lines = [record.getMessage() for record in caplog.records if record.name == "cryptohub.loops"]
    assert len(lines) == 2
    assert lines[0] == "loop work: failing (OperationalError)"
    assert "works again" in lines[1]
    assert "5 failures" in lines[1]
