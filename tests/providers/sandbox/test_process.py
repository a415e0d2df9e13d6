"""The sandbox as a process: it starts, says where, keeps its ports, and ends at once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from providers.sandbox.client import Sandbox
from providers.sandbox.world import ADDRESSES
from tests.providers.sandbox.wire import connect, fetch

ROOT = Path(__file__).parents[3]
MODULE = (sys.executable, "-m", "providers.sandbox")
PORTS = 1 + len(ADDRESSES)
"""The control port and one for each endpoint."""

# Whoever looks for free ports and takes them a moment later must be the only one who does.
pytestmark = pytest.mark.xdist_group("ports")


@contextmanager
def started(*command: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process and the first line it prints."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_and_cleanly_also_with_calls_hanging(number: signal.Signals) -> None:
    with started(*MODULE, "--port=0") as (process, line):
        here = Sandbox(line.split()[3])
        here.fault("binance", "hang")
        with connect(here.url("binance")) as sock:
            sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
            process.send_signal(number)
            assert process.wait(2) == 0
        assert process.stderr
        assert process.stderr.read() == ""


def test_manage_py_serves_it_too() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "cryptohub.settings"}
    command = [sys.executable, "manage.py", "sandbox", "--port=0", "--seed=7"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        try:
            assert "seed 7" in line
            assert fetch(Sandbox(line.split()[3]).url("binance")).status == 200
        finally:
            process.terminate()
        assert process.wait(5) == 0


def test_with_a_port_given_endpoints_keep_theirs_over_a_restart() -> None:
    port = free_range(PORTS)
    for _ in range(2):
        with started(*MODULE, f"--port={port}") as (_, line):
            here = Sandbox(f"http://127.0.0.1:{port}")
            assert line == f"Sandbox ready on http://127.0.0.1:{port} ({len(ADDRESSES)} endpoints, seed 1)"
            assert here.url("binance") == f"http://127.0.0.1:{port + 1}"
            last = ADDRESSES[-1]
            assert here.url(last.provider, last.n) == f"http://127.0.0.1:{port + len(ADDRESSES)}"
            assert fetch(here.url("binance")).status == 200


def free_range(length: int) -> int:
    """The first of so many consecutive free ports."""
    for first in range(20_000, 30_000, length):
        sockets: list[socket.socket] = []
        try:
            sockets.extend(socket.create_server(("127.0.0.1", port)) for port in range(first, first + length))
        except OSError:
            continue
        else:
            return first
        finally:
            for sock in sockets:
                sock.close()
    raise AssertionError("no free ports")


def test_a_taken_port_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run(*MODULE, f"--port={port}")
    assert ended.returncode == 1
    assert ended.stderr == f"The sandbox cannot start: Address already in use (ports from {port} on)\n"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)


def test_two_sandboxes_never_share_a_port() -> None:
    port = free_range(PORTS)
    with started(*MODULE, f"--port={port}"):
        assert run(*MODULE, f"--port={port}").returncode == 1


def test_it_ends_with_the_process_that_started_it() -> None:
    code = (
        "import subprocess, sys, os\n"
        "child = subprocess.Popen([sys.executable, '-m', 'providers.sandbox', '--port=0', '--with-parent'],"
        " stdout=subprocess.PIPE, text=True)\n"
        "print(child.stdout.readline().split()[3], flush=True)\n"
        "os._exit(0)\n"
    )
    ended = run(sys.executable, "-c", code)
    gone_within(ended.stdout.strip(), 5.0)


def gone_within(url: str, patience: float) -> None:
    started_at = time.monotonic()
    while fetch(url, "/_sandbox/ready").end != "refused":
        assert time.monotonic() - started_at < patience


def test_the_helper_ends_what_it_started() -> None:
    with Sandbox.start(seed=3) as here:
        assert here.call("GET", "/ready")["seed"] == 3
        control = here.control
    assert fetch(control, "/_sandbox/ready").end == "refused"


def test_the_same_seed_is_the_same_market_in_another_process(sandbox: Sandbox) -> None:
    now = time.time()
    with Sandbox.start(seed=1) as other:
        assert other.price("SOL", at=now) == sandbox.price("SOL", at=now)
    with Sandbox.start(seed=2) as stranger:
        assert stranger.price("SOL", at=now) != sandbox.price("SOL", at=now)
