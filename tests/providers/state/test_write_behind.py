"""The writer: jobs in order, batches by the clock, nothing lost when the database is away for a moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection

from providers.models import SeededItem
from providers.state.write_behind import Writer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def writer() -> Iterator[Writer]:
    created = Writer()
    yield created
    created.stop()


def keep(key: str) -> Callable[[], None]:
    def job() -> None:
        SeededItem.objects.create(key=key)

    return job


def stored() -> list[str]:
    return sorted(SeededItem.objects.values_list("key", flat=True))


def losing(error: Exception, times: int) -> Callable[..., Any]:
    """What makes the first writes of a connection fail: the database goes away under them."""
    left = [times]

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("INSERT") and left[0] > 0:
            left[0] -= 1
            raise error
        return execute(sql, params, many, context)

    return wrapper


def test_without_its_thread_a_job_is_done_by_the_caller(writer: Writer) -> None:
    done = writer.submit(keep("a"))
    assert done.done()
    assert stored() == ["a"]


def test_with_its_thread_a_job_is_in_the_database_when_its_future_says_so(writer: Writer) -> None:
    writer.start()
    by: list[int] = []

    def job() -> None:
        keep("a")()
        by.append(threading.get_ident())

    writer.submit(job).result(5)
    assert stored() == ["a"]
    assert by != [threading.get_ident()]


def test_jobs_are_done_in_the_order_they_came(writer: Writer) -> None:
    writer.start()
    order: list[int] = []
    for n in range(50):
        last = writer.submit(lambda n=n: order.append(n))  # type: ignore[misc]  # bound now
    last.result(5)
    assert order == list(range(50))


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_a_lost_connection_is_made_anew_and_the_job_done_again(writer: Writer, error: Exception) -> None:
    with connection.execute_wrapper(losing(error, 1)):
        assert writer.submit(keep("a")).exception() is None
    assert stored() == ["a"]


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_a_database_that_stays_away_is_told_to_who_waits_and_to_nobody_else(writer: Writer, error: Exception) -> None:
    with connection.execute_wrapper(losing(error, 100)):
        assert writer.submit(keep("a")).exception() is error
    assert writer.submit(keep("b")).exception() is None


def test_a_job_that_breaks_does_not_take_the_thread_with_it(writer: Writer) -> None:
    def broken() -> None:
        raise ValueError("ours")

    writer.start()
    assert isinstance(writer.submit(broken).exception(5), ValueError)
    assert writer.submit(keep("a")).exception(5) is None
    assert writer.is_running


def test_a_flush_that_breaks_does_not_keep_the_others_from_theirs(writer: Writer) -> None:
    def broken() -> None:
        raise ValueError("ours")

    writer.add_flusher(broken)
    writer.add_flusher(keep("a"))
    writer.flush()
    assert stored() == ["a"]


def test_flushes_come_by_themselves(writer: Writer) -> None:
    flushed = threading.Event()
    writer.add_flusher(flushed.set)
    writer.start()
    assert flushed.wait(5)


def test_stopping_does_what_is_left_and_flushes(writer: Writer) -> None:
    writer.add_flusher(keep("flushed"))
    writer.start()
    for n in range(20):
        writer.submit(keep(f"job{n:02}"))
    writer.stop()
    assert not writer.is_running
    assert stored() == ["flushed", *(f"job{n:02}" for n in range(20))]
    SeededItem.objects.all().delete()


def test_a_stopped_writer_can_be_started_again(writer: Writer) -> None:
    writer.start()
    writer.stop()
    writer.start()
    assert writer.submit(keep(datetime.now(UTC).isoformat())).exception(5) is None
