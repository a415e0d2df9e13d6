"""Granian as in production, for the hub and for the baseline; stopped when this process ends."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
APPLICATIONS = {"hub": "cryptohub.wsgi:application", "bare": "cryptohub.tools.bench.baseline_app:application"}
OPTIONS = (
    *("--interface", "wsgi", "--host", "127.0.0.1", "--no-ws", "--workers", "1", "--blocking-threads", "32"),
    *("--backpressure", "256", "--workers-kill-timeout", "2", "--log-level", "error"),
)
"""Granian options of the launcher."""
START_S = 60.0
END_S = 5.0


class Servers:
    """Started servers by application name."""

    def __init__(self) -> None:
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> int:
        """Start a server; returns its port. Raises RuntimeError if it does not answer."""
        port = _free_port()
        command = [sys.executable, "-m", "granian", *OPTIONS, "--port", str(port), APPLICATIONS[name]]
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
        )
        self._started[name] = process
        until = time.monotonic() + START_S
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the server of the {name} application did not start")
            time.sleep(0.05)
        return port

    def stop(self) -> None:
        """Stop the servers with all their child processes."""
        for process in self._started.values():
            process.terminate()
        for process in self._started.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(END_S)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._started.clear()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0
