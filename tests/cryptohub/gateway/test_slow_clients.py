"""A client that sends slowly holds at most four request threads, behind a proxy none."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from cryptohub.middleware.bodies import MAX_READERS
from tests.waiting import until
from tests.web_server import WebServer, read_all, web_server

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

CONNECTIONS = 40
PATHS = ("/api/backtest", "/api/simulate", "/accounts/login/", "/keys/", "/nowhere")
QUICK = (
    b"POST /api/backtest HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 2\r\nConnection: close\r\n\r\n{}"
)


def beginning(path: str) -> bytes:
    """A request of which 998 of 1000 bytes are missing."""
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n{{}}".encode()


@pytest.fixture(params=["", "127.0.0.1"], ids=["wsgi", "rsgi"])
def server(request: pytest.FixtureRequest, child_environment: dict[str, str], tmp_path: Path) -> Iterator[WebServer]:
    environment = {**child_environment, "TRUSTED_PROXIES": request.param, "API_LIMIT_ANONYMOUS": "1000/minute"}
    with web_server(environment, tmp_path / "log") as started:
        yield started


@pytest.mark.parametrize("server", [""], indirect=True)
def test_all_but_four_of_those_who_send_slowly_are_refused_at_once(server: WebServer) -> None:
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(server.connect()) for _ in range(CONNECTIONS)]
        for number, connection in enumerate(slow):
            connection.sendall(beginning(PATHS[number % len(PATHS)]))
        refused = [connection for connection in slow if _is_refused(connection)]
        assert len(refused) == CONNECTIONS - MAX_READERS
        assert server.is_up()
        assert server.send(QUICK).startswith("HTTP/1.1 503")
    assert until(lambda: server.send(QUICK).startswith("HTTP/1.1 400"))


@pytest.mark.parametrize("server", ["127.0.0.1"], indirect=True)
def test_behind_a_proxy_those_who_send_slowly_hold_no_thread(server: WebServer) -> None:
    with contextlib.ExitStack() as stack:
        for number in range(CONNECTIONS):
            stack.enter_context(server.connect()).sendall(beginning(PATHS[number % len(PATHS)]))
        assert server.is_up()
        assert server.send(QUICK).startswith("HTTP/1.1 400")


def test_many_who_send_at_once_are_all_answered(server: WebServer) -> None:
    with contextlib.ExitStack() as stack:
        quick = [stack.enter_context(server.connect()) for _ in range(CONNECTIONS)]
        for connection in quick:
            connection.sendall(QUICK)
        assert {read_all(connection)[9:12] for connection in quick} == {"400"}


def test_those_who_read_slowly_hold_no_thread(server: WebServer) -> None:
    asked = b"GET /api/schema/?format=json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20
    with contextlib.ExitStack() as stack:
        for _ in range(CONNECTIONS):
            stack.enter_context(server.connect()).sendall(asked)
        assert server.is_up()


def test_a_body_that_is_announced_as_too_long_is_refused_before_it_is_sent(server: WebServer) -> None:
    for path in PATHS:
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 156000000\r\nConnection: close\r\n\r\n"
        with server.connect() as connection:
            connection.sendall(head.encode())
            assert connection.recv(4096).startswith(b"HTTP/1.1 413"), path


def _is_refused(connection: object) -> bool:
    """True for a 503 with Retry-After; False while no answer comes within two seconds."""
    import socket

    assert isinstance(connection, socket.socket)
    connection.settimeout(2)
    try:
        text = connection.recv(4096).decode()
    except TimeoutError:
        return False
    assert text.startswith("HTTP/1.1 503"), text
    assert "retry-after: 2" in text.lower()
    return True
