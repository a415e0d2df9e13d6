"""Talking to the sandbox by hand: below HTTP clients, which hide what a fault does, and below HTTP, to the world."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from providers.sandbox.coins import read_coins
from providers.sandbox.http1 import Call, Reply, read_call
from providers.sandbox.world import Address, SandboxState

CATALOGUE = Path(__file__).parents[3] / "markets" / "assets" / "asset_catalogue.csv"
COINS = read_coins(CATALOGUE.read_text(encoding="utf-8"))
NOW = 1_795_436_277.25
BTC = "/api/v3/ticker/price?symbol=BTCUSDT"


def world(seed: int = 1) -> SandboxState:
    return SandboxState(seed, COINS)


def call(target: str, method: str = "GET", **headers: str) -> Call:
    """A request as it would be read off a socket; header names with _ for -."""
    given = {"user-agent": "test", **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    found = read_call(f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode())
    assert found is not None
    return found[0]


def call_fake(here: SandboxState, slug: str, target: str, now: float = NOW, n: int = 0, **headers: str) -> Reply:
    """A fake's answer, without a socket."""
    reply = here.answer(Address(slug, n), call(target, **headers), now).reply
    assert reply is not None
    return reply


def answer(reply: Reply, status: int = 200) -> Any:
    """The JSON of an answer that has this status."""
    assert reply.status == status, reply.body
    return json.loads(reply.body)


@dataclass
class Heard:
    """What came back on a connection and how it ended: "closed", "reset", "timeout" or "refused"."""

    data: bytes
    end: str
    seconds: float

    @property
    def status(self) -> int:
        return int(self.data.split(b" ", 2)[1])

    @property
    def head(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    def header(self, name: str) -> str | None:
        lines = self.head.decode().split("\r\n")[1:]
        return next((line.partition(": ")[2] for line in lines if line.lower().startswith(f"{name}:")), None)


def fetch(url: str, target: str = BTC, timeout: float = 2.0) -> Heard:
    """One request on a connection of its own, read until the end or the timeout."""
    started = time.perf_counter()
    data = bytearray()
    try:
        with connect(url, timeout) as sock:
            sock.sendall(f"GET {target} HTTP/1.1\r\nUser-Agent: test\r\nConnection: close\r\n\r\n".encode())
            end = _drain(sock, data, started + timeout)
    except ConnectionRefusedError:
        end = "refused"
    except (ConnectionResetError, BrokenPipeError):
        end = "reset"
    except TimeoutError:
        end = "timeout"
    return Heard(bytes(data), end, time.perf_counter() - started)


def connect(url: str, timeout: float = 2.0) -> socket.socket:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return socket.create_connection((parts.hostname, parts.port), timeout)


def _drain(sock: socket.socket, data: bytearray, until: float) -> str:
    while True:
        sock.settimeout(max(0.001, until - time.perf_counter()))
        piece = sock.recv(65_536)
        if not piece:
            return "closed"
        data += piece
