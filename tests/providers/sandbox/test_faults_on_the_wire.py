"""Every fault does at the socket what it says, and nothing else stays behind when it is lifted."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from providers.sandbox.client import Sandbox
from tests.providers.sandbox.wire import BTC, Heard, connect, fetch

SHORT = 0.8


def hear(sandbox: Sandbox, target: str = BTC, n: int = 0, timeout: float = 10.0) -> Heard:
    return fetch(sandbox.url("binance", n), target, timeout)


def last_call(sandbox: Sandbox) -> dict[str, Any]:
    return sandbox.log("binance")[-1]


def test_a_healthy_endpoint_answers_and_keeps_the_connection(sandbox: Sandbox) -> None:
    with connect(sandbox.url("binance")) as sock:
        for _ in range(3):
            sock.sendall(f"GET {BTC} HTTP/1.1\r\n\r\n".encode())
            assert sock.recv(65_536).startswith(b"HTTP/1.1 200 OK")
    assert [entry["outcome"] for entry in sandbox.log("binance")] == ["ok"] * 3


def test_a_request_may_come_in_pieces_and_two_may_come_at_once(sandbox: Sandbox) -> None:
    request = f"GET {BTC} HTTP/1.1\r\n\r\n".encode()
    with connect(sandbox.url("binance")) as sock:
        for byte in request:
            sock.sendall(bytes([byte]))
        assert sock.recv(65_536).count(b"HTTP/1.1 200") == 1
        sock.sendall(request + request)
        data = b""
        while data.count(b"}") < 2:
            data += sock.recv(65_536)
    assert len(sandbox.log("binance")) == 3


def test_what_is_no_http_gets_a_400(sandbox: Sandbox) -> None:
    with connect(sandbox.url("binance")) as sock:
        sock.sendall(b"what?\r\n\r\n")
        assert sock.recv(65_536).startswith(b"HTTP/1.1 400")


def test_refuse_closes_the_port_and_opens_it_again(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "refuse", n=0)
    assert hear(sandbox).end == "refused"
    assert hear(sandbox, n=1).status == 200
    sandbox.clear()
    assert hear(sandbox).status == 200


def test_refuse_has_ended_connections_that_stand_when_it_is_said_to_be_set(sandbox: Sandbox) -> None:
    with connect(sandbox.url("binance")) as sock:
        sock.sendall(f"GET {BTC} HTTP/1.1\r\n\r\n".encode())
        assert sock.recv(65_536)
        sandbox.fault("binance", "refuse")
        sock.setblocking(False)
        assert is_over(sock)


def is_over(sock: socket.socket) -> bool:
    """Whether the other side has ended the connection; raises BlockingIOError while it stands."""
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True


def test_refuse_ends_by_itself_and_comes_again_in_its_cycle(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "refuse", for_s=1.0)
    assert hear(sandbox).end == "refused"
    until(lambda: hear(sandbox).end == "closed")
    sandbox.fault("binance", "refuse", cycle=[0.1, 0.2])
    for end in ("refused", "closed") * 2:
        until(lambda end=end: hear(sandbox).end == end)  # type: ignore[misc]  # bound now


def until(holds: Callable[[], Any], patience: float = 5.0) -> None:
    """Ask until something holds."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < patience


@pytest.mark.parametrize("at", ["request", "accept"])
def test_hang_takes_the_call_and_says_nothing(sandbox: Sandbox, at: str) -> None:
    sandbox.fault("binance", "hang", at=at)
    heard = hear(sandbox, timeout=SHORT)
    assert (heard.end, heard.data) == ("timeout", b"")
    until(lambda: last_call(sandbox)["done"])
    entry = last_call(sandbox)
    assert (entry["outcome"], entry["status"], entry["cut"]) == ("hang", None, True)
    assert entry["done"] - entry["t"] > SHORT / 2


def test_hang_at_connect_lets_the_connection_itself_hang(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "hang", at="connect")
    with pytest.raises(TimeoutError):
        connect(sandbox.url("binance"), SHORT)
    sandbox.clear()
    assert hear(sandbox).status == 200
    assert len(sandbox.log("binance")) == 1


def test_drip_sends_the_head_at_once_and_the_body_byte_by_byte(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "drip", ms=300)
    heard = hear(sandbox, timeout=1.5)
    assert heard.end == "timeout"
    assert heard.status == 200
    assert 1 <= len(heard.body) <= 6


def test_drip_can_begin_with_the_head(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "drip", at="headers", ms=300)
    heard = hear(sandbox, timeout=1.5)
    assert heard.data == b"HTTP/1.1 200 OK"[: len(heard.data)]
    assert 1 <= len(heard.data) <= 6


def test_a_drip_that_is_waited_for_is_a_whole_answer(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "drip", ms=1)
    heard = hear(sandbox)
    assert (heard.end, json.loads(heard.body)["symbol"]) == ("closed", "BTCUSDT")
    assert last_call(sandbox)["cut"] is False


