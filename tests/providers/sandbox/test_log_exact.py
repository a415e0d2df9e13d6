"""The log is exact: every call that was made is in it once, in order, whoever made it and however it ended."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from providers.sandbox.client import Sandbox
from tests.providers.sandbox.wire import BTC, connect

CALLERS = 16
CALLS = 60
PATHS = {"binance": BTC, "kraken": "/0/public/Time", "okx": "/api/v5/public/time"}


def call_many(sandbox: Sandbox, caller: int) -> None:
    """Calls on one connection, each marked so that it can be found again."""
    slug = list(PATHS)[caller % len(PATHS)]
    mark = "&" if "?" in PATHS[slug] else "?"
    with connect(sandbox.url(slug)) as sock:
        for number in range(CALLS):
            sock.sendall(f"GET {PATHS[slug]}{mark}caller={caller}&number={number} HTTP/1.1\r\n\r\n".encode())
            assert sock.recv(65_536).startswith(b"HTTP/1.1")


def test_every_one_of_many_concurrent_calls_is_logged_once_and_in_order(sandbox: Sandbox) -> None:
    sandbox.fault("kraken", "status", status=500, probability=0.3)
    sandbox.fault("okx", "slow", ms=1, probability=0.5)
    with ThreadPoolExecutor(CALLERS) as pool:
        for done in [pool.submit(call_many, sandbox, caller) for caller in range(CALLERS)]:
            done.result()
    calls = sandbox.log()
    assert len(calls) == CALLERS * CALLS
    first = calls[0]["seq"]
    assert [entry["seq"] for entry in calls] == list(range(first, first + len(calls)))
    assert [entry["t"] for entry in calls] == sorted(entry["t"] for entry in calls)
    for caller in range(CALLERS):
        marks = [entry["path"] for entry in calls if f"caller={caller}&" in entry["path"]]
        assert [mark.rpartition("=")[2] for mark in marks] == [str(number) for number in range(CALLS)]


def test_hits_in_the_log_are_the_hits_of_the_fault(sandbox: Sandbox) -> None:
    sandbox.fault("kraken", "status", status=500, probability=0.3)
    with connect(sandbox.url("kraken")) as sock:
        for _ in range(100):
            sock.sendall(b"GET /0/public/Time HTTP/1.1\r\n\r\n")
            assert sock.recv(65_536)
    struck = [entry for entry in sandbox.log("kraken") if entry["outcome"] == "status"]
    assert len(struck) == sandbox.armed()[0]["hits"] > 0


def test_the_log_can_be_read_from_a_number_on_and_for_one_endpoint(sandbox: Sandbox) -> None:
    for n in (0, 1, 0):
        with connect(sandbox.url("binance", n)) as sock:
            sock.sendall(b"GET /api/v3/ping HTTP/1.1\r\n\r\n")
            assert sock.recv(65_536)
    before = sandbox.last_seq()
    assert [entry["n"] for entry in sandbox.log("binance")] == [0, 1, 0]
    assert len(sandbox.log("binance", n=0)) == 2
    assert sandbox.log(since=before) == []
    sandbox.clear_log()
    assert sandbox.log() == []
    assert sandbox.last_seq() == before
