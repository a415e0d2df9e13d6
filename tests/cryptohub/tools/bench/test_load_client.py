"""The client counts whole answers, however they come, and the bare application answers as it is asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from cryptohub.tools.bench import baseline_app
from cryptohub.tools.bench.cases import CASES, cold_paths
from cryptohub.tools.bench.cold_clients import ColdClients
from cryptohub.tools.bench.load_client import once, run_load
from cryptohub.tools.bench.results import CaseResult, Side
from tests.waiting import until


class Quiet(WSGIRequestHandler):
    """Keeps the connection, as the real server does, and says nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the library
        pass


@pytest.fixture
def port() -> Iterator[int]:
    """The bare application, one connection at a time."""
    with make_server("127.0.0.1", 0, baseline_app.application, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("length", [0, 1, 930, 400_000])
def test_an_answer_of_any_size_is_read_whole(port: int, length: int) -> None:
    answer = once(port, f"/{length}", {})
    assert (answer["status"], answer["bytes"]) == (200, length)


def test_unchanged_is_an_answer_without_a_body(port: int) -> None:
    assert once(port, "/unchanged", {})["status"] == 304


def served(answers: list[bytes]) -> tuple[int, threading.Thread]:
    """A server that sends these pieces, one after each question, on one connection."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening, listening.accept()[0] as connection:
            for pieces in answers:
                if not connection.recv(10_000):
                    return
                for piece in pieces.split(b"|"):
                    connection.sendall(piece)

    thread = threading.Thread(target=serve)
    thread.start()
    return listening.getsockname()[1], thread


def test_answers_are_counted_by_status_up_to_the_most() -> None:
    whole = b"HTTP/1.1 200 OK\r\nContent-Le|ngth: 10\r\n\r\n01234|56789"
    unchanged = b"HTTP/1.1 304 Not Modified\r\ncontent-length: 10\r\n\r\n"
    port, thread = served([whole, unchanged, whole, unchanged])
    answer = run_load(port, "/", {}, connections=1, seconds=30, max_requests=3)
    thread.join()
    assert (answer["count"], answer["statuses"]) == (3, {"200": 2, "304": 1})
    assert 0 < answer["p50"] <= answer["p99"]


def test_a_connection_that_is_closed_is_an_error() -> None:
    port, thread = served([b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0"])
    with pytest.raises(ConnectionError):
        run_load(port, "/", {}, connections=1, seconds=30, max_requests=3)
    thread.join()


def test_a_crowd_asks_until_it_is_told_to_go(port: int) -> None:
    crowd = ColdClients()
    crowd.start(port, ["/1", "/2"], 3)
    assert until(lambda: crowd.answered >= 3)
    assert set(crowd.stop()) == {"200"}


def test_the_crowd_asks_for_nothing_that_a_case_is_about() -> None:
    paths = cold_paths(["bitcoin", "ethereum", "solana", "cardano"])
    assert len(set(paths)) == len(paths) > 5
    assert not [path for path in paths if "bitcoin" in path or "ethereum" in path]
    assert not {case.path for case in CASES.values()} & set(paths)


def test_figures_are_medians_and_the_ratio_that_of_the_rounds() -> None:
    hub = [Side(10, per_s, 1.0, 2.0, 0.5) for per_s in (100.0, 300.0, 200.0)]
    bare_ = [Side(10, per_s, 0.1, 0.2, 0.95) for per_s in (1000.0, 1000.0, 4000.0)]
    found = CaseResult.of(932, hub, bare_, {"hub": 90.0, "bare": 1.5, "statements": 0})
    assert (found.hub.per_s, found.hub.count, found.ratio) == (200.0, 30, 0.1)
    assert found.is_bound_by_client
