"""Names to addresses, within a bound, while the system's resolver may hang as long as it likes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from providers.transport import dns
from providers.transport.dns import Address, resolve
from tests.waiting import until

FOUND = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 80))]


class Names:
    """A system resolver that answers when it is told to."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.free.set()
        self.asked: list[str] = []
        self.error: Exception | None = None

    def __call__(self, host: str, port: int, **_: Any) -> Any:
        self.asked.append(host)
        self.free.wait(30)
        if self.error is not None:
            raise self.error
        return FOUND


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    created = Names()
    monkeypatch.setattr(socket, "getaddrinfo", created)
    yield created
    created.free.set()


_hosts = iter(range(1_000_000))


@pytest.fixture
def host() -> str:
    return f"name-{next(_hosts)}.example"


def resolve_host(host: str, within: float = 10.0) -> list[Address]:
    return resolve(host, 80, within, lambda _: None)


def test_a_name_is_asked_once_and_remembered(names: Names, host: str) -> None:
    assert resolve_host(host) == resolve_host(host) == [(socket.AF_INET, ("93.184.216.34", 80))]
    assert names.asked == [host]


def test_many_who_ask_at_once_ask_once(names: Names, host: str) -> None:
    names.free.clear()
    with ThreadPoolExecutor(16) as pool:
        asking = [pool.submit(resolve_host, host) for _ in range(16)]
        names.free.set()
        assert len({str(one.result(5)) for one in asking}) == 1
    assert names.asked == [host]


def test_a_resolver_that_hangs_costs_no_more_than_the_time_given(names: Names, host: str) -> None:
    names.free.clear()
    with pytest.raises(TimeoutError):
        resolve_host(host, within=0.05)


def test_the_answer_to_an_abandoned_question_serves_the_next(names: Names, host: str) -> None:
    names.free.clear()
    with pytest.raises(TimeoutError):
        resolve_host(host, within=0.01)
    names.free.set()
    assert resolve_host(host)
    assert names.asked == [host]


def test_one_who_need_not_wait_any_longer_does_not(names: Names, host: str) -> None:
    names.free.clear()
    with pytest.raises(TimeoutError):
        resolve(host, 80, 30.0, threading.Event.set)


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("label too long"), ValueError("odd")])
def test_trouble_reaches_who_asked_and_is_asked_about_again(names: Names, host: str, error: Exception) -> None:
    names.error = error
    for _ in range(2):
        with pytest.raises(type(error)):
            resolve_host(host)
    assert len(names.asked) == 2


def test_what_was_known_stays_the_fallback_of_a_failing_resolver(
    names: Names, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = resolve_host(host)
    monkeypatch.setattr(dns, "FRESH_S", 0.0)
    monkeypatch.setattr(dns, "USABLE_S", 0.0)
    names.error = socket.gaierror(-3, "try again")
    assert resolve_host(host) == known
    names.error = None
    names.free.clear()
    assert resolve_host(host) == known
    assert len(names.asked) == 3


def test_an_address_of_a_minute_ago_serves_while_it_is_asked_about_again(
    names: Names, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = resolve_host(host)
    monkeypatch.setattr(dns, "FRESH_S", 0.0)
    names.free.clear()
    assert resolve(host, 80, 0.0, lambda _: None) == known
    names.free.set()
    assert until(lambda: len(names.asked) == 2)
