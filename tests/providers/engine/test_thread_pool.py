"""Helpers that hung jobs cannot starve, and a timer."""

from __future__ import annotations

import logging
import multiprocessing
import os
import queue
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import pytest

from providers.engine import thread_pool
from providers.engine.thread_pool import ThreadPool, Timer


def test_a_job_runs_at_once_however_many_hang() -> None:
    helpers, hang, ran = ThreadPool(), threading.Event(), threading.Event()
    for _ in range(20):
        assert helpers.run(lambda: hang.wait(10))
    assert helpers.run(ran.set)
    assert ran.wait(5)
    hang.set()


def test_one_more_than_there_may_be_is_refused_and_room_is_made_again() -> None:
    helpers, hang, begun = ThreadPool(max_threads=2), threading.Event(), threading.Semaphore(0)
    ended = threading.Semaphore(0)

    def job() -> None:
        begun.release()
        hang.wait(10)

    assert helpers.run(job)
    assert helpers.run(job)
    assert begun.acquire(timeout=5)
    assert begun.acquire(timeout=5)
    assert not helpers.run(job)
    hang.set()
    wait_for(lambda: helpers.busy == 0)
    assert helpers.run(ended.release)
    assert ended.acquire(timeout=5)


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < until
        os.sched_yield()


def test_an_idle_helper_is_used_again() -> None:
    helpers, who = ThreadPool(), queue.SimpleQueue[int]()
    for _ in range(20):
        assert helpers.run(lambda: who.put(threading.get_ident()))
        wait_for(lambda: helpers.busy == 0)
    assert len({who.get() for _ in range(20)}) == 1


def test_a_job_that_fails_is_told_in_the_log_and_its_helper_lives(caplog: pytest.LogCaptureFixture) -> None:
    helpers, ran = ThreadPool(max_threads=1), threading.Event()

    def broken() -> None:
        raise ValueError("ours")

    with caplog.at_level(logging.ERROR):
        assert helpers.run(broken)
        wait_for(lambda: helpers.busy == 0)
    assert "a job of the thread pool failed" in caplog.text
    assert helpers.run(ran.set)
    assert ran.wait(5)


def test_the_timer_calls_jobs_in_the_order_of_their_times() -> None:
    timer, called, done = Timer(), [], threading.Event()
    now = time.monotonic()
    timer.at(now + 0.7, done.set)
    for place, delay in ((2, 0.6), (1, 0.5), (0, -1)):
        timer.at(now + delay, lambda place=place: called.append(place))  # type: ignore[misc]  # bound now
    assert done.wait(5)
    assert called == [0, 1, 2]


def test_a_job_that_fails_does_not_stop_the_timer(caplog: pytest.LogCaptureFixture) -> None:
    timer, done = Timer(), threading.Event()

    def broken() -> None:
        raise ValueError("ours")

    timer.at(time.monotonic(), broken)
    timer.at(time.monotonic() + 0.01, done.set)
    assert done.wait(5)


def _in_a_child(result: Connection) -> None:
    helped, called = threading.Event(), threading.Event()
    thread_pool.pool.run(helped.set)
    thread_pool.timer.at(time.monotonic(), called.set)
    result.send(helped.wait(5) and called.wait(5))


def test_a_child_process_has_helpers_and_a_timer_of_its_own() -> None:
    done = threading.Event()
    assert thread_pool.pool.run(done.set)
    thread_pool.timer.at(time.monotonic(), done.set)
    assert done.wait(5)
    wait_for(lambda: thread_pool.pool.busy == 0)
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe(duplex=False)
    child = fork.Process(target=_in_a_child, args=(there,))
    child.start()
    assert here.poll(15)
    assert here.recv() is True
    child.join(10)


def test_a_job_that_is_called_off_is_not_called_and_holds_up_no_other() -> None:
    timer, called, done = Timer(), [], threading.Event()
    now = time.monotonic()
    off = [timer.at(now + 0.5, lambda: called.append("called off")) for _ in range(100)]
    timer.at(now + 0.6, done.set)
    for alarm in off:
        alarm.cancel()
    assert done.wait(5)
    assert called == []