@pytest.mark.parametrize(("at", "status"), [("accept", None), ("request", None), ("body", 200)])
def test_reset_ends_the_connection_with_a_rst(sandbox: Sandbox, at: str, status: int | None) -> None:
    sandbox.fault("binance", "reset", at=at)
    heard = hear(sandbox)
    assert heard.end == "reset"
    assert bool(heard.data) is (at == "body")
    assert (last_call(sandbox)["outcome"], last_call(sandbox)["status"]) == ("reset", status)


def test_status_carries_retry_after_and_the_providers_own_body(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "status", status=429, retry_after=30)
    heard = hear(sandbox)
    assert (heard.status, heard.header("retry-after")) == (429, "30")
    assert json.loads(heard.body)["code"] == -1003
    assert last_call(sandbox)["status"] == 429


def test_status_can_carry_a_body_of_ones_own(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "status", status=503, body="gone fishing")
    assert (hear(sandbox).status, hear(sandbox).body) == (503, b"gone fishing")


def test_html200_is_a_page_where_json_was_expected(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "html200")
    heard = hear(sandbox)
    assert heard.status == 200
    assert heard.body.startswith(b"<!DOCTYPE html>")


def test_error200_is_the_providers_error_with_a_good_status(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "error200")
    heard = hear(sandbox)
    assert (heard.status, json.loads(heard.body)["code"]) == (200, -1001)


def test_empty_is_a_good_status_and_nothing_more(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "empty")
    heard = hear(sandbox)
    assert (heard.status, heard.header("content-length"), heard.body) == (200, "0", b"")


def test_truncated_promises_more_than_it_sends(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "truncated")
    heard = hear(sandbox)
    assert heard.end == "closed"
    assert len(heard.body) < int(heard.header("content-length") or 0)


def test_truncated_json_has_the_right_length_and_half_the_text(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "truncated", cut="json")
    heard = hear(sandbox)
    assert len(heard.body) == int(heard.header("content-length") or 0)
    with pytest.raises(json.JSONDecodeError):
        json.loads(heard.body)


def test_slow_answers_right_and_late(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "slow", ms=200)
    heard = hear(sandbox)
    assert heard.seconds >= 0.2
    assert price(heard) == pytest.approx(float(sandbox.price("BTC", "USDT")), rel=2e-3)


def price(heard: Heard) -> float:
    return float(json.loads(heard.body)["price"])


def test_wrong_price_multiplies_what_is_named_and_nothing_else(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "wrong_price", factor=1.1, symbols=["BTC"])
    assert price(hear(sandbox)) == pytest.approx(1.1 * float(sandbox.price("BTC", "USDT")), rel=2e-3)
    eth = hear(sandbox, "/api/v3/ticker/price?symbol=ETHUSDT")
    assert price(eth) == pytest.approx(float(sandbox.price("ETH", "USDT")), rel=2e-3)


def test_frozen_stops_price_and_time(sandbox: Sandbox) -> None:
    began = time.time()
    sandbox.fault("binance", "frozen", since=began - 600)
    rows = [json.loads(hear(sandbox, "/api/v3/ticker/24hr?symbol=BTCUSDT").body) for _ in range(2)]
    assert rows[0]["lastPrice"] == rows[1]["lastPrice"]
    assert rows[0]["closeTime"] == rows[1]["closeTime"] == int((began - 600) * 1000)
    old = float(sandbox.price("BTC", "USDT", at=began - 600))
    assert float(rows[0]["lastPrice"]) == pytest.approx(old, rel=5e-4)


def test_frozen_can_leave_the_time_moving(sandbox: Sandbox) -> None:
    began = time.time()
    sandbox.fault("binance", "frozen", since=began - 600, time="moves")
    row = json.loads(hear(sandbox, "/api/v3/ticker/24hr?symbol=BTCUSDT").body)
    assert row["closeTime"] >= int(began * 1000)
    old = float(sandbox.price("BTC", "USDT", at=began - 600))
    assert float(row["lastPrice"]) == pytest.approx(old, rel=5e-4)


def test_a_quota_is_shared_by_a_providers_endpoints(sandbox: Sandbox) -> None:
    sandbox.fault("binance", "quota", calls=6, window_s=60)
    heard = [hear(sandbox, n=n % 6) for n in range(5)]
    assert [one.status for one in heard] == [200, 200, 200, 429, 429]
    assert heard[2].header("x-mbx-used-weight-1m") == "6"
    assert 1 <= int(heard[3].header("retry-after") or 0) <= 60


def test_a_fault_of_everyone_strikes_everyone_and_a_narrower_one_goes_first(sandbox: Sandbox) -> None:
    sandbox.fault("*", "status", status=503)
    sandbox.fault("binance", "status", n=2, status=500)
    assert [hear(sandbox, n=n).status for n in (1, 2)] == [503, 500]
    assert fetch(sandbox.url("kraken"), "/0/public/Time").status == 503
    sandbox.heal("*")
    assert [hear(sandbox, n=n).status for n in (1, 2)] == [200, 500]
